import test from 'ava';
import { HostLookup } from '../../src/host/host-lookup.js';
import { emptyHost, hostOfAddresses, ipv4Number, parsePrefix } from '../../src/host/host-model.js';
import { linuxHostOf } from '../../src/host/linux-host.js';
import { procNet } from './proc-net.js';

const live = new HostLookup(linuxHostOf(procNet));

function isOwn(lookup: HostLookup, text: string): boolean {
  const { bytes } = parsePrefix(text)!;
  if (bytes.length === 4) return lookup.isOwnIpv4(ipv4Number(bytes));
  return lookup.isOwnIpv6(new DataView(bytes.buffer), 0);
}

const owns = test.macro({
  exec: (t, address: string, expected: boolean) => {
    t.is(isOwn(live, address), expected);
  },
  title: (_provided, address, expected) => `${address} ${expected ? 'is' : 'is not'} a Linux host’s own`,
});

test(owns, '192.0.2.2', true);
test(owns, '192.0.2.1', false);
test(owns, '192.0.2.255', false);
test(owns, '203.0.113.7', true);
test(owns, '203.0.113.8', false);
// AnyIP, both ends of the prefix and one past them.
test(owns, '198.51.99.255', false);
test(owns, '198.51.100.0', true);
test(owns, '198.51.100.255', true);
test(owns, '198.51.101.0', false);
test(owns, '127.200.1.1', true);
test(owns, 'fd00::2', true);
test(owns, 'fd00::3', false);
test(owns, '2001:db8:98:ffff:ffff:ffff:ffff:ffff', false);
test(owns, '2001:db8:99::', true);
test(owns, '2001:db8:99:0:ffff:ffff:ffff:ffff', true);
test(owns, '2001:db8:99:1::', false);

test('an IPv6 prefix that ends within a byte is compared to its last bit', (t) => {
  const local = [parsePrefix('2001:db8:8000::/33')!];
  const lookup = new HostLookup({ ...emptyHost, origin: 'live', local });
  t.true(isOwn(lookup, '2001:db8:8000::1'));
  t.true(isOwn(lookup, '2001:db8:ffff::1'));
  t.false(isOwn(lookup, '2001:db8:7fff::1'));
});

test('the prefixes of length 0 hold every address of their version', (t) => {
  const local = ['0.0.0.0/0', '::/0'].map((text) => parsePrefix(text)!);
  const lookup = new HostLookup({ ...emptyHost, origin: 'live', local });
  for (const address of ['0.0.0.0', '255.255.255.255', '::', '2001:db8::1']) t.true(isOwn(lookup, address));
});

test('broadcasts are those of the model, and none of their neighbours', (t) => {
  const isBroadcast = (text: string): boolean => live.isBroadcast(ipv4Number(parsePrefix(text)!.bytes));
  t.deepEqual(['192.0.2.255', '10.99.0.3', '127.255.255.255'].map(isBroadcast), [true, true, true]);
  t.deepEqual(['192.0.2.254', '10.99.0.2', '255.255.255.255'].map(isBroadcast), [false, false, false]);
});

test('a lookup is known unless its model is empty', (t) => {
  t.false(new HostLookup(emptyHost).known);
  t.true(new HostLookup(hostOfAddresses('given', [])).known);
  t.true(new HostLookup(hostOfAddresses('recorded', ['192.0.2.7/24'])).known);
});

test('an address that traffic showed to be own stays own', (t) => {
  const lookup = new HostLookup(emptyHost);
  const ipv6 = new DataView(parsePrefix('fd00::9')!.bytes.buffer);
  t.false(lookup.isOwnIpv4(0x0a000001));
  t.false(lookup.isOwnIpv6(ipv6, 0));
  lookup.inferIpv4(0x0a000001);
  lookup.inferIpv6(ipv6, 0);
  t.true(lookup.isOwnIpv4(0x0a000001));
  t.true(lookup.isOwnIpv6(ipv6, 0));
  t.false(lookup.known);
});

test('traffic cannot make a host learn more than 65,536 addresses of a version', (t) => {
  const lookup = new HostLookup(emptyHost);
  const view = new DataView(new ArrayBuffer(16));
  for (let i = 0; i < 70_000; i++) {
    lookup.inferIpv4(i);
    view.setUint32(12, i);
    lookup.inferIpv6(view, 0);
  }
  view.setUint32(12, 65_535);
  t.true(lookup.isOwnIpv4(65_535));
  t.true(lookup.isOwnIpv6(view, 0));
  view.setUint32(12, 65_536);
  t.false(lookup.isOwnIpv4(65_536));
  t.false(lookup.isOwnIpv6(view, 0));
});

test('a group is joined at an interface; any is each of them', (t) => {
  const groups = [{ interface: 'eth0', address: '239.0.0.1' }];
  const lookup = new HostLookup({ ...hostOfAddresses('live', []), groups });
  t.true(lookup.isMember('239.0.0.1', 'eth0'));
  t.true(lookup.isMember('239.0.0.1', 'any'));
  t.false(lookup.isMember('239.0.0.1', 'eth1'));
  t.false(lookup.isMember('239.0.0.2', 'any'));
});
