import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { dissectFrame } from '../../src/decode/dissect.js';
import { assertAgrees } from './agreement.js';
import { decodeOne } from './columns.js';
import { addressBytes, authentication, ipv4, pack, udp } from './frame-builder.js';
import { anyBytes, contradicts, decodes, everyPrefix, fieldAt, roundTrip } from './macros.js';

const recordRoute = `
  0000  47 b9 00 24 1c 46 40 00 40 11 fa b5 0a 00 00 01  |G....F@.@.......
  0010  0a 00 00 02 07 07 08 0a 00 00 fe 00 9c 40 00 09  |.............@..
  0020  00 08 4f 92                                      |..O.
`;

const layer = 'Internet Protocol Version 4';
const addresses = { source: '10.0.0.1', destination: '10.0.0.2' };
const options = pack([1, 1], [1, 131], [1, 7], [1, 4], addressBytes('10.0.0.9'));
const frame = ipv4({ ...addresses, options, payload: udp(addresses) });

const headers = fc
  .record({
    source: fc.ipV4(),
    destination: fc.ipV4(),
    id: fc.nat(0xffff),
    ttl: fc.nat(255),
    trafficClass: fc.nat(255),
    dontFragment: fc.boolean(),
  })
  .map((fields) => ({
    frame: ipv4({ ...fields, payload: udp({ ...fields, payload: new Uint8Array(5) }) }),
    columns: { source: fields.source, destination: fields.destination, payloadLen: 5, lastLayer: 'udp' },
    fields: [
      [`${layer} / Time to Live`, String(fields.ttl)],
      [`${layer} / Differentiated Services Code Point`, String(fields.trafficClass >> 2)],
      [`${layer} / Explicit Congestion Notification`, String(fields.trafficClass & 3)],
      [`${layer} / Flags / Don't Fragment`, fields.dontFragment ? 'set' : 'not set'],
      [`${layer} / Source Address`, fields.source],
      ['User Datagram Protocol / Length', '13'],
    ] as const,
  }));

const fragments = fc.record({
  eighths: fc.integer({ min: 1, max: 8190 }),
  id: fc.nat(0xffff),
  more: fc.boolean(),
});
const laterFragments = fragments.map(({ eighths, id, more }) => ({
  frame: ipv4({ fragmentOffset: eighths * 8, id, moreFragments: more, payload: new Uint8Array(16) }),
  columns: {
    facts: ['fragment', 'laterFragment', 'addresses'],
    fragmentId: id,
    payloadLen: 16,
    stop: 'fragment',
    lastLayer: 'ipv4',
  },
  fields: [
    [`${layer} / Fragment Offset`, String(eighths * 8)],
    [`${layer} / Flags / More Fragments`, more ? 'set' : 'not set'],
    ['Later fragment', `at offset ${eighths * 8}`],
  ] as const,
}));

test(
  'a header with a record route option',
  decodes,
  LinkType.ipv4,
  recordRoute,
  { network: 'ipv4', transportOffset: 28, ipProtocol: 17, payloadLen: 0, stop: 'complete' },
  [
    [layer, '10.0.0.1 → 10.0.0.2', '', [0, 28]],
    [`${layer} / Header Length`, '28 bytes', '', [0, 1]],
    [`${layer} / Differentiated Services Code Point`, '46', 'expedited forwarding', [1, 1]],
    [`${layer} / Explicit Congestion Notification`, '1', 'ECN-capable: ECT(1)', [1, 1]],
    [`${layer} / Identification`, '0x1c46', '', [4, 2]],
    [`${layer} / Flags`, '0x4000', "Don't Fragment", [6, 2]],
    [`${layer} / Header Checksum`, '0xfab5', 'correct', [10, 2]],
    [`${layer} / Options / Record Route`, '10.0.0.254', '', [20, 7]],
    [`${layer} / Options / End of Option List`, '0', '', [27, 1]],
  ],
);
test('any header fields are read again', roundTrip, LinkType.ipv4, headers);
test('any later fragment has no transport header', roundTrip, LinkType.ipv4, laterFragments);
test('a datagram cut in its header or options is truncated', everyPrefix, LinkType.ipv4, frame, 36);
test(
  'a header length below the minimum is malformed',
  contradicts,
  LinkType.ipv4,
  ipv4({ headerLen: 16, payload: udp() }),
  'malformed',
  'ipv4',
  `${layer}: header length 16 is below the minimum 20`,
);
test(
  'a total length below the header length is malformed',
  contradicts,
  LinkType.ipv4,
  ipv4({ totalLen: 19, payload: udp() }),
  'malformed',
  'ipv4',
  `${layer}: total length 19 is below the header length 20`,
);
test(
  'another version is malformed',
  contradicts,
  LinkType.ipv4,
  ipv4({ version: 5, payload: udp() }),
  'malformed',
  'ipv4',
  `${layer}: version 5 is not 4`,
);
test(
  'a total length beyond the frame leaves bytes that were not captured',
  contradicts,
  LinkType.ipv4,
  ipv4({ totalLen: 40, protocol: 59, payload: new Uint8Array(10) }),
  'complete',
  'ipv4',
  '10 bytes',
);
test(
  'an unknown protocol is named',
  contradicts,
  LinkType.ipv4,
  ipv4({ protocol: 89, payload: new Uint8Array(10) }),
  'unsupported',
  'ipv4',
  'protocol 89 (OSPF)',
);
test('any bytes as IPv4', anyBytes, LinkType.ipv4, frame);

