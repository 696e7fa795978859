/**
 * Datagrams in everything that may be around them: frames that leak, each with where, and frames that only look so.
 */
import { udpPacket } from '../classify/frames.js';
import * as build from '../decode/frame-builder.js';
import { innocentDiscovery, type Leaky, leakyDiscovery, outer, outer6 } from './discovery-frames.js';
import { innocentRare, leakyRare } from './rare-frames.js';
import { ends, ends6, frame, gre, over, over6, quoting, tagged, vxlan } from './wrappers.js';

export { frame, gre, tagged, vxlan };

const leaking = udpPacket('127.0.0.1', '10.9.0.77');
const leaking6 = udpPacket('::1', 'fd00:9::77');

const plain = { src: '127.0.0.1', dst: '10.9.0.77' } as const;
const plain6 = { src: '::1', dst: 'fd00:9::77' } as const;
const inTunnel = { ...plain, place: 'tunnel' } as const;

export const leakyFrames: readonly Leaky[] = [
  { name: 'plain IPv4, its source', bytes: frame(leaking), place: 'datagram', around: '', ...plain },
  {
    name: 'plain IPv4, its destination',
    bytes: frame(udpPacket('10.77.0.1', '127.8.9.10')),
    place: 'datagram',
    around: '',
    src: '10.77.0.1',
    dst: '127.8.9.10',
  },
  { name: 'plain IPv6', bytes: frame(leaking6), place: 'datagram', around: '', ...plain6 },
  {
    name: 'IPv6 with a mapped address',
    bytes: frame(udpPacket('fd00:77::1', '::ffff:127.1.2.3')),
    place: 'datagram',
    around: '',
    src: 'fd00:77::1',
    dst: '::ffff:127.1.2.3',
  },
  {
    name: 'an LSP ping',
    bytes: frame(udpPacket('10.77.0.1', '127.0.0.5', 3503, 3503)),
    place: 'lsp-ping',
    around: '',
    src: '10.77.0.1',
    dst: '127.0.0.5',
  },
  {
    name: 'an ARP request for it',
    bytes: frame(build.arp({ sender: '10.77.0.1', target: '127.0.0.1' }), 0x0806),
    place: 'arp',
    around: 'ARP request',
    src: '10.77.0.1',
    dst: '127.0.0.1',
  },
  {
    name: 'an ARP reply with it as sender',
    bytes: frame(build.arp({ operation: 2, sender: '127.0.0.1', target: '10.77.0.1' }), 0x0806),
    place: 'arp',
    around: 'ARP reply',
    src: '127.0.0.1',
    dst: '10.77.0.1',
  },
  { name: 'a VLAN tag', bytes: tagged(leaking, 100), place: 'datagram', around: 'in VLAN 100', ...plain },
  {
    name: 'two VLAN tags',
    bytes: tagged(leaking6, 100, 200),
    place: 'datagram',
    around: 'in VLAN 100 / VLAN 200',
    ...plain6,
  },
  {
    name: 'three VLAN tags',
    bytes: tagged(leaking, 1, 2, 3),
    place: 'datagram',
    around: 'in VLAN 1 / VLAN 2 / VLAN 3',
    ...plain,
  },
  {
    name: 'ARP behind a VLAN tag',
    bytes: frame(
      build.vlan({ id: 7, etherType: 0x0806, payload: build.arp({ target: '127.0.0.1' }) }),
      0x8100,
    ),
    place: 'arp',
    around: 'ARP request, in VLAN 7',
    src: '10.0.0.2',
    dst: '127.0.0.1',
  },
  {
    name: 'SNAP',
    bytes: frame(build.snap({ payload: leaking }), 8 + leaking.length),
    place: 'datagram',
    around: '',
    ...plain,
  },
  ...[3, 4, 5, 11, 12].map((type) => ({
    name: `the quote of an ICMP error of type ${type}`,
    bytes: frame(quoting(type, leaking)),
    place: 'quoted' as const,
    around: `in ${outer} / the quote of an ICMP error of type ${type}`,
    ...plain,
  })),
  {
    name: 'the quote of an ICMPv6 error',
    bytes: frame(over6(58, build.icmpv6({ ...ends6, type: 1, payload: leaking6 }))),
    place: 'quoted',
    around: `in ${outer6} / the quote of an ICMP error of type 1`,
    ...plain6,
  },
  { name: 'IPv4 in IPv4', bytes: frame(over(4, leaking)), around: `in ${outer}`, ...inTunnel },
  {
    name: 'IPv6 in IPv4',
    bytes: frame(over(41, leaking6)),
    place: 'tunnel',
    around: `in ${outer}`,
    ...plain6,
  },
  { name: 'IPv4 in IPv6', bytes: frame(over6(4, leaking)), around: `in ${outer6}`, ...inTunnel },
  {
    name: 'IPv6 in IPv6',
    bytes: frame(over6(41, leaking6)),
    place: 'tunnel',
    around: `in ${outer6}`,
    ...plain6,
  },
  ...[0, 0x8000, 0x2000, 0x1000, 0xb000].map((flags) => ({
    name: `GRE with the flags 0x${flags.toString(16)}`,
    bytes: frame(over(47, gre(leaking, flags))),
    around: `in ${outer} / GRE`,
    ...inTunnel,
  })),
  {
    name: 'a frame in GRE',
    bytes: frame(over(47, gre(tagged(leaking, 5), 0x2000, 0x6558))),
    around: `in ${outer} / GRE / VLAN 5`,
    ...inTunnel,
  },
  ...[4789, 8472].map((port) => ({
    name: `VXLAN on port ${port}`,
    bytes: frame(over(17, vxlan(frame(leaking), port))),
    around: `in ${outer} / VXLAN 42`,
    ...inTunnel,
  })),
  {
    name: 'VXLAN over IPv6 behind a VLAN tag',
    bytes: tagged(over6(17, vxlan(frame(leaking))), 9),
    around: `in VLAN 9 / ${outer6} / VXLAN 42`,
    ...inTunnel,
  },
  {
    name: 'VXLAN with ARP in it',
    bytes: frame(over(17, vxlan(frame(build.arp({ target: '127.0.0.9' }), 0x0806)))),
    place: 'tunnel-arp',
    around: `ARP request, in ${outer} / VXLAN 42`,
    src: '10.0.0.2',
    dst: '127.0.0.9',
  },
  {
    name: 'the quote of a datagram in VXLAN',
    bytes: frame(over(1, build.icmp({ type: 3, payload: over(17, vxlan(frame(leaking))) }))),
    ...plain,
    place: 'tunnel-quoted',
    around: `in ${outer} / the quote of an ICMP error of type 3 / ${outer} / VXLAN 42`,
  },
  {
    name: 'IPv6 extension headers before a tunnel',
    bytes: frame(
      over6(0, build.extension(new Uint8Array(6), { nextHeader: 60, payload: destinationOptions(leaking) })),
    ),
    around: `in ${outer6}`,
    ...inTunnel,
  },
  {
    name: 'an authentication header before a tunnel',
    bytes: frame(over(51, build.authentication({ nextHeader: 4, payload: leaking }))),
    around: `in ${outer}`,
    ...inTunnel,
  },
  {
    name: 'the first fragment of a tunnel over IPv6',
    bytes: frame(over6(44, build.fragment({ nextHeader: 4, moreFragments: true, payload: leaking }))),
    around: `in ${outer6}`,
    ...inTunnel,
  },
  ...leakyDiscovery,
  ...leakyRare,
];

