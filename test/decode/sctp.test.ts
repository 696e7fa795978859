import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { crc32c } from '../../src/decode/crc32c.js';
import { dissectFrame } from '../../src/decode/dissect.js';
import { chunk, hexdump, ipv4, pack, sctp } from './frame-builder.js';
import { anyBytes, contradicts, decodes, everyPrefix, fieldAt, roundTrip } from './macros.js';

const init = `
  0000  00 00 00 00 00 00 00 00 00 00 00 00 08 00 45 00  |..............E.
  0010  00 34 00 00 00 00 40 84 7c 44 7f 00 00 01 7f 00  |.4....@.|D......
  0020  00 01 9c 40 8e 3c 00 00 00 00 b5 af 85 30 01 00  |...@.<.......0..
  0030  00 14 11 22 33 44 00 01 a0 00 00 0a ff ff 00 00  |..."3D..........
  0040  00 01                                            |..
`;

const layer = 'Stream Control Transmission Protocol';
const data = chunk(0, pack([4, 1], [2, 0], [2, 0], [4, 0], hexdump('0000  68 65 6c 6c 6f')), 3);
const frame = ipv4({
  protocol: 132,
  payload: sctp({ chunks: pack(chunk(3, pack([4, 9], [4, 1], [4, 0])), data) }),
});

const packets = fc
  .record({ sourcePort: fc.nat(0xffff), destinationPort: fc.nat(0xffff), tag: fc.nat(0xffffffff) })
  .map((fields) => ({
    frame: ipv4({ protocol: 132, payload: sctp({ ...fields, chunks: data }) }),
    columns: { srcPort: fields.sourcePort, dstPort: fields.destinationPort, payloadLen: data.length },
    fields: [
      [`${layer} / Verification Tag`, `0x${fields.tag.toString(16).padStart(8, '0')}`],
      [`${layer} / DATA`, '5 bytes'],
    ] as const,
  }));

test(
  'an INIT with its checksum',
  decodes,
  LinkType.ethernet,
  init,
  { srcPort: 40000, dstPort: 36412, payloadLen: 20, ipProtocol: 132, lastLayer: 'sctp' },
  [
    [layer, '40000 → 36412', '', [34, 32]],
    [`${layer} / Checksum`, '0xb5af8530', 'correct', [42, 4]],
    [`${layer} / INIT / Initiate Tag`, '0x11223344', '', [50, 4]],
  ],
);
test('any ports and tag are read again', roundTrip, LinkType.ipv4, packets);
test('a packet cut anywhere', everyPrefix, LinkType.ipv4, frame, 32);
test(
  'a datagram shorter than the header is malformed',
  contradicts,
  LinkType.ipv4,
  ipv4({ protocol: 132, totalLen: 30, payload: sctp() }),
  'malformed',
  'sctp',
  `${layer}: 12 bytes of header are more than the 10 of the packet`,
);
test('any bytes as SCTP', anyBytes, LinkType.ipv4, frame);

test('a checksum is correct, offloaded, or wrong', (t) => {
  const verdict = (checksum: number): string | undefined => {
    const datagram = ipv4({ protocol: 132, payload: sctp({ chunks: data, checksum }) });
    return fieldAt(dissectFrame(datagram, LinkType.ipv4, datagram.length), `${layer} / Checksum`)?.meaning;
  };
  t.is(verdict(0), '0: offloaded');
  t.regex(verdict(1) ?? '', /^wrong, should be 0x[0-9a-f]{8}$/);
});

test('CRC32c gives the check value of its definition', (t) => {
  t.is(crc32c(new TextEncoder().encode('123456789')), 0xe3069283);
});

test('a chunk whose length is below its header ends the list', (t) => {
  const datagram = ipv4({ protocol: 132, payload: sctp({ chunks: pack([1, 6], [1, 0], [2, 3]) }) });
  const malformed = fieldAt(
    dissectFrame(datagram, LinkType.ipv4, datagram.length),
    `${layer} / Malformed chunk`,
  );
  t.is(malformed?.meaning, 'ABORT: length 3 is less than 4');
});
