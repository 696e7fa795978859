/**
 * Frames without any loopback address in a header, from a host to its neighbour: beside those whose payloads look like
 * it (wrapped-frames.ts), what a wire carries in every wrapping, and addresses just beside those of loopback.
 */
import { udpPacket } from '../classify/frames.js';
import * as build from '../decode/frame-builder.js';
import { frame, gre, innocentFrames, tagged, vxlan } from './wrapped-frames.js';

interface OrdinaryFrame {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const ends = { source: '10.77.0.1', destination: '10.77.0.2' } as const;
const ends6 = { source: 'fd00:77::1', destination: 'fd00:77::2' } as const;
const hostMac = '02:00:00:00:00:01';
const inner = udpPacket('10.1.0.1', '10.1.0.2');
const inner6 = udpPacket('fd00:1::1', 'fd00:1::2');
/** As bytes, what a leak would be: the payload of all that is no tunnel. */
const leaking = udpPacket('127.0.0.1', '127.0.0.1');

const over = (protocol: number, payload: Uint8Array): Uint8Array =>
  build.ipv4({ ...ends, protocol, payload });
const over6 = (nextHeader: number, payload: Uint8Array): Uint8Array =>
  build.ipv6({ ...ends6, nextHeader, payload });
const ethernetTo = (destination: string, etherType: number, payload: Uint8Array): Uint8Array =>
  build.ethernet({ source: hostMac, destination, etherType, payload });

/** Neighbours of 127.0.0.0/8, of ::1 and of ::ffff:127.0.0.0/104. */
const besides = [
  ...['126.255.255.255', '128.0.0.1', '128.0.0.0', '27.0.0.1', '1.0.0.127'],
  ...[
    '::2',
    '::1:0:0:1',
    '1::',
    '::127.0.0.1',
    '::ffff:126.255.255.255',
    '::ffff:128.0.0.0',
    '::fffe:7f00:1',
  ],
  ...['64:ff9b::7f00:1', '2002:7f00:1::1'],
].flatMap((address) => {
  const other = address.includes(':') ? ends6.destination : ends.destination;
  return [
    { name: `a datagram from ${address}`, bytes: frame(udpPacket(address, other)) },
    { name: `a datagram to ${address}`, bytes: frame(udpPacket(other, address)) },
  ];
});

/** RFC 2131: op, hardware type and length; client, your, server and relay address; chaddr; magic cookie, options. */
function dhcp(operation: 1 | 2, type: number, yours: string, options: Uint8Array): Uint8Array {
  const fixed = build.pack([1, operation], [1, 1], [1, 6], [1, 0], [4, 0x7f000001], [4, 0]);
  const addresses = ['0.0.0.0', yours, '10.77.0.2', '0.0.0.0'].map(build.addressBytes);
  const names = new Uint8Array(16 + 64 + 128);
  return build.pack(
    fixed,
    ...addresses,
    names,
    [4, 0x63825363],
    [1, 53],
    [1, 1],
    [1, type],
    options,
    [1, 255],
  );
}

/** Option 6: a resolver on the client's own loopback, as some routers hand out. */
const localResolver = build.pack([1, 6], [1, 4], build.addressBytes('127.0.0.53'));

function dhcpFrame(isRequest: boolean, type: number): OrdinaryFrame {
  const [source, destination] = isRequest ? ['0.0.0.0', '255.255.255.255'] : ['10.77.0.2', '10.77.0.1'];
  const [sourcePort, destinationPort] = isRequest ? [68, 67] : [67, 68];
  const payload = dhcp(isRequest ? 1 : 2, type, isRequest ? '0.0.0.0' : '10.77.0.1', localResolver);
  const packet = build.ipv4({
    source,
    destination,
    payload: build.udp({ source, destination, sourcePort, destinationPort, payload }),
  });
  return { name: `DHCP of type ${type}`, bytes: ethernetTo('ff:ff:ff:ff:ff:ff', 0x0800, packet) };
}

/** Of a redirect, an address; of the others none, whatever it looks like. */
function secondWord(type: number): number {
  return type === 5 ? 0x0a4d0009 : 0x7f000001;
}

const errors: readonly OrdinaryFrame[] = [
  ...[3, 4, 5, 11, 12].map((type) => ({
    name: `an ICMP error of type ${type}`,
    bytes: frame(
      over(1, build.icmp({ type, word: secondWord(type), payload: udpPacket('10.77.0.2', '10.9.0.1') })),
    ),
  })),
  ...[1, 2, 3, 4].map((type) => ({
    name: `an ICMPv6 error of type ${type}`,
    bytes: frame(over6(58, build.icmpv6({ ...ends6, type, payload: udpPacket('fd00:77::2', 'fd00:9::1') }))),
  })),
];

const discovery = build.pack(
  build.addressBytes('fe80::1'),
  [1, 1],
  [1, 1],
  build.addressBytes('127.0.0.1'),
  [2, 0],
);

const tunnels: readonly OrdinaryFrame[] = [
  { name: 'IPv4 in IPv4', bytes: frame(over(4, inner)) },
  { name: 'IPv6 in IPv4', bytes: frame(over(41, inner6)) },
  { name: 'IPv4 in IPv6', bytes: frame(over6(4, inner)) },
  { name: 'GRE', bytes: frame(over(47, gre(inner, 0x2000))) },
  { name: 'a frame in GRE', bytes: frame(over(47, gre(frame(inner6), 0, 0x6558))) },
  { name: 'VXLAN', bytes: frame(over(17, vxlan(tagged(inner, 3)))) },
  { name: 'VXLAN with ARP', bytes: frame(over(17, vxlan(frame(build.arp({}), 0x0806)))) },
  { name: 'an encrypted datagram', bytes: frame(over(50, build.pack([4, 0x7f000001], [4, 1], leaking))) },
  { name: 'an authenticated datagram', bytes: frame(over(51, build.authentication({ payload: leaking }))) },
  { name: 'SCTP', bytes: frame(over(132, build.sctp({ chunks: build.chunk(0, leaking) }))) },
];

const options = build.extension(leaking.subarray(0, 22), { payload: leaking });
const headers: readonly OrdinaryFrame[] = [
  { name: 'hop-by-hop options', bytes: frame(over6(0, options)) },
  { name: 'destination options', bytes: frame(over6(60, options)) },
  { name: 'a routing header', bytes: frame(over6(43, build.routing(['fd00::9'], 0, { payload: leaking }))) },
  { name: 'a later fragment', bytes: frame(build.ipv4({ ...ends, fragmentOffset: 8, payload: leaking })) },
  {
    name: 'a later fragment of IPv6',
    bytes: frame(over6(44, build.fragment({ fragmentOffset: 8, payload: leaking }))),
  },
  {
    name: 'IPv4 options',
    bytes: frame(build.ipv4({ ...ends, options: leaking.subarray(8, 20), payload: leaking })),
  },
  { name: 'a destination behind us', bytes: frame(build.ipv4({ ...ends, ttl: 1, payload: leaking })) },
];

const links: readonly OrdinaryFrame[] = [
  { name: 'a VLAN', bytes: tagged(inner, 100) },
  { name: 'VLANs in each other', bytes: tagged(inner6, 100, 200) },
  { name: 'a priority tag', bytes: tagged(inner, 0) },
  { name: 'SNAP', bytes: frame(build.snap({ payload: inner }), 8 + inner.length) },
  {
    name: 'a spanning tree’s LLC',
    bytes: ethernetTo('01:80:c2:00:00:00', 38, build.pack([3, 0x424203], leaking)),
  },
  { name: 'LLDP', bytes: ethernetTo('01:80:c2:00:00:0e', 0x88cc, leaking) },
  { name: 'MPLS', bytes: frame(build.pack([4, 0x00010140], inner), 0x8847) },
  { name: 'PPPoE', bytes: frame(build.pack([4, 0x11007f00], [2, 30], [2, 0x0021], inner), 0x8864) },
  { name: 'a MAC address that reads 127.0.0.1', bytes: ethernetTo('7e:7f:00:00:01:7f', 0x0800, inner) },
  {
    name: 'ARP for the neighbour',
    bytes: frame(build.arp({ sender: '10.77.0.1', target: '10.77.0.2' }), 0x0806),
  },
  {
    name: 'ARP for 128.0.0.1',
    bytes: frame(build.arp({ sender: '126.0.0.1', target: '128.0.0.1' }), 0x0806),
  },
  { name: 'padding', bytes: frame(build.concat([inner, leaking])) },
];

export const ordinaryFrames: readonly OrdinaryFrame[] = [
  ...innocentFrames,
  ...besides,
  ...([1, 3, 8] as const).map((type) => dhcpFrame(true, type)),
  ...([2, 5] as const).map((type) => dhcpFrame(false, type)),
  ...errors,
  {
    name: 'neighbour discovery',
    bytes: frame(over6(58, build.icmpv6({ ...ends6, type: 135, payload: discovery }))),
  },
  ...tunnels,
  ...headers,
  ...links,
  {
    name: 'a checksum that the card adds',
    bytes: frame(over(6, build.tcp({ ...ends, checksum: 'offloaded', payload: leaking }))),
  },
];