test('a total length of 0 lets the captured length decide', (t) => {
  const { columns, meaning } = read(
    ipv4({ totalLen: 0, payload: udp({ payload: new Uint8Array(4) }) }),
    'Total Length',
  );
  t.is(columns.payloadLen, 4);
  t.true(columns.facts.includes('lengthFromCapture'));
  t.is(meaning, 'the captured length decides (segmentation offload)');
});

test('a header checksum is correct, not filled in, or wrong', (t) => {
  const verdict = (checksum?: number): string | undefined =>
    read(ipv4(checksum === undefined ? {} : { checksum }), 'Header Checksum').meaning;
  t.is(verdict(), 'correct');
  t.is(verdict(0), '0: not filled in (offload or Npcap)');
  t.is(verdict(0x1234), 'wrong, should be 0x7cd7');
});

test('each option is decoded or named', (t) => {
  const timestamps = pack([1, 68], [1, 12], [1, 13], [1, 0x21], addressBytes('10.0.0.9'), [4, 3_600_000]);
  const alert = pack([1, 148], [1, 4], [2, 0]);
  const unknown = pack([1, 200], [1, 3], [1, 7]);
  const tree = dissectFrame(ipv4({ options: pack(timestamps, alert, unknown) }), LinkType.ipv4, 100);
  t.is(fieldAt(tree, `${layer} / Options / Internet Timestamp`)?.value, 'addresses and timestamps');
  t.is(fieldAt(tree, `${layer} / Options / Internet Timestamp / Timestamp`)?.meaning, '01:00:00.000 UT');
  t.is(fieldAt(tree, `${layer} / Options / Router Alert`)?.value, 'examine the packet');
  t.is(fieldAt(tree, `${layer} / Options / Option 200 / Data`)?.value, '07');
});

test('an option that is longer than the header is said to be malformed', (t) => {
  const tree = dissectFrame(ipv4({ options: pack([1, 7], [1, 9], [2, 0]) }), LinkType.ipv4, 100);
  t.is(fieldAt(tree, `${layer} / Options / Malformed option`)?.meaning, 'Record Route: length 9, 4 left');
});

test('a source route that is not at its end hides the address that the checksum covers', (t) => {
  const meaning = fieldAt(
    dissectFrame(frame, LinkType.ipv4, frame.length),
    'User Datagram Protocol / Checksum',
  )?.meaning;
  t.is(meaning, 'not verified: covers an address that the IP header does not have');
});

test('an authentication header may stand before the transport', (t) => {
  const columns = decodeOne(
    ipv4({ protocol: 51, payload: authentication({ payload: udp() }) }),
    LinkType.ipv4,
  );
  t.like(columns, { lastLayer: 'udp', transportOffset: 44, ipProtocol: 17, srcPort: 40000 });
});

test('bytes of padding behind the datagram are no header', (t) => {
  for (const protocol of [1, 2, 6, 17, 58, 132]) {
    const padded = pack(ipv4({ protocol }), new Uint8Array(26));
    t.like(decodeOne(padded, LinkType.ipv4), { stop: 'malformed', srcPort: -1 }, `protocol ${protocol}`);
    assertAgrees(t, padded, LinkType.ipv4, padded.length);
  }
});

function read(datagram: Uint8Array, name: string) {
  const tree = dissectFrame(datagram, LinkType.ipv4, datagram.length);
  return {
    columns: decodeOne(datagram, LinkType.ipv4),
    meaning: fieldAt(tree, `${layer} / ${name}`)?.meaning,
  };
}
