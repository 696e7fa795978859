/**
 * Builds correct frames for every protocol that is decoded: from the inside out, each function takes the bytes
 * that it carries as `payload`. Lengths and checksums are true; any field can be overridden to lie. Used by tests
 * and by the benchmark's generator, so it knows no test framework.
 *
 *     ethernet({ payload: ipv4({ protocol: 6, payload: tcp({ flags: 2, options: synOptions }) }) })
 */
export { addressBytes, concat, hexdump, internetChecksum, pack, withUint16 } from './build-bytes.js';
export { authentication, extension, fragment, ipv4, ipv6, jumboPayload, routing } from './build-ip.js';
export { arp, ethernet, loop, nullLink, sll, sll2, snap, vlan } from './build-link.js';
export { type NflogFields, nflog, nflogAttribute } from './build-nflog.js';
export { chunk, icmp, icmpv6, igmp, sctp, synOptions, tcp, udp } from './build-transport.js';
