import fs from 'node:fs';
import os from 'node:os';
import test from 'ava';
import { HostLookup } from '../../src/host/host-lookup.js';
import { ipv4Number, parsePrefix } from '../../src/host/host-model.js';
import { linuxHostOf, type ProcNet, readLinuxHost } from '../../src/host/linux-host.js';
import { formatPrefix, ipv4Text } from './prefix-text.js';
import { procNet } from './proc-net.js';

const noFiles: ProcNet = { fibTrie: '', ifInet6: '', ipv6Route: '', igmp: '', igmp6: '' };
const isLinux = process.platform === 'linux';

test('the files of a Linux host give every local prefix of both versions once', (t) => {
  const host = linuxHostOf(procNet);
  t.is(host.origin, 'live');
  t.deepEqual(host.local.map(formatPrefix), [
    '10.99.0.1/32',
    '127.0.0.0/8',
    '127.0.0.1/32',
    '192.0.2.2/32',
    '198.51.100.0/32',
    '198.51.100.0/24',
    '203.0.113.7/32',
    '00000000000000000000000000000001/128',
    'fe800000000000000000000000000007/128',
    'fd000000000000000000000000000002/128',
    '20010db8009900000000000000000000/64',
  ]);
  t.deepEqual(host.broadcasts.map(ipv4Text), ['10.99.0.3', '127.255.255.255', '192.0.2.255']);
});

test('the addresses for people leave out loopback and whole prefixes', (t) => {
  const { addresses } = linuxHostOf(procNet);
  t.deepEqual(addresses, ['10.99.0.1', '192.0.2.2', '198.51.100.0', '203.0.113.7', 'fe80::7', 'fd00::2']);
});

test('routes that are not local add nothing', (t) => {
  const ipv6Route = procNet.ipv6Route.replaceAll(/ 8[0-9a-f]{7}( +\w+)$/gm, ' 00000001$1');
  t.deepEqual(linuxHostOf({ ...noFiles, ipv6Route }).local, []);
});

test('multicast groups of IPv4 are read in the byte order of the host', (t) => {
  const { groups } = linuxHostOf(procNet);
  t.deepEqual(groups.slice(0, 3), [
    { interface: 'lo', address: '224.0.0.1' },
    { interface: 'eth0', address: '239.77.0.1' },
    { interface: 'eth0', address: '224.0.0.1' },
  ]);
});

test('multicast groups of IPv6 name their interface', (t) => {
  t.deepEqual(linuxHostOf({ ...noFiles, igmp6: procNet.igmp6 }).groups, [
    { interface: 'lo', address: 'ff02::1' },
    { interface: 'eth0', address: 'ff02::1:ff00:2' },
  ]);
});

test('a host whose tables are empty or missing is unknown, so that nothing on loopback counts as stray', (t) => {
  for (const host of [linuxHostOf(noFiles), readLinuxHost('/nonexistent')]) {
    t.is(host.origin, 'empty');
    t.false(new HostLookup(host).known);
  }
});

test('tables of another format give nothing and do not throw', (t) => {
  const text = 'a b c\n\u0000\n  \n12345\n'.repeat(50);
  const host = linuxHostOf({ fibTrie: text, ifInet6: text, ipv6Route: text, igmp: text, igmp6: text });
  t.deepEqual([host.local, host.broadcasts, host.groups], [[], [], []]);
});

test('files in another folder are read by their names', (t) => {
  const folder = fs.mkdtempSync(`${os.tmpdir()}/loscope-proc-`);
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  fs.writeFileSync(`${folder}/fib_trie`, procNet.fibTrie);
  fs.writeFileSync(`${folder}/if_inet6`, procNet.ifInet6);
  fs.writeFileSync(`${folder}/ipv6_route`, procNet.ipv6Route);
  fs.writeFileSync(`${folder}/igmp`, procNet.igmp);
  fs.writeFileSync(`${folder}/igmp6`, procNet.igmp6);
  t.deepEqual(readLinuxHost(folder), linuxHostOf(procNet));
});

test('this machine’s own tables agree with what Node says of its interfaces', (t) => {
  if (!isLinux) {
    t.log('skipped: not Linux');
    t.pass();
    return;
  }
  const lookup = new HostLookup(readLinuxHost());
  const addresses = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
  t.true(addresses.length > 0);
  for (const { address, family } of addresses) {
    const { bytes } = parsePrefix(address)!;
    const isOwn =
      family === 'IPv4'
        ? lookup.isOwnIpv4(ipv4Number(bytes))
        : lookup.isOwnIpv6(new DataView(bytes.buffer), 0);
    t.true(isOwn, address);
  }
  const own = addresses.filter(({ internal }) => !internal).map(({ address }) => address);
  t.deepEqual(
    own.filter((address) => !lookup.addresses.includes(address)),
    [],
  );
});
