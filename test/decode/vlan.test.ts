import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { dissectFrame } from '../../src/decode/dissect.js';
import { assertAgrees } from './agreement.js';
import { ethernet, ipv4, pack, udp, vlan } from './frame-builder.js';
import { anyBytes, contradicts, decodes, everyPrefix, roundTrip } from './macros.js';

const doubleTagged = `
  0000  02 00 00 00 00 02 02 00 00 00 00 01 88 a8 a0 64  |...............d
  0010  81 00 10 07 08 00 45 00 00 1c 00 00 00 00 40 11  |......E.......@.
  0020  66 cf 0a 00 00 01 0a 00 00 02 9c 40 00 09 00 08  |f..........@....
  0030  4f 92                                            |O.
`;

const frame = ethernet({ etherType: 0x8100, payload: vlan({ payload: ipv4({ payload: udp() }) }) });

const tags = fc.record({ priority: fc.nat(7), dropEligible: fc.nat(1), id: fc.nat(4095) }).map((fields) => ({
  frame: ethernet({ etherType: 0x9100, payload: vlan({ ...fields, payload: ipv4({ payload: udp() }) }) }),
  columns: { networkOffset: 18, lastLayer: 'udp' },
  fields: [
    ['802.1Q Virtual LAN / Priority Code Point', String(fields.priority)],
    ['802.1Q Virtual LAN / Drop Eligible Indicator', String(fields.dropEligible)],
    ['802.1Q Virtual LAN / VLAN Identifier', String(fields.id)],
  ] as const,
}));

test(
  'a service tag before a customer tag leads to IPv4',
  decodes,
  LinkType.ethernet,
  doubleTagged,
  { networkOffset: 22, transportOffset: 42, facts: ['vlan', 'addresses', 'ports'], lastLayer: 'udp' },
  [
    ['802.1Q Virtual LAN', 'VLAN 100', '', [14, 4]],
    ['802.1Q Virtual LAN / Priority Code Point', '5', 'voice', [14, 2]],
    ['802.1Q Virtual LAN / EtherType', '0x8100', '802.1Q VLAN', [16, 2]],
  ],
);
test('any tag is read again', roundTrip, LinkType.ethernet, tags);
test('a frame cut in its tag is truncated', everyPrefix, LinkType.ethernet, frame, 46);
test(
  'a tag before a type that is not decoded is the last layer',
  contradicts,
  LinkType.ethernet,
  ethernet({ etherType: 0x8100, payload: vlan({ etherType: 0x8847, payload: pack([4, 1]) }) }),
  'unsupported',
  'vlan',
  'EtherType 0x8847 (MPLS)',
);
test('any bytes behind a tag', anyBytes, LinkType.ethernet, frame);
test('a thousand tags are decoded, and sixty-four shown', (t) => {
  let payload = ipv4({ payload: udp() });
  let etherType = 0x0800;
  for (let i = 0; i < 1000; i++) {
    payload = vlan({ etherType, payload });
    etherType = 0x8100;
  }
  const stacked = ethernet({ etherType, payload });
  assertAgrees(t, stacked, LinkType.ethernet, stacked.length);
  t.is(dissectFrame(stacked, LinkType.ethernet, stacked.length).at(-1)?.value, '939 more layers');
});
