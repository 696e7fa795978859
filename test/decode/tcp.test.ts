import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { dissectFrame } from '../../src/decode/dissect.js';
import { ethernet, ipv4, pack, synOptions, tcp } from './frame-builder.js';
import { anyBytes, contradicts, decodes, everyPrefix, fieldAt, roundTrip } from './macros.js';

const syn = `
  0000  00 00 00 00 00 00 00 00 00 00 00 00 08 00 45 00  |..............E.
  0010  00 3c 2d a1 40 00 40 06 0e 6c 7f 00 00 58 7f 00  |.<-.@.@..l...X..
  0020  00 57 86 a9 1f 97 66 37 54 46 00 00 00 00 a0 02  |.W....f7TF......
  0030  ff d7 fe dd 00 00 02 04 ff d7 04 02 08 0a 2f 5c  |............../.
  0040  f1 29 00 00 00 00 01 03 03 0a                    |.)........
`;

const layer = 'Transmission Control Protocol';
const frame = ethernet({
  payload: ipv4({ protocol: 6, payload: tcp({ options: synOptions, payload: new Uint8Array(3) }) }),
});

const segments = fc
  .record({
    sourcePort: fc.nat(0xffff),
    destinationPort: fc.nat(0xffff),
    seq: fc.nat(0xffffffff),
    ack: fc.nat(0xffffffff),
    flags: fc.nat(255),
    window: fc.nat(0xffff),
    urgentPointer: fc.nat(0xffff),
    payload: fc.uint8Array({ maxLength: 30 }),
  })
  .map((fields) => ({
    frame: ipv4({ protocol: 6, payload: tcp(fields) }),
    columns: {
      srcPort: fields.sourcePort,
      dstPort: fields.destinationPort,
      tcpFlags: fields.flags,
      payloadLen: fields.payload.length,
      lastLayer: 'tcp',
    },
    fields: [
      [`${layer} / Sequence Number`, String(fields.seq)],
      [`${layer} / Acknowledgment Number`, String(fields.ack)],
      [`${layer} / Flags / SYN`, (fields.flags & 2) === 0 ? 'not set' : 'set'],
      [`${layer} / Flags / CWR`, (fields.flags & 128) === 0 ? 'not set' : 'set'],
      [`${layer} / Window`, String(fields.window)],
      [`${layer} / Urgent Pointer`, String(fields.urgentPointer)],
    ] as const,
  }));

test(
  'a SYN on lo with the options of Linux',
  decodes,
  LinkType.ethernet,
  syn,
  { srcPort: 34473, dstPort: 8087, tcpFlags: 2, payloadLen: 0, transportOffset: 34, lastLayer: 'tcp' },
  [
    [layer, '34473 → 8087', '', [34, 40]],
    [`${layer} / Sequence Number`, '1714902086', '', [38, 4]],
    [`${layer} / Data Offset`, '40 bytes', '', [46, 1]],
    [`${layer} / Flags`, '0x02', 'SYN', [47, 1]],
    [`${layer} / Checksum`, '0xfedd', 'offloaded: it holds the pseudo-header sum only', [50, 2]],
    [`${layer} / Options / Maximum Segment Size`, '65495', '', [54, 4]],
    [`${layer} / Options / SACK Permitted`, '', '', [58, 2]],
    [`${layer} / Options / Timestamps`, 'value 794620201, echo reply 0', '', [60, 10]],
    [`${layer} / Options / Window Scale`, 'times 1024', '', [71, 3]],
  ],
);
test('any segment is read again', roundTrip, LinkType.ipv4, segments);
test('a segment cut in its header or options is truncated', everyPrefix, LinkType.ethernet, frame, 74);
test(
  'a data offset below the minimum is malformed',
  contradicts,
  LinkType.ipv4,
  ipv4({ protocol: 6, payload: tcp({ dataOffset: 16 }) }),
  'malformed',
  'tcp',
  `${layer}: data offset 16 is below the minimum 20`,
);
test(
  'a data offset beyond the datagram is malformed',
  contradicts,
  LinkType.ipv4,
  ipv4({ protocol: 6, payload: tcp({ dataOffset: 60, payload: new Uint8Array(4) }) }),
  'malformed',
  'tcp',
  `${layer}: data offset 60 is more than the 24 bytes of the segment`,
);
test('any bytes as TCP', anyBytes, LinkType.ethernet, frame);

/** Reads a field of a segment that fills the datagram; by default the segment is captured whole. */
function read(segment: Uint8Array, path: string, capLen = segment.length) {
  const datagram = ipv4({ protocol: 6, payload: segment });
  return fieldAt(
    dissectFrame(datagram.slice(0, 20 + capLen), LinkType.ipv4, datagram.length),
    `${layer} / ${path}`,
  );
}

test('a checksum is correct, offloaded, wrong, or cannot be verified', (t) => {
  const payload = new Uint8Array(5).fill(7);
  t.is(read(tcp({ payload }), 'Checksum')?.meaning, 'correct');
  t.is(
    read(tcp({ payload, checksum: 'offloaded' }), 'Checksum')?.meaning,
    'offloaded: it holds the pseudo-header sum only',
  );
  const right = read(tcp({ payload }), 'Checksum')?.value;
  t.is(read(tcp({ payload, checksum: 1 }), 'Checksum')?.meaning, `wrong, should be ${right}`);
  t.is(read(tcp({ payload }), 'Checksum', 22)?.meaning, 'not verified: 22 of 25 bytes captured');
});

const otherOptions: readonly (readonly [title: string, bytes: Uint8Array, name: string, value: string])[] = [
  ['SACK blocks', pack([1, 5], [1, 10], [4, 100], [4, 200], [2, 0]), 'SACK', '100-200'],
  ['a Fast Open request', pack([1, 34], [1, 2], [2, 0]), 'Fast Open Cookie', 'cookie request'],
  [
    'a Fast Open cookie',
    pack([1, 34], [1, 6], [4, 0xc0ffee00], [2, 0]),
    'Fast Open Cookie / Cookie',
    'c0ffee00',
  ],
  ['MPTCP', pack([1, 30], [1, 4], [2, 0x0001]), 'Multipath TCP', 'MP_CAPABLE'],
  ['a user timeout', pack([1, 28], [1, 4], [2, 0x8005]), 'User Timeout', '5 minutes'],
  ['authentication', pack([1, 29], [1, 8], [1, 1], [1, 2], [4, 0xdeadbeef]), 'Authentication / Key Id', '1'],
  ['an MD5 signature', pack([1, 19], [1, 18], new Uint8Array(16)), 'MD5 Signature / Data', '0'.repeat(32)],
  ['an unknown option', pack([1, 99], [1, 3], [1, 0xab], [1, 0]), 'Option 99 / Data', 'ab'],
];

for (const [title, options, name, value] of otherOptions) {
  test(`${title} among the options`, (t) => {
    t.is(read(tcp({ options }), `Options / ${name}`)?.value, value);
  });
}

test('an option whose length lies ends the list', (t) => {
  const malformed = read(tcp({ options: pack([1, 2], [1, 0], [2, 1460]) }), 'Options / Malformed option');
  t.is(malformed?.meaning, 'Maximum Segment Size: length 0, less than 2');
});
