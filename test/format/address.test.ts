import test from 'ava';
import fc from 'fast-check';
import { formatIpv4, formatIpv6, formatMac, parseIpv4, parseIpv6 } from '../../src/format/address.js';

test('a 32-bit number is dotted decimal, signed or not', (t) => {
  t.is(formatIpv4(0x7f000001), '127.0.0.1');
  t.is(formatIpv4(0xffffffff), '255.255.255.255');
  t.is(formatIpv4(-1), '255.255.255.255');
});

const ipv6Texts = [
  ['0:0:0:0:0:0:0:0', '::'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['1:0:0:0:2:0:0:0', '1::2:0:0:0'],
  ['fe80::', 'fe80::'],
  ['::ffff:7f00:1', '::ffff:127.0.0.1'],
  ['::ffff:127.0.0.1', '::ffff:127.0.0.1'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
] as const;

for (const [text, canonical] of ipv6Texts) {
  test(`${text} is written ${canonical}`, (t) => {
    const bytes = parseIpv6(text);
    t.truthy(bytes);
    t.is(formatIpv6(new DataView((bytes as Uint8Array).buffer), 0), canonical);
  });
}

test('an address is formatted where it lies in a buffer', (t) => {
  const bytes = new Uint8Array(20);
  bytes[19] = 1;
  t.is(formatIpv6(new DataView(bytes.buffer), 4), '::1');
});

const notIpv6 = [
  '',
  ':',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7:8::',
  'g::',
  '12345::',
];
for (const text of [...notIpv6, '::1%lo', '::256.0.0.1', '1.2.3.4::', '::1.2.3.4:5']) {
  test(`'${text}' is no IPv6 address`, (t) => {
    t.is(parseIpv6(text), null);
  });
}

for (const text of ['', '1.2.3', '1.2.3.4.5', '256.0.0.1', '1.2.3.a', ' 1.2.3.4', '0x7f.0.0.1', '1.2.3.-4']) {
  test(`'${text}' is no IPv4 address`, (t) => {
    t.is(parseIpv4(text), null);
  });
}

test('text of any IPv4 address reads as that address', (t) => {
  fc.assert(fc.property(fc.integer(), (address) => parseIpv4(formatIpv4(address)) === address));
  t.pass();
});

test('text of any IPv6 address reads as that address', (t) => {
  const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });
  const property = fc.property(groups, (values) => {
    const bytes = new Uint8Array(16);
    const view = new DataView(bytes.buffer);
    values.forEach((value, i) => {
      view.setUint16(2 * i, value);
    });
    t.deepEqual(parseIpv6(formatIpv6(view, 0)), bytes);
  });
  fc.assert(property);
});

test('a hardware address has as many bytes as asked for', (t) => {
  const bytes = Uint8Array.from([0, 1, 2, 0xaa, 0xbb, 0xcc, 0xdd, 0xee]);
  t.is(formatMac(bytes, 1), '01:02:aa:bb:cc:dd');
  t.is(formatMac(bytes, 0, 8), '00:01:02:aa:bb:cc:dd:ee');
});
