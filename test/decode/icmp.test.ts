import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { dissectFrame } from '../../src/decode/dissect.js';
import type { Field } from '../../src/decode/field.js';
import { icmpCodeName, icmpTypeName } from '../../src/decode/icmp-types.js';
import { addressBytes, icmp, internetChecksum, ipv4, pack, udp, withUint16 } from './frame-builder.js';
import { anyBytes, contradicts, decodes, everyPrefix, fieldAt, roundTrip } from './macros.js';

const portUnreachable = `
  0000  00 00 00 00 00 00 00 00 00 00 00 00 08 00 45 c0  |..............E.
  0010  00 58 7e a9 00 00 40 01 fd 39 7f 00 00 01 7f 00  |.X~...@..9......
  0020  00 01 03 03 bd 8a 00 00 00 00 45 00 00 3c b6 e0  |..........E..<..
  0030  40 00 40 11 85 ce 7f 00 00 01 7f 00 00 01 17 70  |@.@............p
  0040  13 88 00 28 fe 3b 61 61 61 61 61 61 61 61 61 61  |...(.;aaaaaaaaaa
  0050  61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa
  0060  61 61 61 61 61 61                                |aaaaaa
`;

const layer = 'Internet Control Message Protocol';
const quote = `${layer} / Quoted datagram`;
const quoted = ipv4({ payload: udp({ payload: new Uint8Array(4) }) });
const error = ipv4({ protocol: 1, payload: icmp({ type: 3, code: 3, word: 0, payload: quoted }) });

const echoes = fc
  .record({
    type: fc.constantFrom(0, 8),
    word: fc.nat(0xffffffff),
    payload: fc.uint8Array({ maxLength: 30 }),
  })
  .map((fields) => ({
    frame: ipv4({ protocol: 1, payload: icmp(fields) }),
    columns: { srcPort: fields.word >>> 16, dstPort: fields.word >>> 16, payloadLen: fields.payload.length },
    fields: [
      [`${layer} / Type`, String(fields.type), fields.type === 0 ? 'echo reply' : 'echo request'],
      [`${layer} / Sequence Number`, String(fields.word & 0xffff)],
    ] as const,
  }));

test(
  'an error quotes the datagram that caused it, with its byte ranges in the frame',
  decodes,
  LinkType.ethernet,
  portUnreachable,
  { ipProtocol: 1, transportOffset: 34, srcPort: -1, payloadLen: 60, stop: 'complete', lastLayer: 'icmp' },
  [
    [layer, 'destination unreachable (port unreachable)', '', [34, 68]],
    [`${layer} / Checksum`, '0xbd8a', 'correct', [36, 2]],
    [quote, '60 bytes', '', [42, 60]],
    [`${quote} / Internet Protocol Version 4`, '127.0.0.1 → 127.0.0.1', '', [42, 20]],
    [`${quote} / User Datagram Protocol / Destination Port`, '5000', '', [64, 2]],
    [`${quote} / Data`, '32 bytes', 'a'.repeat(32), [70, 32]],
  ],
);
test('any echo is read again', roundTrip, LinkType.ipv4, echoes);
test('a message cut anywhere', everyPrefix, LinkType.ipv4, error, 28);
test(
  'a datagram shorter than the header is malformed, whatever padding follows',
  contradicts,
  LinkType.ipv4,
  pack(ipv4({ protocol: 1, totalLen: 24, payload: icmp() }), new Uint8Array(10)),
  'malformed',
  'icmp',
  `${layer}: 8 bytes of header are more than the 4 of the message`,
);
test('any bytes as ICMP', anyBytes, LinkType.ipv4, error);

function dissectMessage(message: Uint8Array): readonly Field[] {
  const datagram = ipv4({ protocol: 1, payload: message });
  return dissectFrame(datagram, LinkType.ipv4, datagram.length);
}

test('a quotation that ends in its transport header is cut, not the frame', (t) => {
  const tree = dissectMessage(icmp({ type: 11, word: 0, payload: quoted.subarray(0, 24) }));
  t.is(fieldAt(tree, `${quote} / Truncated`)?.value, 'User Datagram Protocol: 4 of 8 bytes');
  t.is(fieldAt(tree, `${quote} / Truncated`)?.meaning, 'the quotation ends here');
  t.not(tree.at(-1)?.name, 'Truncated');
});

test('a quotation in a quotation is not dissected', (t) => {
  const inner = ipv4({ protocol: 1, payload: icmp({ type: 3, code: 1, payload: quoted }) });
  const tree = dissectMessage(icmp({ type: 3, code: 1, payload: inner }));
  const nested = fieldAt(tree, `${quote} / ${layer} / Quoted datagram`);
  t.is(nested?.value, 'not dissected: a quotation in a quotation');
});

const words: readonly (readonly [title: string, message: Uint8Array, path: string, value: string])[] = [
  ['the gateway of a redirect', icmp({ type: 5, code: 1, word: 0x0a000001 }), 'Gateway Address', '10.0.0.1'],
  ['the MTU where fragmentation is needed', icmp({ type: 3, code: 4, word: 1400 }), 'Next-Hop MTU', '1400'],
  ['the pointer of a parameter problem', icmp({ type: 12, word: 0x14000000 }), 'Pointer', '20'],
  ['an address mask', icmp({ type: 18, payload: addressBytes('255.0.0.0') }), 'Address Mask', '255.0.0.0'],
  [
    'a timestamp',
    icmp({ type: 13, payload: pack([4, 1000], [4, 0], [4, 0]) }),
    'Originate Timestamp',
    '1000',
  ],
  [
    'the routers of an advertisement',
    icmp({ type: 9, word: 0x01020708, payload: pack(addressBytes('10.0.0.1'), [4, 0]) }),
    'Router Address',
    '10.0.0.1',
  ],
];

for (const [title, message, path, value] of words) {
  test(`${title} is read`, (t) => {
    t.is(fieldAt(dissectMessage(message), `${layer} / ${path}`)?.value, value);
  });
}

test('objects behind a quotation of known length are read', (t) => {
  const labels = pack([2, 8], [1, 1], [1, 1], [4, 0x00010140]);
  const structure = pack([2, 0x2000], [2, 0], labels);
  const extension = withUint16(structure, 2, internetChecksum([structure]));
  const payload = pack(quoted, new Uint8Array(128 - quoted.length), extension);
  const tree = dissectMessage(icmp({ type: 11, word: 0x00200000, payload }));
  t.is(fieldAt(tree, `${layer} / Extension / Checksum`)?.meaning, 'correct');
  t.is(fieldAt(tree, `${layer} / Extension / Object`)?.value, 'MPLS label stack');
});

test('types and codes have names, and numbers where they have none', (t) => {
  t.is(icmpTypeName(8), 'echo request');
  t.is(icmpTypeName(25), 'reserved for robustness experiment');
  t.is(icmpTypeName(200), 'type 200');
  t.is(icmpCodeName(3, 13), 'communication prohibited');
  t.is(icmpCodeName(3, 99), 'code 99');
  t.is(icmpCodeName(8, 0), '');
});
