import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { copyPrefix } from '../../src/capture/nflog-frame.js';
import { decodeOne } from './columns.js';
import { ipv4, ipv6, nflog, nflogAttribute, pack, udp } from './frame-builder.js';
import { anyBytes, contradicts, decodes, everyPrefix, roundTrip } from './macros.js';

/** As `tcpdump -i nflog:5` wrote it: a copy of a broadcast, logged by a rule with our prefix. */
const broadcastCopy = `
  0000  02 00 00 05 08 00 01 00 08 00 00 00 11 00 0a 00  |................
  0010  6c 6f 73 63 6f 70 65 20 63 6f 70 79 00 00 00 00  |loscope copy....
  0020  08 00 04 00 00 00 00 02 06 00 0f 00 00 01 00 00  |................
  0030  06 00 11 00 00 0e 00 00 12 00 10 00 45 00 00 3c  |............E..<
  0040  0f 75 40 00 40 11 20 ef 0a 4d 00 00 14 00 03 00  |.u@.@. ..M......
  0050  00 00 00 00 6b 07 5a 41 00 00 00 00 00 01 ae a7  |....k.ZA........
  0060  40 00 09 00 45 00 00 3c 0f 75 40 00 40 11 20 ef  |@...E..<.u@.@. .
  0070  0a 4d 00 01 ff ff ff ff 17 70 13 88 00 28 0a 87  |.M.......p...(..
  0080  61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa
  0090  61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa
`;

const packet = ipv4({ payload: udp() });
const directions = ['in', 'in', 'unknown', 'out', 'out'];

test(
  'NFLOG holds a packet behind attributes, and our prefix marks a copy',
  decodes,
  LinkType.nflog,
  broadcastCopy,
  {
    networkOffset: 100,
    transportOffset: 120,
    facts: ['loopbackLink', 'addresses', 'ports', 'observedCopy'],
    direction: 'in',
    payloadLen: 32,
  },
  [
    ['Netfilter Log', 'group 5', '', [0, 100]],
    ['Netfilter Log / Family', '2', 'IPv4', [0, 1]],
    ['Netfilter Log / Packet Header', 'prerouting', '', [4, 8]],
    ['Netfilter Log / Packet Header / Protocol', '0x0800', '', [8, 2]],
    ['Netfilter Log / Prefix', copyPrefix, '', [12, 17]],
    ['Netfilter Log / Input Interface', '2', '', [32, 8]],
    ['Netfilter Log / Hardware Header', '', '', [56, 18]],
    ['Netfilter Log / Hardware Header / Data', '4500003c0f7540004011' + '20ef0a4d', '', [60, 14]],
    ['Netfilter Log / Packet', '', '', [96, 4]],
  ],
);

const hooks = fc
  .record({
    hook: fc.nat(4),
    inputInterface: fc.nat(3),
    outputInterface: fc.nat(3),
    littleEndian: fc.boolean(),
    isIpv6: fc.boolean(),
    extraLen: fc.nat(9),
  })
  .map(({ isIpv6, extraLen, ...fields }) => {
    const { hook, inputInterface, outputInterface, littleEndian } = fields;
    const payload = isIpv6 ? ipv6({ payload: udp({ source: '::1' }) }) : packet;
    const more = [nflogAttribute(99, new Uint8Array(extraLen), { littleEndian })];
    const isLoopback = inputInterface === 1 || outputInterface === 1;
    const link = isLoopback ? ['loopbackLink'] : inputInterface + outputInterface > 0 ? ['wireLink'] : [];
    return {
      frame: nflog({ ...fields, family: isIpv6 ? 10 : 2, more, payload }),
      columns: {
        network: isIpv6 ? 'ipv6' : 'ipv4',
        lastLayer: 'udp',
        direction: directions[hook],
        facts: [...link, 'addresses', 'ports'],
      },
      fields: [['Netfilter Log / Packet Header / Hook', String(hook)]] as const,
    };
  });
test(
  'the hook tells the direction, the interfaces whether it was loopback',
  roundTrip,
  LinkType.nflog,
  hooks,
);

test('an NFLOG frame cut anywhere', everyPrefix, LinkType.nflog, nflog({ prefix: 'x', payload: packet }), 60);

test(
  'an attribute that is shorter than its own header is malformed',
  contradicts,
  LinkType.nflog,
  nflog({ more: [nflogAttribute(3, new Uint8Array(4), { len: 3 })], payload: packet }),
  'malformed',
  'nflog',
  'Netfilter Log: an attribute of 3 bytes (least 4)',
);
test(
  'an attribute that reaches behind the frame is malformed',
  contradicts,
  LinkType.nflog,
  nflog({ more: [nflogAttribute(3, new Uint8Array(16), { len: 900 })], payload: packet }),
  'malformed',
  'nflog',
  'Netfilter Log: an attribute of 900 bytes where 52 are left',
);
test(
  'a frame that holds no packet is not decoded further',
  contradicts,
  LinkType.nflog,
  nflog(),
  'unsupported',
  'nflog',
  'no packet',
);
test('any bytes as NFLOG', anyBytes, LinkType.nflog, nflog({ prefix: copyPrefix, payload: packet }));

test('without IP’s family the packet header tells the protocol', (t) => {
  const frame = (fields: object) =>
    decodeOne(nflog({ family: 7, payload: packet, ...fields }), LinkType.nflog);
  t.like(frame({}), { network: 'ipv4', lastLayer: 'udp' });
  t.like(frame({ hook: -1 }), { stop: 'unsupported', lastLayer: 'nflog' });
});

test('a copy is one only with our prefix and the packet itself where a link header would be', (t) => {
  const isCopy = (fields: object): boolean =>
    decodeOne(nflog({ payload: packet, ...fields }), LinkType.nflog).facts.includes('observedCopy');
  const hardwareHeader = packet.subarray(0, 14);
  const wire = pack([4, 0xffffffff], [2, 0xffff], [4, 0x02000000], [2, 2], [2, 0x0800]);
  t.true(isCopy({ prefix: copyPrefix }));
  t.true(isCopy({ prefix: copyPrefix, hardwareHeader }));
  t.false(isCopy({ prefix: copyPrefix, hardwareHeader: wire }), 'a frame from the wire');
  t.false(isCopy({ prefix: `${copyPrefix}s`, hardwareHeader }));
  t.false(isCopy({ prefix: copyPrefix.slice(1), hardwareHeader }));
  t.false(isCopy({ hardwareHeader }));
  t.false(isCopy({ prefix: copyPrefix, payload: null }));
});
