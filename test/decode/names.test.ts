import test from 'ava';
import { ipv4Meaning, ipv6Meaning } from '../../src/decode/address-meaning.js';
import { describeEtherType } from '../../src/decode/ether-types.js';
import { hardwareTypeName, macMeaning } from '../../src/decode/hardware.js';
import { describeIpProtocol } from '../../src/decode/ip-protocols.js';
import { serviceName } from '../../src/decode/services.js';
import { parseIpv4, parseIpv6 } from '../../src/format/address.js';

const ipv4Cases = [
  ['127.0.0.1', 'loopback'],
  ['127.255.255.255', 'loopback broadcast'],
  ['0.0.0.0', 'unspecified'],
  ['255.255.255.255', 'limited broadcast'],
  ['224.0.0.251', 'multicast: mDNS'],
  ['239.9.9.9', 'multicast'],
  ['169.254.3.4', 'link-local'],
  ['172.31.0.1', 'private'],
  ['172.32.0.1', ''],
  ['8.8.8.8', ''],
] as const;

for (const [address, meaning] of ipv4Cases) {
  test(`${address} is ${meaning || 'any address'}`, (t) => {
    t.is(ipv4Meaning(parseIpv4(address) ?? 0), meaning);
  });
}

const ipv6Cases = [
  ['::1', 'loopback'],
  ['::', 'unspecified'],
  ['::2', ''],
  ['fe80::1', 'link-local'],
  ['fd00::1', 'unique local'],
  ['2001:db8::1', 'documentation'],
  ['2001:4860::1', ''],
  ['::ffff:127.0.0.1', 'IPv4-mapped: loopback'],
  ['ff02::1', 'multicast, link-local: all nodes'],
  ['ff01::1', 'multicast, interface-local: all nodes'],
  ['ff02::1:ff00:1', 'multicast, link-local: solicited node'],
  ['ff02::1:2', 'multicast, link-local: DHCPv6 servers'],
  ['ff0e::1234:5678', 'multicast, global'],
] as const;

for (const [address, meaning] of ipv6Cases) {
  test(`${address} is ${meaning || 'any address'}`, (t) => {
    const bytes = parseIpv6(address) ?? new Uint8Array(16);
    t.is(ipv6Meaning(new DataView(bytes.buffer), 0), meaning);
  });
}

test('a hardware address says what its low bits mean', (t) => {
  const meaning = (...bytes: readonly number[]): string =>
    macMeaning(Uint8Array.from(bytes), 0, bytes.length);
  t.is(meaning(0, 0, 0, 0, 0, 0), 'zero: loopback');
  t.is(meaning(255, 255, 255, 255, 255, 255), 'broadcast');
  t.is(meaning(1, 0, 0x5e, 0, 0, 1), 'multicast');
  t.is(meaning(2, 0, 0, 0, 0, 1), 'locally administered');
  t.is(meaning(0, 1, 2, 3, 4, 5), '');
  t.is(meaning(0, 0), '');
});

test('numbers have names where people know them', (t) => {
  t.is(describeEtherType(0x88cc), 'EtherType 0x88cc (LLDP)');
  t.is(describeEtherType(0x1234), 'EtherType 0x1234');
  t.is(describeIpProtocol(89), 'protocol 89 (OSPF)');
  t.is(describeIpProtocol(200), 'protocol 200');
  t.is(hardwareTypeName(772), 'loopback');
  t.is(hardwareTypeName(9999), '');
  t.is(serviceName(5432), 'postgresql');
  t.is(serviceName(40000), '');
});
