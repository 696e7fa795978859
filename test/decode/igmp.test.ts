import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { dissectFrame } from '../../src/decode/dissect.js';
import { addressBytes, igmp, ipv4, pack } from './frame-builder.js';
import { anyBytes, contradicts, decodes, everyPrefix, fieldAt, roundTrip } from './macros.js';

const report = `
  0000  01 00 5e 00 00 fb 02 00 00 00 00 01 08 00 46 00  |..^...........F.
  0010  00 20 00 00 00 00 01 02 39 db 0a 00 00 02 e0 00  |. ......9.......
  0020  00 fb 94 04 00 00 16 00 09 04 e0 00 00 fb        |..............
`;

const layer = 'Internet Group Management Protocol';
const records = pack(
  pack([1, 4], [1, 0], [2, 0], addressBytes('239.1.1.1')),
  pack([1, 5], [1, 1], [2, 1], addressBytes('239.1.1.2'), addressBytes('10.0.0.9'), [4, 0]),
);
const v3Report = ipv4({ protocol: 2, payload: igmp({ type: 0x22, group: '0.0.0.2', payload: records }) });

const groups = fc
  .record({ type: fc.constantFrom(0x11, 0x12, 0x16, 0x17), responseTime: fc.nat(255), group: fc.ipV4() })
  .map((fields) => ({
    frame: ipv4({ protocol: 2, payload: igmp(fields) }),
    columns: { ipProtocol: 2, payloadLen: 0, lastLayer: 'igmp', stop: 'complete' },
    fields: [
      [`${layer} / Group Address`, fields.group],
      [
        `${layer} / Max Response Time`,
        String(fields.responseTime),
        `${(fields.responseTime / 10).toFixed(1)} s`,
      ],
      [`${layer} / Checksum`, fieldAt(tree(igmp(fields)), `${layer} / Checksum`)?.value ?? '', 'correct'],
    ] as const,
  }));

function tree(message: Uint8Array) {
  const datagram = ipv4({ protocol: 2, payload: message });
  return dissectFrame(datagram, LinkType.ipv4, datagram.length);
}

test(
  'a report behind a router alert',
  decodes,
  LinkType.ethernet,
  report,
  { transportOffset: 38, ipProtocol: 2, destination: '224.0.0.251', lastLayer: 'igmp' },
  [
    ['Internet Protocol Version 4 / Options / Router Alert', 'examine the packet', '', [34, 4]],
    [layer, 'membership report v2', '', [38, 8]],
    [`${layer} / Checksum`, '0x0904', 'correct', [40, 2]],
    [`${layer} / Group Address`, '224.0.0.251', 'multicast: mDNS', [42, 4]],
  ],
);
test('any group is read again', roundTrip, LinkType.ipv4, groups);
test('a message cut anywhere', everyPrefix, LinkType.ipv4, v3Report, 28);
test(
  'a datagram shorter than the header is malformed',
  contradicts,
  LinkType.ipv4,
  ipv4({ protocol: 2, totalLen: 26, payload: igmp() }),
  'malformed',
  'igmp',
  `${layer}: 8 bytes of header are more than the 6 of the message`,
);
test('any bytes as IGMP', anyBytes, LinkType.ipv4, v3Report);

test('the records of a version 3 report', (t) => {
  const fields = dissectFrame(v3Report, LinkType.ipv4, v3Report.length);
  const found = fieldAt(fields, layer)?.children.filter(({ name }) => name === 'Group Record');
  t.deepEqual(
    found?.map(({ value }) => value),
    ['change to exclude 239.1.1.1', 'allow new sources 239.1.1.2'],
  );
  t.is(fieldAt(found?.[1].children ?? [], 'Source Address')?.value, '10.0.0.9');
});

test('a version 3 query has a floating-point response time and sources', (t) => {
  const payload = pack([1, 0x0a], [1, 125], [2, 1], addressBytes('10.0.0.9'));
  const fields = tree(igmp({ type: 0x11, responseTime: 0x9f, group: '239.1.1.1', payload }));
  t.is(fieldAt(fields, `${layer} / Max Response Time`)?.meaning, '49.6 s');
  t.is(fieldAt(fields, `${layer} / Suppress Router-Side Processing`)?.value, '1');
  t.is(fieldAt(fields, `${layer} / Source Address`)?.value, '10.0.0.9');
});
