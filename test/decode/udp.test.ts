import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { dissectFrame } from '../../src/decode/dissect.js';
import { decodeOne } from './columns.js';
import { hexdump, ipv4, ipv6, pack, udp } from './frame-builder.js';
import { anyBytes, contradicts, decodes, everyPrefix, fieldAt, roundTrip } from './macros.js';

const onLo = `
  0000  00 00 00 00 00 00 00 00 00 00 00 00 08 00 45 00  |..............E.
  0010  00 3c e3 15 40 00 40 11 59 99 7f 00 00 01 7f 00  |.<..@.@.Y.......
  0020  00 01 17 70 00 35 00 28 fe 3b 61 61 61 61 61 61  |...p.5.(.;aaaaaa
  0030  61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa
  0040  61 61 61 61 61 61 61 61 61 61                    |aaaaaaaaaa
`;

const layer = 'User Datagram Protocol';
const frame = ipv4({ payload: udp({ payload: new Uint8Array(12) }) });

const datagrams = fc
  .record({
    sourcePort: fc.nat(0xffff),
    destinationPort: fc.nat(0xffff),
    payload: fc.uint8Array({ maxLength: 40 }),
  })
  .map((fields) => ({
    frame: ipv4({ payload: udp(fields) }),
    columns: {
      srcPort: fields.sourcePort,
      dstPort: fields.destinationPort,
      payloadLen: fields.payload.length,
    },
    fields: [
      [`${layer} / Length`, String(8 + fields.payload.length)],
      [layer, `${fields.sourcePort} → ${fields.destinationPort}`],
    ] as const,
  }));

test(
  'a datagram on lo',
  decodes,
  LinkType.ethernet,
  onLo,
  {
    srcPort: 6000,
    dstPort: 53,
    payloadLen: 32,
    transportOffset: 34,
    facts: ['loopbackLink', 'addresses', 'ports'],
  },
  [
    [`${layer} / Destination Port`, '53', 'dns', [36, 2]],
    [`${layer} / Length`, '40', '', [38, 2]],
    [`${layer} / Checksum`, '0xfe3b', 'offloaded: it holds the pseudo-header sum only', [40, 2]],
    ['Data', '32 bytes', 'a'.repeat(32), [42, 32]],
  ],
);
test('any datagram is read again', roundTrip, LinkType.ipv4, datagrams);
test('a datagram cut anywhere', everyPrefix, LinkType.ipv4, frame, 28);
test(
  'a length below the minimum is malformed',
  contradicts,
  LinkType.ipv4,
  ipv4({ payload: udp({ udpLen: 7 }) }),
  'malformed',
  'udp',
  `${layer}: length 7 is below the minimum 8`,
);
test(
  'a length beyond the IP payload is malformed',
  contradicts,
  LinkType.ipv4,
  ipv4({ payload: udp({ udpLen: 21, payload: new Uint8Array(12) }) }),
  'malformed',
  'udp',
  `${layer}: length 21 is more than the 20 bytes of the datagram`,
);
test(
  'an IP payload shorter than the header is malformed, whatever padding follows',
  contradicts,
  LinkType.ipv4,
  pack(ipv4({ totalLen: 24, payload: udp() }), new Uint8Array(10)),
  'malformed',
  'udp',
  `${layer}: length 8 is more than the 4 bytes of the datagram`,
);
test('any bytes as UDP', anyBytes, LinkType.ipv4, frame);

test('bytes between the end by UDP and the end by IP are padding', (t) => {
  const datagram = ipv4({ payload: udp({ udpLen: 12, payload: hexdump('0000  61 62 63 64 65 66') }) });
  t.is(decodeOne(datagram, LinkType.ipv4).payloadLen, 4);
  const tree = dissectFrame(datagram, LinkType.ipv4, datagram.length);
  t.is(fieldAt(tree, 'Data')?.meaning, 'abcd');
  t.is(fieldAt(tree, 'Padding')?.value, '2 bytes');
});

test('the length of a first fragment is that of the whole datagram', (t) => {
  const datagram = ipv4({ moreFragments: true, payload: udp({ udpLen: 4008, payload: new Uint8Array(16) }) });
  t.like(decodeOne(datagram, LinkType.ipv4), { payloadLen: 4000, stop: 'complete', srcPort: 40000 });
});

test('a checksum of 0 is none, which IPv6 allows in tunnels only', (t) => {
  const checksum = 0;
  const over4 = dissectFrame(ipv4({ payload: udp({ checksum }) }), LinkType.ipv4, 28);
  t.is(fieldAt(over4, `${layer} / Checksum`)?.meaning, '0: none');
  const over6 = dissectFrame(ipv6({ payload: udp({ checksum }) }), LinkType.ipv6, 48);
  t.is(fieldAt(over6, `${layer} / Checksum`)?.meaning, '0: none, which IPv6 allows in tunnels only');
});
