import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { dissectFrame } from '../../src/decode/dissect.js';
import type { Field } from '../../src/decode/field.js';
import { icmpv6CodeName, icmpv6TypeName } from '../../src/decode/icmpv6-types.js';
import { addressBytes, icmpv6, ipv6, pack, udp } from './frame-builder.js';
import { anyBytes, contradicts, decodes, everyPrefix, fieldAt, roundTrip } from './macros.js';

const neighborSolicitation = `
  0000  60 00 00 00 00 20 3a ff fe 80 00 00 00 00 00 00  |..... :.........
  0010  00 00 00 00 00 00 00 01 ff 02 00 00 00 00 00 00  |................
  0020  00 00 00 01 ff 00 00 02 87 00 7a 97 00 00 00 00  |..........z.....
  0030  fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 02  |................
  0040  01 01 02 00 00 00 00 01                          |........
`;

const layer = 'Internet Control Message Protocol v6';
const quoted = ipv6({ payload: udp({ source: '::1' }) });
const error = ipv6({ nextHeader: 58, payload: icmpv6({ type: 1, code: 4, word: 0, payload: quoted }) });

const echoes = fc
  .record({
    type: fc.constantFrom(128, 129),
    word: fc.nat(0xffffffff),
    payload: fc.uint8Array({ maxLength: 30 }),
  })
  .map((fields) => ({
    frame: ipv6({ nextHeader: 58, payload: icmpv6(fields) }),
    columns: { srcPort: fields.word >>> 16, payloadLen: fields.payload.length, lastLayer: 'icmpv6' },
    fields: [
      [`${layer} / Type`, String(fields.type), fields.type === 128 ? 'echo request' : 'echo reply'],
      [`${layer} / Sequence Number`, String(fields.word & 0xffff)],
    ] as const,
  }));

test(
  'a neighbor solicitation with its option',
  decodes,
  LinkType.ipv6,
  neighborSolicitation,
  { ipProtocol: 58, transportOffset: 40, payloadLen: 24, srcPort: -1, lastLayer: 'icmpv6' },
  [
    [
      'Internet Protocol Version 6 / Destination Address',
      'ff02::1:ff00:2',
      'multicast, link-local: solicited node',
    ],
    [layer, 'neighbor solicitation', '', [40, 32]],
    [`${layer} / Checksum`, '0x7a97', 'correct', [42, 2]],
    [`${layer} / Target Address`, 'fe80::2', 'link-local', [48, 16]],
    [`${layer} / Source Link-Layer Address`, '02:00:00:00:00:01', '', [64, 8]],
  ],
);
test('any echo is read again', roundTrip, LinkType.ipv6, echoes);
test('a message cut anywhere', everyPrefix, LinkType.ipv6, error, 48);
test(
  'a packet shorter than the header is malformed, whatever padding follows',
  contradicts,
  LinkType.ipv6,
  ipv6({ nextHeader: 58, payloadLen: 5, payload: icmpv6() }),
  'malformed',
  'icmpv6',
  `${layer}: 8 bytes of header are more than the 5 of the message`,
);
test('any bytes as ICMPv6', anyBytes, LinkType.ipv6, error);

function dissectMessage(message: Uint8Array): readonly Field[] {
  const packet = ipv6({ nextHeader: 58, payload: message });
  return dissectFrame(packet, LinkType.ipv6, packet.length);
}

const prefix = pack(
  pack([1, 3], [1, 4], [1, 64], [1, 0xc0], [4, 0xffffffff], [4, 3600], [4, 0]),
  addressBytes('2001:db8::'),
);
const dns = pack([1, 25], [1, 3], [2, 0], [4, 600], addressBytes('2001:db8::53'));
const search = pack([1, 31], [1, 3], [2, 0], [4, 600], [1, 3], [3, 0x6c616e], [1, 0], new Uint8Array(11));
const advertisement = icmpv6({
  type: 134,
  word: 0x40c80708,
  payload: pack([4, 30000], [4, 1000], prefix, pack([1, 5], [1, 1], [2, 0], [4, 1500]), dns, search),
});
const record = pack([1, 4], [1, 0], [2, 0], addressBytes('ff02::fb'));

const messages: readonly (readonly [title: string, message: Uint8Array, path: string, value: string])[] = [
  [
    'the datagram quoted by an error',
    icmpv6({ type: 1, payload: quoted }),
    'Quoted datagram / User Datagram Protocol',
    '40000 → 9',
  ],
  ['the MTU of packet too big', icmpv6({ type: 2, word: 1280, payload: quoted }), 'MTU', '1280'],
  ['the pointer of a parameter problem', icmpv6({ type: 4, word: 40, payload: quoted }), 'Pointer', '40'],
  ['the lifetime in a router advertisement', advertisement, 'Router Lifetime', '1800'],
  ['the preference in a router advertisement', advertisement, 'Router Preference', '1'],
  ['a prefix in a router advertisement', advertisement, 'Prefix Information', '2001:db8::/64'],
  ['the MTU option', advertisement, 'MTU', '1500'],
  ['a DNS server', advertisement, 'Recursive DNS Server', '2001:db8::53'],
  ['a DNS search list', advertisement, 'DNS Search List', 'lan'],
  [
    'a neighbor advertisement',
    icmpv6({ type: 136, word: 0x60000000, payload: addressBytes('::1') }),
    'Flags / Solicited',
    'set',
  ],
  [
    'a redirect',
    icmpv6({ type: 137, payload: pack(addressBytes('::1'), addressBytes('::2')) }),
    'Destination Address',
    '::2',
  ],
  [
    'a listener report',
    icmpv6({ type: 131, word: 0, payload: addressBytes('ff02::fb') }),
    'Multicast Address',
    'ff02::fb',
  ],
  [
    'a listener report of version 2',
    icmpv6({ type: 143, word: 1, payload: record }),
    'Group Record',
    'change to exclude ff02::fb',
  ],
];

for (const [title, message, path, value] of messages) {
  test(`${title} is read`, (t) => {
    t.is(fieldAt(dissectMessage(message), `${layer} / ${path}`)?.value, value);
  });
}

test('an option of length 0 ends the list', (t) => {
  const tree = dissectMessage(icmpv6({ type: 133, word: 0, payload: pack([1, 1], [1, 0], [4, 0]) }));
  t.is(fieldAt(tree, `${layer} / Malformed option`)?.meaning, 'Source Link-Layer Address: length 0');
});

test('more options than a tree may show are said to be left out', (t) => {
  const options = pack(...Array.from({ length: 1000 }, () => pack([1, 14], [1, 1], [2, 0], [4, 0])));
  const shown = fieldAt(dissectMessage(icmpv6({ type: 133, word: 0, payload: options })), layer)?.children;
  t.is(shown?.at(-1)?.name, 'Not shown');
  t.true(shown !== undefined && shown.length <= 513);
});

test('types and codes have names, and numbers where they have none', (t) => {
  t.is(icmpv6TypeName(135), 'neighbor solicitation');
  t.is(icmpv6TypeName(99), 'type 99');
  t.is(icmpv6CodeName(1, 4), 'port unreachable');
  t.is(icmpv6CodeName(155, 0x8a), 'consistency check');
  t.is(icmpv6CodeName(1, 77), 'code 77');
  t.is(icmpv6CodeName(128, 0), '');
});
