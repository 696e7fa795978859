/**
 * Loopback addresses where they are seldom: other kinds of ARP, what redirects name and quote, tunnels of old.
 */
import { udpPacket } from '../classify/frames.js';
import * as build from '../decode/frame-builder.js';
import { type Leaky, outer, outer6 } from './discovery-frames.js';
import {
  discovery,
  ends,
  ends6,
  frame,
  geneve,
  gre,
  over,
  over6,
  pptp,
  redirecting,
  tagged,
  vxlan,
  vxlanGpe,
} from './wrappers.js';

const leaking = udpPacket('127.0.0.1', '10.9.0.77');
const leaking6 = udpPacket('::1', 'fd00:9::77');
const plain = { src: '127.0.0.1', dst: '10.9.0.77' } as const;
const plain6 = { src: '::1', dst: 'fd00:9::77' } as const;

const rarp = 0x8035;
export const arpOf = (hardwareLen: number, sender: string, target: string, operation = 1): Uint8Array =>
  build.pack(
    [2, 6],
    [2, 0x0800],
    [1, hardwareLen],
    [1, 4],
    [2, operation],
    new Uint8Array(hardwareLen),
    build.addressBytes(sender),
    new Uint8Array(hardwareLen),
    build.addressBytes(target),
  );

/** Options of a redirect: the target's link-layer address, then the datagram that it is about. */
const linkAddress = build.pack([1, 2], [1, 1], [2, 0x0200], [4, 9]);
const redirected = (quoted: Uint8Array): Uint8Array =>
  build.pack([1, 4], [1, 1 + Math.ceil(quoted.length / 8)], [2, 0], [4, 0], quoted);
const redirect6 = (...options: readonly Uint8Array[]): Uint8Array =>
  over6(58, build.concat([discovery(137, 'fe80::9', 'fd00:9::77'), ...options]));

/** RFC 1701: two source routes and the end of them. */
const routing = build.pack(
  [2, 0x0800],
  [1, 0],
  [1, 4],
  build.addressBytes('10.1.0.1'),
  [2, 0xfffe],
  [2, 2],
  [2, 1],
  [4, 0],
);
const routed = (flags: number): Uint8Array =>
  build.concat([
    gre(new Uint8Array(0), flags, 0x0800),
    ...(flags & 0x8000 ? [] : [new Uint8Array(4)]),
    routing,
    leaking,
  ]);

