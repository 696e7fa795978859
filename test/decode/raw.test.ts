import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { dissectFrame } from '../../src/decode/dissect.js';
import { decodeOne } from './columns.js';
import { ipv4, ipv6, pack, udp } from './frame-builder.js';
import { anyBytes, contradicts, decodes, everyPrefix, roundTrip } from './macros.js';

const bareIpv4 = `
  0000  45 00 00 1c 00 00 00 00 40 11 7c cf 7f 00 00 01
  0010  7f 00 00 01 9c 40 00 09 00 08 65 92
`;

const versions = fc.constantFrom(4, 6).map((version) => ({
  frame: version === 4 ? ipv4({ payload: udp() }) : ipv6({ payload: udp({ source: '::1' }) }),
  columns: { network: `ipv${version}`, networkOffset: 0, lastLayer: 'udp' },
  fields: [['Raw IP', `version ${version}`]] as const,
}));

test(
  'RAW begins with the IP header',
  decodes,
  LinkType.raw,
  bareIpv4,
  { network: 'ipv4', networkOffset: 0, transportOffset: 20, facts: ['addresses', 'ports'] },
  [['Raw IP', 'version 4', '', [0, 0]]],
);
test('the version decides', roundTrip, LinkType.raw, versions);
test('a RAW frame cut anywhere', everyPrefix, LinkType.raw, ipv4({ payload: udp() }), 28);
test(
  'a version that is neither 4 nor 6 is malformed',
  contradicts,
  LinkType.raw,
  pack([1, 0x50], new Uint8Array(40)),
  'malformed',
  'raw',
  'Raw IP: version 5 is neither 4 nor 6',
);
test('any bytes as RAW', anyBytes, LinkType.raw, ipv6({ payload: udp({ source: '::1' }) }));
test('any bytes as IPV4', anyBytes, LinkType.ipv4, ipv4({ payload: udp() }));
test('any bytes as IPV6', anyBytes, LinkType.ipv6, ipv6({ payload: udp({ source: '::1' }) }));
test('a linktype that is not decoded is all data, and named', (t) => {
  const frame = pack([4, 0x61626364]);
  t.is(decodeOne(frame, 147).stop, 'unsupported');
  const tree = dissectFrame(frame, 147, 4);
  t.deepEqual(
    tree.map(({ name, value, meaning }) => [name, value, meaning]),
    [
      ['Data', '4 bytes', 'abcd'],
      ['Not decoded', 'LINKTYPE_147', ''],
    ],
  );
});