function destinationOptions(payload: Uint8Array): Uint8Array {
  return build.extension(new Uint8Array(6), { nextHeader: 4, payload });
}

const dnsAnswer = build.udp({ ...ends, sourcePort: 53, payload: build.addressBytes('127.0.0.53') });

/** Nothing of loopback is in these, whatever their bytes look like. */
export const innocentFrames: readonly { readonly name: string; readonly bytes: Uint8Array }[] = [
  { name: 'a DNS answer that names 127.0.0.53', bytes: frame(over(17, dnsAnswer)) },
  { name: 'a TCP segment', bytes: frame(over(6, build.tcp({ ...ends, payload: leaking }))) },
  { name: 'an ICMP echo whose data is a datagram', bytes: frame(over(1, build.icmp({ payload: leaking }))) },
  ...innocentDiscovery,
  ...innocentRare,
  { name: 'an address that only begins like ::1', bytes: frame(udpPacket('::1:1', 'fd00::1')) },
  { name: 'a mapped address of another network', bytes: frame(udpPacket('::ffff:10.0.0.1', 'fd00::1')) },
  { name: 'IPv4 in IPv4 without any', bytes: frame(over(4, udpPacket('10.1.0.1', '10.1.0.2'))) },
  {
    name: 'a datagram behind the end of another',
    bytes: frame(build.concat([over(6, build.tcp(ends)), leaking])),
  },
  {
    name: 'a later fragment of a tunnel',
    bytes: frame(build.ipv4({ ...ends, protocol: 4, fragmentOffset: 1480, payload: leaking })),
  },
  { name: 'VXLAN’s port without its flag', bytes: frame(over(17, vxlan(frame(leaking), 4789, 0))) },
  { name: 'GRE of version 1', bytes: frame(over(47, gre(leaking, 1))) },
  { name: 'an EtherType of its own', bytes: frame(leaking, 0x88b5) },
];