export const leakyRare: readonly Leaky[] = [
  {
    name: 'RARP that names it',
    bytes: frame(build.arp({ operation: 4, sender: '10.77.0.1', target: '127.0.0.1' }), rarp),
    place: 'arp',
    around: 'ARP reverse reply',
    src: '10.77.0.1',
    dst: '127.0.0.1',
  },
  ...[0, 2, 8, 20, 255].flatMap((hardwareLen) =>
    [0x0806, rarp].map((etherType) => ({
      name: `ARP of type ${etherType} with hardware addresses of ${hardwareLen} bytes`,
      bytes: frame(arpOf(hardwareLen, '127.0.0.1', '10.77.0.1', 9), etherType),
      place: 'arp' as const,
      around: 'ARP inverse reply',
      src: '127.0.0.1',
      dst: '10.77.0.1',
    })),
  ),
  {
    name: 'a redirect to it as gateway',
    bytes: frame(redirecting('127.0.0.1', udpPacket('10.77.0.2', '10.9.0.77'))),
    place: 'redirect',
    around: `redirect, in ${outer}`,
    src: ends.source,
    dst: '127.0.0.1',
  },
  {
    name: 'the datagram that a redirect of IPv6 quotes',
    bytes: frame(redirect6(redirected(leaking6))),
    place: 'quoted',
    around: `in ${outer6} / the quote of an ICMP error of type 137`,
    ...plain6,
  },
  {
    name: 'the same behind another option and a VLAN tag',
    bytes: tagged(redirect6(linkAddress, redirected(leaking6)), 5),
    place: 'quoted',
    around: `in VLAN 5 / ${outer6} / the quote of an ICMP error of type 137`,
    ...plain6,
  },
  {
    name: 'SNAP with the organisation of bridges',
    bytes: frame(build.snap({ oui: 0xf8, payload: leaking }), 8 + leaking.length),
    place: 'datagram',
    around: '',
    ...plain,
  },
  ...[0x4000, 0xc000].map((flags) => ({
    name: `GRE with source routes and the flags 0x${flags.toString(16)}`,
    bytes: frame(over(47, routed(flags))),
    place: 'tunnel' as const,
    around: `in ${outer} / GRE`,
    ...plain,
  })),
  ...[[0xff, 0x03, 0, 0x21], [0, 0x21], [0x21], [0xff, 0x03, 0x21]].flatMap((ppp) =>
    [0x2001, 0x3081].map((flags) => ({
      name: `PPTP with the flags 0x${flags.toString(16)} and ${ppp.join(' ')}`,
      bytes: frame(over(47, pptp(flags, ppp, leaking))),
      place: 'tunnel' as const,
      around: `in ${outer} / GRE / PPP`,
      ...plain,
    })),
  ),
  ...[
    { what: 'IPv4', protocol: 1, inner: leaking, ...plain },
    { what: 'IPv6', protocol: 2, inner: leaking6, ...plain6 },
    { what: 'a frame', protocol: 3, inner: frame(leaking), ...plain },
  ].flatMap(({ what, protocol, inner, src, dst }) =>
    [4789, 4790].map((port) => ({
      name: `VXLAN that says it carries ${what}, on port ${port}`,
      bytes: frame(over(17, vxlanGpe(inner, protocol, port))),
      place: 'tunnel' as const,
      around: `in ${outer} / VXLAN 42`,
      src,
      dst,
    })),
  ),
  {
    name: 'a frame in Geneve',
    bytes: frame(over(17, geneve(frame(leaking), 0x6558))),
    place: 'tunnel',
    around: `in ${outer} / Geneve 42`,
    ...plain,
  },
  {
    name: 'IPv6 in Geneve over IPv6, behind all options that it may have',
    bytes: frame(over6(17, geneve(leaking6, 0x86dd, 63))),
    place: 'tunnel',
    around: `in ${outer6} / Geneve 42`,
    ...plain6,
  },
  {
    name: 'IPv6 in PPTP',
    bytes: frame(over(47, pptp(0x3001, [0, 0x57], leaking6))),
    place: 'tunnel',
    around: `in ${outer} / GRE / PPP`,
    ...plain6,
  },
];

export const innocentRare: readonly { readonly name: string; readonly bytes: Uint8Array }[] = [
  {
    name: 'ARP of another protocol',
    bytes: frame(
      build.concat([Uint8Array.of(0, 1, 0x80, 0x9b), arpOf(6, '127.0.0.1', '127.0.0.1').slice(4)]),
      0x0806,
    ),
  },
  {
    name: 'ARP whose hardware addresses look like it',
    bytes: frame(build.arp({ senderMac: '7f:00:00:01:7f:00' }), 0x0806),
  },
  {
    name: 'RARP that asks',
    bytes: frame(build.arp({ operation: 3, sender: '0.0.0.0', target: '0.0.0.0' }), rarp),
  },
  {
    name: 'a redirect to an ordinary gateway',
    bytes: frame(redirecting('10.77.0.9', udpPacket('10.77.0.2', '10.9.0.77'))),
  },
  {
    name: 'a redirect of IPv6 that quotes an ordinary datagram',
    bytes: frame(redirect6(linkAddress, redirected(udpPacket('fd00::1', 'fd00::2')))),
  },
  {
    name: 'a redirect of IPv6 with an option of no length',
    bytes: frame(redirect6(new Uint8Array(8), redirected(leaking6))),
  },
  {
    name: 'SNAP of another organisation',
    bytes: frame(build.snap({ oui: 0xc, payload: leaking }), 8 + leaking.length),
  },
  { name: 'VXLAN that carries what is not IP', bytes: frame(over(17, vxlanGpe(leaking, 4))) },
  { name: 'Geneve of a later version', bytes: frame(over(17, geneve(leaking, 0x0800, 0x40))) },
  { name: 'a datagram to another port', bytes: frame(over(17, vxlan(frame(leaking), 4788))) },
  { name: 'PPTP that is encrypted', bytes: frame(over(47, pptp(0x3001, [0xfd], leaking))) },
  {
    name: 'a destination unreachable whose unused word is 127.0.0.1',
    bytes: frame(
      over(1, build.icmp({ type: 3, word: 0x7f000001, payload: udpPacket('10.77.0.2', '10.9.0.77') })),
    ),
  },
  {
    name: 'an echo of IPv6 that looks like a redirect',
    bytes: frame(over6(58, build.icmpv6({ ...ends6, payload: redirected(leaking6) }))),
  },
];
