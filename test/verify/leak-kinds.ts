/**
 * Frames of every kind that leaks: each link × each thing a datagram may be in × each place for a loopback address. A
 * frame is whole and goes from the host to its neighbour; `incoming` turns it around.
 */

import { udpPacket } from '../classify/frames.js';
import * as build from '../decode/frame-builder.js';
import { frame, gre, tagged, vxlan } from './wrapped-frames.js';

export interface LeakKind {
  readonly name: string;
  readonly bytes: Uint8Array;
}

type Packet = Uint8Array;
/** Packets of some IP version in packets; null where that version does not go into it. */
type Around = readonly [name: string, wrap: (inner: Packet) => Packet | null];

const ends = { source: '10.77.0.1', destination: '10.77.0.2' } as const;
const ends6 = { source: 'fd00:77::1', destination: 'fd00:77::2' } as const;
const far = '10.9.0.77';
const far6 = 'fd00:9::77';

const datagrams: readonly (readonly [source: string, destination: string])[] = [
  ['127.0.0.1', far],
  [far, '127.255.255.254'],
  ['127.0.0.1', '127.0.0.53'],
  ['::1', far6],
  [far6, '::1'],
  ['::ffff:127.0.0.1', far6],
  [far6, '::ffff:127.1.2.3'],
];

const arps: readonly (readonly [name: string, message: Packet])[] = [
  ['ARP for 127.0.0.1', build.arp({ sender: '10.77.0.1', target: '127.0.0.1' })],
  ['ARP from 127.0.0.1', build.arp({ operation: 2, sender: '127.0.0.1', target: '10.77.0.1' })],
  ['ARP that announces 127.0.0.9', build.arp({ sender: '127.0.0.9', target: '127.0.0.9' })],
];

const isIpv6 = (packet: Packet): boolean => packet[0] >> 4 === 6;
const tunnelNumber = (inner: Packet): number => (isIpv6(inner) ? 41 : 4);
const over = (protocol: number, payload: Packet): Packet => build.ipv4({ ...ends, protocol, payload });
const over6 = (nextHeader: number, payload: Packet): Packet => build.ipv6({ ...ends6, nextHeader, payload });
const behind = (number: number, header: (next: number, inner: Packet) => Packet): Around[1] => {
  return (inner) => over6(number, header(tunnelNumber(inner), inner));
};
const options = (nextHeader: number, payload: Packet): Packet =>
  build.extension(new Uint8Array(6), { nextHeader, payload });

const arounds: readonly Around[] = [
  ['nothing', (inner) => inner],
  ['IPv4', (inner) => over(tunnelNumber(inner), inner)],
  ['IPv6', (inner) => over6(tunnelNumber(inner), inner)],
  ['GRE', (inner) => over(47, gre(inner))],
  ['GRE over IPv6, with all its fields', (inner) => over6(47, gre(inner, 0xb000))],
  ['a frame in GRE', (inner) => over(47, gre(tagged(inner, 5), 0x2000, 0x6558))],
  ['VXLAN', (inner) => over(17, vxlan(frame(inner)))],
  ['VXLAN over IPv6', (inner) => over6(17, vxlan(frame(inner), 8472))],
  ['an authentication header', (inner) => over(51, authenticated(inner))],
  ['hop-by-hop options', behind(0, options)],
  [
    'a routing header',
    behind(43, (nextHeader, payload) => build.routing([far6], 0, { nextHeader, payload })),
  ],
  ['destination options', behind(60, options)],
  [
    'a first fragment',
    behind(44, (nextHeader, payload) => build.fragment({ nextHeader, moreFragments: true, payload })),
  ],
  ...[3, 4, 5, 11, 12].map(quotedBy),
  ...[1, 2, 3, 4].map(quotedBy6),
];

function authenticated(inner: Packet): Packet {
  return build.authentication({ nextHeader: tunnelNumber(inner), payload: inner });
}

