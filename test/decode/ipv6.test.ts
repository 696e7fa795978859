import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { ethernet, ipv6, udp } from './frame-builder.js';
import { anyBytes, contradicts, decodes, everyPrefix, roundTrip } from './macros.js';

const onLo = `
  0000  00 00 00 00 00 00 00 00 00 00 00 00 86 dd 60 07  |..............'.
  0010  25 1a 00 28 11 40 00 00 00 00 00 00 00 00 00 00  |%..(.@..........
  0020  00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00  |................
  0030  00 00 00 00 00 01 17 70 13 88 00 28 00 3b 61 61  |.......p...(.;aa
  0040  61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa
  0050  61 61 61 61 61 61 61 61 61 61 61 61 61 61        |aaaaaaaaaaaaaa
`;

const layer = 'Internet Protocol Version 6';
const frame = ethernet({ etherType: 0x86dd, payload: ipv6({ payload: udp({ source: '::1' }) }) });

const headers = fc
  .record({
    trafficClass: fc.nat(255),
    flowLabel: fc.nat(0xfffff),
    hopLimit: fc.nat(255),
    source: fc.constantFrom('::1', 'fe80::1', '2001:db8::7', '::ffff:127.0.0.1', 'ff02::fb'),
    data: fc.uint8Array({ maxLength: 20 }),
  })
  .map(({ data, ...fields }) => ({
    frame: ipv6({ ...fields, payload: udp({ source: fields.source, destination: '::1', payload: data }) }),
    columns: { network: 'ipv6', source: fields.source, destination: '::1', payloadLen: data.length },
    fields: [
      [`${layer} / Flow Label`, `0x${fields.flowLabel.toString(16).padStart(5, '0')}`],
      [`${layer} / Hop Limit`, String(fields.hopLimit)],
      [`${layer} / Differentiated Services Code Point`, String(fields.trafficClass >> 2)],
      [`${layer} / Payload Length`, String(data.length + 8)],
      ['User Datagram Protocol / Length', String(data.length + 8)],
    ] as const,
  }));

test(
  'a datagram on lo',
  decodes,
  LinkType.ethernet,
  onLo,
  { network: 'ipv6', networkOffset: 14, transportOffset: 54, source: '::1', ipProtocol: 17, payloadLen: 32 },
  [
    [layer, '::1 → ::1', '', [14, 40]],
    [`${layer} / Flow Label`, '0x7251a', '', [15, 3]],
    [`${layer} / Next Header`, '17', 'UDP', [20, 1]],
    [`${layer} / Source Address`, '::1', 'loopback', [22, 16]],
    [
      'User Datagram Protocol / Checksum',
      '0x003b',
      'offloaded: it holds the pseudo-header sum only',
      [60, 2],
    ],
  ],
);
test('any header fields are read again', roundTrip, LinkType.ipv6, headers);
test('a packet cut anywhere', everyPrefix, LinkType.ethernet, frame, 62);
test(
  'another version is malformed',
  contradicts,
  LinkType.ipv6,
  ipv6({ version: 4, payload: udp({ source: '::1' }) }),
  'malformed',
  'ipv6',
  `${layer}: version 4 is not 6`,
);
test(
  'a payload length below the transport header is malformed',
  contradicts,
  LinkType.ipv6,
  ipv6({ payloadLen: 7, payload: udp({ source: '::1' }) }),
  'malformed',
  'udp',
  'User Datagram Protocol: length 8 is more than the 7 bytes of the datagram',
);
test(
  'a payload length beyond the frame leaves bytes that were not captured',
  contradicts,
  LinkType.ipv6,
  ipv6({ payloadLen: 30, nextHeader: 59, payload: new Uint8Array(10) }),
  'complete',
  'ipv6',
  '20 bytes',
);
test('any bytes as IPv6', anyBytes, LinkType.ethernet, frame);
