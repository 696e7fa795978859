import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { ethernet, ipv4, pack, snap, udp } from './frame-builder.js';
import { anyBytes, contradicts, decodes, everyPrefix, roundTrip } from './macros.js';

const ipInSnap = `
  0000  02 00 00 00 00 02 02 00 00 00 00 01 00 24 aa aa  |.............$..
  0010  03 00 00 00 08 00 45 00 00 1c 00 00 00 00 40 11  |......E.......@.
  0020  7c cf 7f 00 00 01 7f 00 00 01 9c 40 00 09 00 08  ||..........@....
  0030  65 92                                            |e.
`;
const spanningTree = pack([1, 0x42], [1, 0x42], [1, 3], new Uint8Array(35));
const frame = ethernet({ etherType: 36, payload: snap({ payload: ipv4({ payload: udp() }) }) });

const snaps = fc.constantFrom(0x000000, 0x0000f8).map((oui) => ({
  frame: ethernet({ etherType: 36, payload: snap({ oui, payload: ipv4({ payload: udp() }) }) }),
  columns: { networkOffset: 22, lastLayer: 'udp' },
  fields: [['IEEE 802.2 Logical Link Control / Protocol Identifier', '0x0800', 'IPv4', [20, 2]]] as const,
}));

test(
  'IPv4 in SNAP behind an 802.3 length is decoded',
  decodes,
  LinkType.ethernet,
  ipInSnap,
  { network: 'ipv4', networkOffset: 22, lastLayer: 'udp', stop: 'complete' },
  [
    ['Ethernet II / EtherType', '0x0024', 'IEEE 802.3 length: 36 bytes', [12, 2]],
    ['IEEE 802.2 Logical Link Control / Destination Service Access Point', '0xaa', 'SNAP', [14, 1]],
    ['IEEE 802.2 Logical Link Control / Control', '0x03', 'unnumbered information', [16, 1]],
  ],
);
test('both OUIs that carry EtherTypes are read again', roundTrip, LinkType.ethernet, snaps);
test('a frame cut in LLC or SNAP is truncated', everyPrefix, LinkType.ethernet, frame, 50);
test(
  'another service is named',
  contradicts,
  LinkType.ethernet,
  ethernet({ etherType: 38, payload: spanningTree }),
  'unsupported',
  'llc',
  'LLC service 0x42 (spanning tree)',
);
test(
  'a private SNAP protocol is named with its organization',
  contradicts,
  LinkType.ethernet,
  ethernet({ etherType: 36, payload: snap({ oui: 0x00000c, protocol: 0x2000, payload: pack([4, 0]) }) }),
  'unsupported',
  'llc',
  'SNAP protocol 0x2000 of OUI 0x00000c',
);
test('any bytes as LLC', anyBytes, LinkType.ethernet, frame);
