import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { ipv4, ipv6, loop, nullLink, udp } from './frame-builder.js';
import { anyBytes, contradicts, decodes, everyPrefix, roundTrip } from './macros.js';

const onMacos = `
  0000  02 00 00 00 45 00 00 3c e3 15 40 00 40 11 59 99  |....E..<..@.@.Y.
  0010  7f 00 00 01 7f 00 00 01 17 70 13 88 00 28 fe 3b  |.........p...(.;
  0020  61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa
  0030  61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa
`;
const onOpenbsd = `
  0000  00 00 00 18 60 00 00 00 00 08 11 40 00 00 00 00  |...........@....
  0010  00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00  |................
  0020  00 00 00 00 00 00 00 00 00 00 00 01 9c 40 00 09  |.............@..
  0030  00 08 63 93                                      |..c.
`;

const payload = ipv6({ payload: udp({ source: '::1' }) });

const families = fc
  .record({ family: fc.constantFrom(24, 28, 30, 10, 23), littleEndian: fc.boolean() })
  .map(({ family, littleEndian }) => ({
    frame: nullLink({ family, littleEndian, payload }),
    columns: { network: 'ipv6', networkOffset: 4, lastLayer: 'udp' },
    fields: [
      ['BSD Loopback (NULL) / Byte Order', littleEndian ? 'little endian' : 'big endian'],
      ['BSD Loopback (NULL) / Address Family', String(family), 'IPv6', [0, 4]],
    ] as const,
  }));

test(
  'NULL gives the family in the byte order of a little-endian host',
  decodes,
  LinkType.null,
  onMacos,
  { network: 'ipv4', networkOffset: 4, facts: ['loopbackLink', 'addresses', 'ports'], payloadLen: 32 },
  [['BSD Loopback (NULL) / Address Family', '2', 'IPv4', [0, 4]]],
);
test(
  'LOOP gives the family in network order',
  decodes,
  LinkType.loop,
  onOpenbsd,
  { network: 'ipv6', networkOffset: 4, source: '::1', facts: ['loopbackLink', 'addresses', 'ports'] },
  [['OpenBSD Loopback (LOOP) / Address Family', '24', 'IPv6', [0, 4]]],
);
test('every IPv6 family in both byte orders', roundTrip, LinkType.null, families);
test(
  'a NULL frame cut anywhere',
  everyPrefix,
  LinkType.null,
  nullLink({ payload: ipv4({ payload: udp() }) }),
  32,
);
test('a LOOP frame cut anywhere', everyPrefix, LinkType.loop, loop({ family: 24, payload }), 52);
test(
  'a family that is not IP is named',
  contradicts,
  LinkType.null,
  nullLink({ family: 7, payload }),
  'unsupported',
  'null',
  'address family 7',
);
test(
  'a family in the wrong order is not IP on LOOP',
  contradicts,
  LinkType.loop,
  nullLink({ family: 2, payload }),
  'unsupported',
  'loop',
  'address family 33554432',
);
test('any bytes as NULL', anyBytes, LinkType.null, nullLink({ family: 30, payload }));
test('any bytes as LOOP', anyBytes, LinkType.loop, loop({ family: 24, payload }));
