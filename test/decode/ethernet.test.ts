import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { ethernet, hexdump, ipv4, pack, udp } from './frame-builder.js';
import { anyBytes, contradicts, decodes, everyPrefix, roundTrip } from './macros.js';

const arpOnWire = `
  0000  ff ff ff ff ff ff 02 00 00 00 00 01 08 06 00 01  |................
  0010  08 00 06 04 00 01 02 00 00 00 00 01 0a 4d 00 01  |.............M..
  0020  00 00 00 00 00 00 0a 4d 00 02                    |.......M..
`;

const frame = ethernet({ payload: ipv4({ payload: udp() }) });

const mac = fc
  .array(fc.nat(255), { minLength: 6, maxLength: 6 })
  .map((bytes) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':'));

const addresses = fc.record({ destination: mac, source: mac }).map(({ destination, source }) => ({
  frame: ethernet({ destination, source, payload: ipv4({ payload: udp() }) }),
  columns: { networkOffset: 14, lastLayer: 'udp' },
  fields: [
    ['Ethernet II', `${source} → ${destination}`],
    ['Ethernet II / Destination', destination],
    ['Ethernet II / Source', source],
    ['Ethernet II / EtherType', '0x0800', 'IPv4', [12, 2]],
  ] as const,
}));

test(
  'an ARP request on a wire has real addresses and a type',
  decodes,
  LinkType.ethernet,
  arpOnWire,
  { network: 'arp', networkOffset: 14, facts: ['addresses'], stop: 'complete', lastLayer: 'arp' },
  [
    ['Ethernet II / Destination', 'ff:ff:ff:ff:ff:ff', 'broadcast', [0, 6]],
    ['Ethernet II / Source', '02:00:00:00:00:01', 'locally administered', [6, 6]],
    ['Ethernet II / EtherType', '0x0806', 'ARP', [12, 2]],
  ],
);

test('two zero addresses are a mark of loopback', (t) => {
  t.is(frame.length, 42);
  t.deepEqual(frame.subarray(0, 14), hexdump('0000  00 00 00 00 00 00 00 00 00 00 00 00 08 00'));
});

test('any hardware addresses are read again', roundTrip, LinkType.ethernet, addresses);
test('a frame cut in its Ethernet header is truncated', everyPrefix, LinkType.ethernet, frame, 42);
test(
  'a type that is not decoded is named',
  contradicts,
  LinkType.ethernet,
  ethernet({ etherType: 0x88cc, payload: pack([4, 1]) }),
  'unsupported',
  'ethernet',
  'EtherType 0x88cc (LLDP)',
);
test(
  'a number between the longest length and the first type is neither',
  contradicts,
  LinkType.ethernet,
  ethernet({ etherType: 1501, payload: pack([4, 1]) }),
  'unsupported',
  'ethernet',
  'EtherType 0x05dd',
);
test('any bytes as Ethernet', anyBytes, LinkType.ethernet, frame);
