import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { arp, ethernet } from './frame-builder.js';
import { anyBytes, contradicts, decodes, everyPrefix, roundTrip } from './macros.js';

const reply = `
  0000  02 00 00 00 00 01 02 00 00 00 00 02 08 06 00 01  |................
  0010  08 00 06 04 00 02 02 00 00 00 00 02 0a 4d 00 02  |.............M..
  0020  02 00 00 00 00 01 0a 4d 00 01                    |.......M..
`;

const frame = ethernet({ etherType: 0x0806, payload: arp() });
const layer = 'Address Resolution Protocol';

const messages = fc
  .record({ operation: fc.nat(0xffff), sender: fc.ipV4(), target: fc.ipV4() })
  .map((fields) => ({
    frame: ethernet({ etherType: 0x0806, payload: arp(fields) }),
    columns: { network: 'arp', source: fields.sender, destination: fields.target, stop: 'complete' },
    fields: [
      [`${layer} / Operation`, String(fields.operation)],
      [`${layer} / Sender Protocol Address`, fields.sender],
      [`${layer} / Target Protocol Address`, fields.target],
    ] as const,
  }));

test(
  'a reply says whose hardware address it is',
  decodes,
  LinkType.ethernet,
  reply,
  { network: 'arp', source: '10.77.0.2', destination: '10.77.0.1', transportOffset: -1, lastLayer: 'arp' },
  [
    [layer, '10.77.0.2 is at 02:00:00:00:00:02', '', [14, 28]],
    [`${layer} / Hardware Type`, '1', 'Ethernet', [14, 2]],
    [`${layer} / Operation`, '2', 'reply', [20, 2]],
    [`${layer} / Sender Hardware Address`, '02:00:00:00:00:02', 'locally administered', [22, 6]],
    [`${layer} / Target Protocol Address`, '10.77.0.1', 'private', [38, 4]],
  ],
);
test('any operation and addresses are read again', roundTrip, LinkType.ethernet, messages);
test('an ARP message cut anywhere', everyPrefix, LinkType.ethernet, frame, 42);
test(
  'address lengths beyond the frame are truncated',
  contradicts,
  LinkType.ethernet,
  ethernet({ etherType: 0x0806, payload: arp({ hardwareLen: 8 }) }),
  'truncated',
  'arp',
  'Address Resolution Protocol: 28 of 32 bytes',
);
test(
  'another protocol than IPv4 is named',
  contradicts,
  LinkType.ethernet,
  ethernet({ etherType: 0x0806, payload: arp({ protocolType: 0x809b }) }),
  'unsupported',
  'arp',
  'ARP for EtherType 0x809b (AppleTalk) with addresses of 4 bytes',
);
test('any bytes as ARP', anyBytes, LinkType.ethernet, frame);
