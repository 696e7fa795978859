/**
 * What may be around a datagram, as functions from bytes to bytes.
 */
import { otherMac } from '../classify/frames.js';
import * as build from '../decode/frame-builder.js';

const hostMac = '02:00:00:00:00:01';
export const ends = { source: '10.77.0.1', destination: '10.77.0.2' } as const;
export const ends6 = { source: 'fd00:77::1', destination: 'fd00:77::2' } as const;

export function frame(payload: Uint8Array, etherType = etherTypeOf(payload)): Uint8Array {
  return build.ethernet({ source: hostMac, destination: otherMac, etherType, payload });
}

function etherTypeOf(packet: Uint8Array): number {
  return packet[0] >> 4 === 6 ? 0x86dd : 0x0800;
}

/** With some of its optional fields, in the order of RFC 2890. */
export function gre(payload: Uint8Array, flags = 0, etherType = etherTypeOf(payload)): Uint8Array {
  const options = [0x8000, 0x2000, 0x1000].filter((flag) => (flags & flag) !== 0);
  return build.pack([2, flags], [2, etherType], new Uint8Array(4 * options.length), payload);
}

export function vxlan(inner: Uint8Array, destinationPort = 4789, flags = 0x08): Uint8Array {
  const payload = build.pack([1, flags], [3, 0], [3, 42], [1, 0], inner);
  return build.udp({ ...ends, sourcePort: 50000, destinationPort, payload });
}

/** VXLAN that says what it carries (draft-ietf-nvo3-vxlan-gpe). */
export function vxlanGpe(inner: Uint8Array, nextProtocol: number, destinationPort = 4790): Uint8Array {
  const payload = build.pack([1, 0x0c], [2, 0], [1, nextProtocol], [3, 42], [1, 0], inner);
  return build.udp({ ...ends, sourcePort: 50000, destinationPort, payload });
}

export function geneve(
  inner: Uint8Array,
  etherType: number,
  options = 0,
  destinationPort = 6081,
): Uint8Array {
  const head = build.pack([1, options], [1, 0], [2, etherType], [3, 42], [1, 0], new Uint8Array(4 * options));
  return build.udp({ ...ends, sourcePort: 50000, destinationPort, payload: build.concat([head, inner]) });
}

export function tagged(packet: Uint8Array, ...ids: readonly number[]): Uint8Array {
  let payload = packet;
  let etherType = etherTypeOf(packet);
  for (const id of [...ids].reverse()) {
    payload = build.vlan({ id, etherType, payload });
    etherType = 0x8100;
  }
  return frame(payload, etherType);
}

export const over = (protocol: number, payload: Uint8Array): Uint8Array =>
  build.ipv4({ ...ends, protocol, payload });
export const over6 = (nextHeader: number, payload: Uint8Array): Uint8Array =>
  build.ipv6({ ...ends6, nextHeader, payload });
export const quoting = (type: number, quoted: Uint8Array): Uint8Array =>
  over(1, build.icmp({ type, payload: quoted.slice(0, 28) }));

/** GRE of version 1 (RFC 2637), with what PPP has before a packet. */
export function pptp(flags: number, ppp: readonly number[], packet: Uint8Array): Uint8Array {
  const options = [0x1000, 0x0080].filter((flag) => (flags & flag) !== 0);
  const fixed = build.pack([2, flags], [2, 0x880b], [2, ppp.length + packet.length], [2, 7]);
  return build.concat([fixed, new Uint8Array(4 * options.length), Uint8Array.from(ppp), packet]);
}

export const redirecting = (gateway: string, quoted: Uint8Array): Uint8Array => {
  const word = build.addressBytes(gateway).reduce((value, byte) => value * 256 + byte, 0);
  return over(1, build.icmp({ type: 5, word, payload: quoted.slice(0, 28) }));
};

/** Neighbor discovery (RFC 4861) about addresses: a target, and of a redirect the destination. */
export const discovering = (type: number, ...about: readonly string[]): Uint8Array =>
  over6(58, discovery(type, ...about));
export const discovery = (type: number, ...about: readonly string[]): Uint8Array =>
  build.icmpv6({ ...ends6, type, word: 0, payload: build.concat(about.map(build.addressBytes)) });