/** As much of the datagram as RFC 792 asks for. */
function quotedBy(type: number): Around {
  const quoting = (quoted: Packet): Packet => over(1, build.icmp({ type, payload: quoted.slice(0, 28) }));
  return [`an ICMP error of type ${type}`, (inner) => (isIpv6(inner) ? null : quoting(inner))];
}

function quotedBy6(type: number): Around {
  const quoting = (payload: Packet): Packet => over6(58, build.icmpv6({ ...ends6, type, payload }));
  return [`an ICMPv6 error of type ${type}`, (inner) => (isIpv6(inner) ? quoting(inner) : null)];
}

const arpArounds: readonly (readonly [name: string, wrap: (arp: Packet) => Packet])[] = [
  ['a frame in GRE', (arp) => over(47, gre(frame(arp, 0x0806), 0, 0x6558))],
  ['VXLAN', (arp) => over(17, vxlan(frame(arp, 0x0806)))],
];

const links: readonly (readonly [name: string, wrap: (packet: Packet, etherType: number) => Uint8Array])[] = [
  ['Ethernet', frame],
  ['a VLAN', (payload, etherType) => frame(build.vlan({ id: 100, etherType, payload }), 0x8100)],
  ['QinQ', (payload, etherType) => frame(qinq(payload, etherType), 0x88a8)],
  ['SNAP', (payload, protocol) => frame(build.snap({ protocol, payload }), 8 + payload.length)],
];

/** Behind the service provider's tag, the customer's (IEEE 802.1ad). */
function qinq(payload: Packet, etherType: number): Packet {
  return build.vlan({ id: 200, etherType: 0x8100, payload: build.vlan({ id: 7, etherType, payload }) });
}

/** What a link carries: the name, the packet, its EtherType. */
function* packets(): Generator<readonly [name: string, packet: Packet, etherType: number]> {
  for (const [source, destination] of datagrams) {
    for (const [name, wrap] of arounds) {
      const packet = wrap(udpPacket(source, destination));
      if (packet === null) continue;
      yield [`${source} → ${destination} in ${name}`, packet, isIpv6(packet) ? 0x86dd : 0x0800];
    }
  }
  for (const [name, arp] of arps) {
    yield [name, arp, 0x0806];
    for (const [around, wrap] of arpArounds) yield [`${name} in ${around}`, wrap(arp), 0x0800];
  }
}

/** Each of them names an address of loopback on a wire. */
export const leakKinds: readonly LeakKind[] = [...packets()].flatMap(([name, packet, etherType]) =>
  links.map(([link, wrap]) => ({ name: `${name} on ${link}`, bytes: wrap(packet, etherType) })),
);

/** Datagrams of a host to itself, on each link and in each version: as it sends them, and as its peer sends them back. */
export function hairpins(
  a: string,
  b: string,
  a6: string,
  b6: string,
): { there: LeakKind; back: LeakKind }[] {
  const udp = build.udp({ source: a, destination: b });
  const udp6 = build.udp({ source: a6, destination: b6 });
  return links.flatMap(([link, wrap], id) => {
    const v4 = (ttl: number): Uint8Array =>
      wrap(build.ipv4({ source: a, destination: b, id, ttl, payload: udp }), 0x0800);
    const v6 = (hopLimit: number): Uint8Array =>
      wrap(build.ipv6({ source: a6, destination: b6, flowLabel: id, hopLimit, payload: udp6 }), 0x86dd);
    return [v4, v6].map((make) => {
      const name = `${make === v4 ? a : a6} to itself on ${link}`;
      return { there: { name, bytes: make(64) }, back: { name: `${name}, back`, bytes: incoming(make(63)) } };
    });
  });
}

/** The same frame, to the host: its MAC addresses change places. */
export function incoming(bytes: Uint8Array): Uint8Array {
  return build.concat([bytes.subarray(6, 12), bytes.subarray(0, 6), bytes.subarray(12)]);
}
