import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { ipv4, pack, sll, sll2, udp } from './frame-builder.js';
import { anyBytes, contradicts, decodes, everyPrefix, roundTrip } from './macros.js';

const cooked = `
  0000  00 00 03 04 00 06 00 00 00 00 00 00 00 00 08 00  |................
  0010  45 00 00 3c 59 bf 40 00 40 11 e2 ef 7f 00 00 01  |E..<Y.@.@.......
  0020  7f 00 00 01 17 70 13 88 00 28 fe 3b 61 61 61 61  |.....p...(.;aaaa
  0030  61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa
  0040  61 61 61 61 61 61 61 61 61 61 61 61              |aaaaaaaaaaaa
`;
const cooked2 = `
  0000  08 00 00 00 00 00 00 01 03 04 00 06 00 00 00 00  |................
  0010  00 00 00 00 45 00 00 3c cf b9 40 00 40 11 6c f5  |....E..<..@.@.l.
  0020  7f 00 00 01 7f 00 00 01 17 70 13 88 00 28 fe 3b  |.........p...(.;
  0030  61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa
  0040  61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa
`;

const payload = ipv4({ payload: udp() });
const directions = ['in', 'broadcast', 'multicast', 'other', 'out'];

const packetTypes = fc
  .record({ packetType: fc.nat(4), arphrd: fc.constantFrom(1, 772), interfaceIndex: fc.nat(0xffffffff) })
  .map((fields) => ({
    frame: sll2({ ...fields, payload }),
    columns: {
      direction: directions[fields.packetType],
      facts: [fields.arphrd === 772 ? 'loopbackLink' : 'wireLink', 'addresses', 'ports'],
    },
    fields: [
      ['Linux cooked capture v2 / Packet Type', String(fields.packetType)],
      ['Linux cooked capture v2 / Interface Index', String(fields.interfaceIndex)],
      ['Linux cooked capture v2 / ARPHRD Type', String(fields.arphrd)],
    ] as const,
  }));

test(
  'SLL says which hardware type and packet type',
  decodes,
  LinkType.linuxSll,
  cooked,
  { networkOffset: 16, transportOffset: 36, facts: ['loopbackLink', 'addresses', 'ports'], direction: 'in' },
  [
    ['Linux cooked capture v1', 'to this host', '', [0, 16]],
    ['Linux cooked capture v1 / ARPHRD Type', '772', 'loopback', [2, 2]],
    ['Linux cooked capture v1 / Link-Layer Address', '00:00:00:00:00:00', 'zero: loopback', [6, 6]],
    ['Linux cooked capture v1 / Protocol', '0x0800', 'IPv4', [14, 2]],
  ],
);
test(
  'SLL2 says which interface',
  decodes,
  LinkType.linuxSll2,
  cooked2,
  { networkOffset: 20, transportOffset: 40, facts: ['loopbackLink', 'addresses', 'ports'], direction: 'in' },
  [['Linux cooked capture v2 / Interface Index', '1', '', [4, 4]]],
);
test('any packet type, hardware type and interface', roundTrip, LinkType.linuxSll2, packetTypes);
test('an SLL frame cut anywhere', everyPrefix, LinkType.linuxSll, sll({ payload }), 44);
test('an SLL2 frame cut anywhere', everyPrefix, LinkType.linuxSll2, sll2({ payload }), 48);
test(
  'a netlink message is not IP, whatever its family',
  contradicts,
  LinkType.linuxSll,
  sll({ arphrd: 824, protocol: 0x0800, payload: pack([4, 0]) }),
  'unsupported',
  'sll',
  'netlink family 2048',
);
test(
  'a protocol below the EtherTypes is named',
  contradicts,
  LinkType.linuxSll2,
  sll2({ arphrd: 280, protocol: 0x000c, payload: pack([4, 0]) }),
  'unsupported',
  'sll2',
  'EtherType 0x000c (CAN)',
);
test('any bytes as SLL', anyBytes, LinkType.linuxSll, sll({ payload }));
test('any bytes as SLL2', anyBytes, LinkType.linuxSll2, sll2({ payload }));
