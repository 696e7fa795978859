import test from 'ava';
import { LinkType } from '../../src/capture/link-type.js';
import { packetInfo, protocolName, type TcpBase } from '../../src/decode/info.js';
import { batchOf } from './columns.js';
import {
  addressBytes,
  arp,
  authentication,
  chunk,
  ethernet,
  extension,
  fragment,
  icmp,
  icmpv6,
  igmp,
  ipv4,
  ipv6,
  pack,
  sctp,
  tcp,
  udp,
  vlan,
} from './frame-builder.js';

const quoted4 = ipv4({ payload: udp({ sourcePort: 40000, destinationPort: 9 }) });
const quoted6 = ipv6({ nextHeader: 6, payload: tcp({ source: '::1', destinationPort: 80 }) });
const laterFragment6 = fragment({ fragmentOffset: 1448, id: 0xabcd, payload: new Uint8Array(8) });

const overIpv4 = (protocol: number, payload: Uint8Array): Uint8Array =>
  ethernet({ payload: ipv4({ protocol, payload }) });
const overIpv6 = (nextHeader: number, payload: Uint8Array): Uint8Array =>
  ethernet({ etherType: 0x86dd, payload: ipv6({ nextHeader, payload }) });
const overArp = (fields: Parameters<typeof arp>[0]): Uint8Array =>
  ethernet({ etherType: 0x0806, payload: arp(fields) });
const records = (...types: readonly number[]): Uint8Array =>
  pack(...types.map((type) => pack([1, type], [1, 0], [2, 0], addressBytes('224.0.0.251'))));

