import test from 'ava';
import {
  hostOfAddresses,
  ipv4Mask,
  ipv4Number,
  isLoopbackPrefix,
  parsePrefix,
} from '../../src/host/host-model.js';
import { formatPrefix, ipv4Text } from './prefix-text.js';

const parses = test.macro({
  exec: (t, text: string, expected: string) => {
    const prefix = parsePrefix(text);
    t.is(prefix === null ? '' : formatPrefix(prefix), expected);
  },
  title: (_provided, text, expected) =>
    expected === '' ? `"${text}" is no prefix` : `"${text}" is the prefix ${expected}`,
});

test(parses, '192.0.2.7', '192.0.2.7/32');
test(parses, '192.0.2.7/24', '192.0.2.7/24');
test(parses, '255.255.255.255/0', '255.255.255.255/0');
test(parses, '::1', '00000000000000000000000000000001/128');
test(parses, 'fe80::7/64', 'fe800000000000000000000000000007/64');
test(parses, '::ffff:127.0.0.1/104', '00000000000000000000ffff7f000001/104');
test(parses, '::/0', '00000000000000000000000000000000/0');
test(parses, '192.0.2.7/33', '');
test(parses, '::1/129', '');
test(parses, '192.0.2.7/', '');
test(parses, '/24', '');
test(parses, '192.0.2.7/24/8', '');
test(parses, '192.0.2/24', '');
test(parses, '192.0.2.256', '');
test(parses, '192.0.2.7/-1', '');
test(parses, '192.0.2.7/+8', '');
test(parses, 'fe80::7%eth0/64', '');
test(parses, '1::2::3', '');
test(parses, 'localhost', '');
test(parses, '', '');

const hasBroadcast = test.macro({
  exec: (t, text: string, broadcast: string) => {
    t.is(hostOfAddresses('given', [text]).broadcasts.map(ipv4Text).join(), broadcast);
  },
  title: (_provided, text, broadcast) =>
    `the broadcast of ${text} is ${broadcast === '' ? 'none' : broadcast}`,
});

test(hasBroadcast, '192.0.2.7/24', '192.0.2.255');
test(hasBroadcast, '10.77.0.1/30', '10.77.0.3');
test(hasBroadcast, '10.1.2.3/8', '10.255.255.255');
test(hasBroadcast, '172.16.5.4/20', '172.16.15.255');
test(hasBroadcast, '127.0.0.1/8', '127.255.255.255');
test(hasBroadcast, '192.0.2.7/0', '255.255.255.255');
test(hasBroadcast, '192.0.2.6/31', '');
test(hasBroadcast, '192.0.2.7/32', '');
test(hasBroadcast, '192.0.2.7', '');
test(hasBroadcast, '2001:db8::7/64', '');

test('each address given is the host’s own, and only the address', (t) => {
  const host = hostOfAddresses('given', ['192.0.2.7/24', 'nonsense', 'fd00::7/64', '127.0.0.1/8', '::1/128']);
  t.deepEqual(host.local.map(formatPrefix), [
    '192.0.2.7/32',
    'fd000000000000000000000000000007/128',
    '127.0.0.1/32',
    '00000000000000000000000000000001/128',
  ]);
  t.deepEqual(host.addresses, ['192.0.2.7', 'fd00::7']);
  t.is(host.origin, 'given');
});

test('every netmask has as many ones as its prefix length, from the top', (t) => {
  for (let len = 0; len <= 32; len++) {
    const bits = (ipv4Mask(len) >>> 0).toString(2).padStart(32, '0');
    t.is(bits, '1'.repeat(len) + '0'.repeat(32 - len));
  }
});

test('four bytes are one number, first byte first', (t) => {
  t.is(ipv4Number(Uint8Array.of(127, 0, 0, 1)), 0x7f000001);
  t.is(ipv4Number(Uint8Array.of(255, 255, 255, 255)), -1);
});

test('loopback is all of 127/8 and ::1 alone', (t) => {
  const isLoopback = (text: string): boolean => isLoopbackPrefix(parsePrefix(text)!);
  t.deepEqual(['127.0.0.1', '127.255.255.255/8', '::1'].map(isLoopback), [true, true, true]);
  t.deepEqual(['126.255.255.255', '128.0.0.0', '::', '::2', '1::1'].map(isLoopback), Array(5).fill(false));
});
