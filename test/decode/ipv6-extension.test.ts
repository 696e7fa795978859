import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { dissectFrame } from '../../src/decode/dissect.js';
import { decodeOne } from './columns.js';
import {
  authentication,
  extension,
  fragment,
  ipv6,
  jumboPayload,
  pack,
  routing,
  udp,
} from './frame-builder.js';
import { anyBytes, contradicts, decodes, everyPrefix, fieldAt, roundTrip } from './macros.js';

const laterFragment = `
  0000  60 00 00 00 00 10 2c 40 00 00 00 00 00 00 00 00  |......,@........
  0010  00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00  |................
  0020  00 00 00 00 00 00 00 01 11 00 05 a9 ab cd 12 34  |...............4
  0030  61 61 61 61 61 61 61 61                          |aaaaaaaa
`;
const jumbogram = `
  0000  60 00 00 00 00 00 00 40 00 00 00 00 00 00 00 00  |.......@........
  0010  00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00  |................
  0020  00 00 00 00 00 00 00 01 11 00 c2 04 00 00 00 10  |................
  0030  9c 40 00 09 00 08 63 93                          |.@....c.
`;

const message = udp({ source: '::1' });
const everyHeader = ipv6({
  nextHeader: 0,
  payload: extension(pack([1, 5], [1, 2], [2, 0]), {
    nextHeader: 60,
    payload: extension(pack([1, 1], [1, 2], [2, 0]), {
      nextHeader: 43,
      payload: routing(['2001:db8::1'], 0, {
        nextHeader: 44,
        payload: fragment({
          nextHeader: 51,
          payload: authentication({
            nextHeader: 135,
            payload: extension(new Uint8Array(6), {
              nextHeader: 139,
              payload: extension(new Uint8Array(38), {
                nextHeader: 140,
                payload: extension(new Uint8Array(6), { nextHeader: 17, payload: message }),
              }),
            }),
          }),
        }),
      }),
    }),
  }),
});

const kinds = fc
  .record({
    kind: fc.constantFrom(0, 60, 135, 139, 140),
    body: fc.uint8Array({ minLength: 6, maxLength: 100 }),
  })
  .map(({ kind, body }) => {
    // Zeros read as Pad1 in every kind that has options.
    const headerLen = Math.ceil((body.length + 2) / 8) * 8;
    return {
      frame: ipv6({ nextHeader: kind, payload: extension(body.fill(0), { payload: message }) }),
      columns: { transportOffset: 40 + headerLen, ipProtocol: 17, lastLayer: 'udp', srcPort: 40000 },
      fields: [['User Datagram Protocol / Source Port', '40000']] as const,
    };
  });

test(
  'a later fragment stops behind its header',
  decodes,
  LinkType.ipv6,
  laterFragment,
  {
    facts: ['fragment', 'laterFragment', 'addresses'],
    fragmentId: 0xabcd1234 | 0,
    stop: 'fragment',
    payloadLen: 8,
    lastLayer: 'ipv6-extension',
  },
  [
    ['IPv6 Fragment Header / Fragment Offset', '1448', '1448 bytes', [42, 2]],
    ['IPv6 Fragment Header / More Fragments', '1', '', [42, 2]],
    ['IPv6 Fragment Header / Identification', '0xabcd1234', '', [44, 4]],
    ['Later fragment', 'at offset 1448'],
  ],
);
test(
  'a jumbo payload option gives the length',
  decodes,
  LinkType.ipv6,
  jumbogram,
  { facts: ['addresses', 'ports'], transportOffset: 48, payloadLen: 0, stop: 'complete' },
  [
    [
      'Internet Protocol Version 6 / Payload Length',
      '0',
      'a jumbo payload option or the captured length decides',
    ],
    ['IPv6 Hop-by-Hop Options / Options / Jumbo Payload', '16 bytes', '', [42, 6]],
  ],
);
test('headers of any length are walked over', roundTrip, LinkType.ipv6, kinds);
test('a packet with every header cut anywhere', everyPrefix, LinkType.ipv6, everyHeader, everyHeader.length);
test(
  'a header that ends behind the packet is malformed',
  contradicts,
  LinkType.ipv6,
  ipv6({
    nextHeader: 60,
    payloadLen: 8,
    payload: extension(new Uint8Array(14), { lenField: 1, payload: message }),
  }),
  'malformed',
  'ipv6-extension',
  'IPv6 Destination Options: the header ends behind the datagram',
);
test(
  'a header that ends behind the frame is truncated',
  contradicts,
  LinkType.ipv6,
  ipv6({ nextHeader: 60, payload: extension(new Uint8Array(6), { lenField: 3, payload: message }) }),
  'truncated',
  'ipv6-extension',
  'IPv6 Destination Options: 16 of 32 bytes',
);
test('any bytes as extension headers', anyBytes, LinkType.ipv6, everyHeader);

test('every header is named, in order', (t) => {
  const tree = dissectFrame(everyHeader, LinkType.ipv6, everyHeader.length);
  t.deepEqual(
    tree.map((field) => field.name),
    [
      'Internet Protocol Version 6',
      'IPv6 Hop-by-Hop Options',
      'IPv6 Destination Options',
      'IPv6 Routing Header',
      'IPv6 Fragment Header',
      'Authentication Header',
      'Mobility Header',
      'Host Identity Protocol',
      'Shim6',
      'User Datagram Protocol',
    ],
  );
  t.is(fieldAt(tree, 'IPv6 Routing Header / Address')?.value, '2001:db8::1');
  t.is(
    fieldAt(tree, 'IPv6 Hop-by-Hop Options / Options / Router Alert')?.value,
    'multicast listener discovery',
  );
  t.is(
    fieldAt(tree, 'IPv6 Fragment Header / More Fragments')?.meaning,
    'an atomic fragment: the whole datagram',
  );
});

test('a packet of more than 65,535 bytes by its jumbo payload option', (t) => {
  const data = new Uint8Array(70_000);
  const payload = extension(jumboPayload(8 + 8 + data.length), {
    payload: udp({ source: '::1', udpLen: 0, payload: data }),
  });
  const columns = decodeOne(ipv6({ nextHeader: 0, payloadLen: 0, payload }), LinkType.ipv6);
  t.like(columns, { payloadLen: 70_000, stop: 'complete', facts: ['addresses', 'ports'] });
});

test('a route with hops to go hides the address that the checksum covers', (t) => {
  const packet = ipv6({ nextHeader: 43, payload: routing(['2001:db8::1'], 1, { payload: message }) });
  const checksum = fieldAt(
    dissectFrame(packet, LinkType.ipv6, packet.length),
    'User Datagram Protocol / Checksum',
  );
  t.is(checksum?.meaning, 'not verified: covers an address that the IP header does not have');
});