const cases: readonly (readonly [info: string, protocol: string, frame: Uint8Array, base?: TcpBase])[] = [
  ['SYN seq 7 win 65495', 'tcp', overIpv4(6, tcp({ seq: 7 }))],
  ['SYN seq 0 win 65495', 'tcp', overIpv4(6, tcp({ seq: 7 })), { seq: 7, ack: 0 }],
  [
    'SYN, ACK seq 0 ack 1 win 65483',
    'tcp',
    overIpv4(6, tcp({ flags: 18, seq: 9, ack: 8, window: 65483 })),
    { seq: 9, ack: 7 },
  ],
  [
    'PSH, ACK seq 1 ack 1 win 512 len 5',
    'tcp',
    overIpv4(6, tcp({ flags: 24, seq: 0, ack: 2, window: 512, payload: new Uint8Array(5) })),
    { seq: 0xffffffff, ack: 1 },
  ],
  ['no flags seq 0 win 0', 'tcp', overIpv4(6, tcp({ flags: 0, window: 0 }))],
  ['len 5', 'udp', overIpv4(17, udp({ payload: new Uint8Array(5) }))],
  ['echo request id 4660 seq 1', 'icmp', overIpv4(1, icmp())],
  ['timestamp request', 'icmp', overIpv4(1, icmp({ type: 13, payload: new Uint8Array(12) }))],
  [
    'destination unreachable (port unreachable) for 127.0.0.1:40000 → 127.0.0.1:9 udp',
    'icmp',
    overIpv4(1, icmp({ type: 3, code: 3, word: 0, payload: quoted4 })),
  ],
  [
    'destination unreachable (fragmentation needed) mtu 1400 for 127.0.0.1 → 127.0.0.1 udp',
    'icmp',
    overIpv4(1, icmp({ type: 3, code: 4, word: 1400, payload: quoted4.subarray(0, 20) })),
  ],
  [
    'redirect (for the host) to 10.0.0.1 for 127.0.0.1:40000 → 127.0.0.1:9 udp',
    'icmp',
    overIpv4(1, icmp({ type: 5, code: 1, word: 0x0a000001, payload: quoted4 })),
  ],
  ['time exceeded (time to live)', 'icmp', overIpv4(1, icmp({ type: 11, word: 0 }))],
  ['echo reply id 4660 seq 1', 'icmpv6', overIpv6(58, icmpv6({ type: 129 }))],
  [
    'packet too big mtu 1280 for [::1]:40000 → [::1]:80 tcp',
    'icmpv6',
    overIpv6(58, icmpv6({ type: 2, word: 1280, payload: quoted6 })),
  ],
  [
    'neighbor solicitation for fe80::2',
    'icmpv6',
    overIpv6(58, icmpv6({ type: 135, word: 0, payload: addressBytes('fe80::2') })),
  ],
  [
    'join group ff02::fb',
    'icmpv6',
    overIpv6(58, icmpv6({ type: 131, word: 0, payload: addressBytes('ff02::fb') })),
  ],
  [
    'query for all groups',
    'icmpv6',
    overIpv6(58, icmpv6({ type: 130, word: 0, payload: addressBytes('::') })),
  ],
  [
    'leave group ff02::fb',
    'icmpv6',
    overIpv6(
      58,
      icmpv6({ type: 143, word: 1, payload: pack([1, 3], [1, 0], [2, 0], addressBytes('ff02::fb')) }),
    ),
  ],
  ['join group 224.0.0.251', 'igmp', overIpv4(2, igmp())],
  ['leave group 224.0.0.251', 'igmp', overIpv4(2, igmp({ type: 0x17 }))],
  ['query for all groups', 'igmp', overIpv4(2, igmp({ type: 0x11, group: '0.0.0.0' }))],
  [
    'join group 224.0.0.251, leave group 224.0.0.251, allow 0 sources of group 224.0.0.251, block 0 sources of group 224.0.0.251 and 1 more',
    'igmp',
    overIpv4(2, igmp({ type: 0x22, group: '0.0.0.5', payload: records(4, 3, 5, 6, 1) })),
  ],
  ['type 0x77', 'igmp', overIpv4(2, igmp({ type: 0x77 }))],
  [
    'COOKIE ACK, DATA tag 0x01020304',
    'sctp',
    overIpv4(132, sctp({ chunks: pack(chunk(11, new Uint8Array(0)), chunk(0, new Uint8Array(13))) })),
  ],
  ['who has 10.0.0.1? tell 10.0.0.2', 'arp', overArp({})],
  ['who has 10.0.0.1? (probe)', 'arp', overArp({ sender: '0.0.0.0' })],
  ['who has 10.0.0.1? tell 10.0.0.1 (announcement)', 'arp', overArp({ sender: '10.0.0.1' })],
  ['10.0.0.2 is at 02:00:00:00:00:01', 'arp', overArp({ operation: 2 })],
  ['operation 77', 'arp', overArp({ operation: 77 })],
  [
    'len 4000, first fragment id 0x1234',
    'udp',
    ethernet({ payload: ipv4({ id: 0x1234, moreFragments: true, payload: udp({ udpLen: 4008 }) }) }),
  ],
  [
    'fragment offset 1480 len 1480 id 0x1234, more follow',
    'ipv4',
    ethernet({
      payload: ipv4({ id: 0x1234, fragmentOffset: 1480, moreFragments: true, payload: new Uint8Array(1480) }),
    }),
  ],
  [
    'fragment offset 1448 len 8 id 0x0000abcd, last',
    'ipv6',
    overIpv6(60, extension(new Uint8Array(6), { nextHeader: 44, payload: laterFragment6 })),
  ],
  [
    'fragment offset 1448 len 8 id 0x0000abcd, last',
    'ipv6',
    overIpv6(51, authentication({ nextHeader: 44, payload: laterFragment6 })),
  ],
  ['no next header', 'ipv6', overIpv6(59, new Uint8Array(0))],
  ['protocol 89 (OSPF)', 'ipv4', overIpv4(89, new Uint8Array(24))],
  ['protocol 200', 'ipv6', overIpv6(200, new Uint8Array(24))],
  ['EtherType 0x88cc (LLDP)', 'ethernet', ethernet({ etherType: 0x88cc })],
  ['EtherType 0x88cc (LLDP)', 'vlan', ethernet({ etherType: 0x8100, payload: vlan({ etherType: 0x88cc }) })],
  ['truncated: Internet Protocol Version 4: 12 of 20 bytes', 'ipv4', overIpv4(17, udp()).slice(0, 14 + 12)],
  ['truncated: Ethernet II: 3 of 14 bytes', 'ethernet', new Uint8Array(3)],
  [
    'malformed: User Datagram Protocol: length 7 is below the minimum 8',
    'udp',
    overIpv4(17, udp({ udpLen: 7 })),
  ],
];

for (const [info, protocol, frame, base] of cases) {
  test(`a packet list says of ${protocol}: ${info}${base === undefined ? '' : ', relative'}, ${frame.length} bytes`, (t) => {
    const packets = batchOf(frame, LinkType.ethernet, 0, frame.length, frame.length);
    t.is(packetInfo(packets, 0, base), info);
    t.is(protocolName(packets, 0), protocol);
  });
}

test('a linktype that is not decoded is named', (t) => {
  const packets = batchOf(new Uint8Array(4), 147, 0, 4, 4);
  t.is(packetInfo(packets, 0), 'LINKTYPE_147');
  t.is(protocolName(packets, 0), 'other');
});
