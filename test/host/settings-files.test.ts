import test from 'ava';
import fc from 'fast-check';
import { effectiveIpv4, parseSysctl, readConfSysctls, sysctlKey } from '../../src/host/conf-sysctls.js';
import { parseContainer } from '../../src/host/container.js';
import { inTheirTables, parseFibRoutes } from '../../src/host/fib-routes.js';
import { ownKernelFiles } from '../../src/host/kernel-files.js';
import { parseMartians } from '../../src/host/martians.js';
import { parseNamespaceLink } from '../../src/host/namespaces.js';
import { check } from '../capture/property.js';
import { fibTrieText } from './proc-net.js';

test('the value in effect is a rule of each setting: or, the larger one, or the interface’s own', (t) => {
  const conf = new Map([
    ['all', { route_localnet: 1, rp_filter: 1, arp_ignore: 2, forwarding: 1 }],
    ['eth0', { route_localnet: 0, rp_filter: 2, arp_ignore: 1, forwarding: 0 }],
  ]);
  t.is(effectiveIpv4(conf, 'eth0', 'route_localnet'), 1);
  t.is(effectiveIpv4(conf, 'eth0', 'rp_filter'), 2);
  t.is(effectiveIpv4(conf, 'eth0', 'arp_ignore'), 2);
  t.is(effectiveIpv4(conf, 'eth0', 'forwarding'), 0);
  t.is(effectiveIpv4(conf, 'eth1', 'log_martians'), 0);
});

test('a dot in the name of an interface is a slash in the name of its setting', (t) => {
  t.is(sysctlKey('ipv4', 'eth0.7', 'rp_filter'), 'net.ipv4.conf.eth0/7.rp_filter');
});

test('a setting is a whole number and nothing else', (t) => {
  t.is(parseSysctl('1\n'), 1);
  t.is(parseSysctl('-1\n'), -1);
  for (const text of ['', '\n', '1 2', '0x1', '1e3', '99999999999']) t.is(parseSysctl(text), null, text);
});

test('settings that cannot be read are left out', (t) => {
  const { ipv4, ipv6 } = readConfSysctls(ownKernelFiles, ['no-such-interface']);
  t.false(ipv4.has('no-such-interface'));
  t.false(ipv6.has('no-such-interface'));
});

/** As Linux 6.18 printed it on two CPUs. */
const rtCache = `\
entries  in_hit   in_slow_tot in_slow_mc in_no_route in_brd   in_martian_dst in_martian_src out_hit  out_slow_tot
00000005 00000000 00000009    00000000   00000003    00000000 00000001       0000000f       00000000 00000023
00000005 00000000 00000004    00000000   00000000    00000000 ffffffff       00000001       00000000 00000012
`;

test('martians are summed over the CPUs, by the names of the columns', (t) => {
  t.deepEqual(parseMartians(rtCache), { source: 16, destination: 0x100000000 });
});

test('a text without the columns of martians counts nothing', (t) => {
  for (const text of ['', '\n', 'entries in_hit\n0 0\n', 'in_martian_src\n1\n'])
    t.is(parseMartians(text), null);
});

test('routes within 127/8 are told by table', (t) => {
  const text = `Main:\n     |-- 127.0.5.0\n        /24 universe UNICAST\n     |-- 10.0.0.0\n        /8 link UNICAST\nLocal:\n     |-- 127.0.0.0\n        /8 host LOCAL\nId 100:\n     |-- 127.9.0.0\n        /16 universe BLACKHOLE\n`;
  t.deepEqual(parseFibRoutes(text), [
    { table: 'main', address: '127.0.5.0', prefixLen: 24, type: 'UNICAST', isInLocalTrie: false },
    { table: 'local', address: '127.0.0.0', prefixLen: 8, type: 'LOCAL', isInLocalTrie: true },
    { table: '100', address: '127.9.0.0', prefixLen: 16, type: 'BLACKHOLE', isInLocalTrie: false },
  ]);
});

test('a trie that two tables share is told once, and rtnetlink tells whose its routes are', (t) => {
  const text = fibTrieText.replaceAll('/8 host LOCAL', '/8 host LOCAL\n /8 universe BLACKHOLE');
  const routes = parseFibRoutes(text);
  t.deepEqual(
    routes.map(({ table, address, type, isInLocalTrie }) => [table, address, type, isInLocalTrie]),
    [
      ['local', '127.0.0.0', 'LOCAL', true],
      ['main', '127.0.0.0', 'BLACKHOLE', true],
      ['local', '127.0.0.1', 'LOCAL', true],
      ['local', '127.255.255.255', 'BROADCAST', true],
    ],
  );
  const known = { outInterface: 0, gateway: '', source: '', mtu: 0, hops: 0, flags: 0 } as const;
  const blackhole = { ...known, type: 'blackhole', prefix: '127.0.0.0/8' } as const;
  t.is(inTheirTables(routes, [{ ...blackhole, table: 255 }])[1].table, 'local');
  t.is(inTheirTables(routes, [{ ...blackhole, table: 77 }])[1].table, 'main');
});

const id = '0123456789abcdef'.repeat(4);
const pod = '12345678-9abc-def0-1234-56789abcdef0';
const cgroups: [line: string, expected: ReturnType<typeof parseContainer>][] = [
  [`0::/system.slice/docker-${id}.scope`, { runtime: 'docker', id: '0123456789ab', pod: '' }],
  [`4:cpu,cpuacct:/docker/${id}`, { runtime: 'docker', id: '0123456789ab', pod: '' }],
  [
    `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${pod.replaceAll('-', '_')}.slice/cri-containerd-${id}.scope`,
    { runtime: 'containerd', id: '0123456789ab', pod },
  ],
  [`4:cpu:/kubepods/besteffort/pod${pod}/${id}`, { runtime: 'kubernetes', id: '0123456789ab', pod }],
  [`0::/machine.slice/libpod-${id}.scope/container`, { runtime: 'podman', id: '0123456789ab', pod: '' }],
  [`0::/kubepods.slice/crio-${id}.scope`, { runtime: 'cri-o', id: '0123456789ab', pod: '' }],
  ['0::/lxc.payload.web-1/init.scope', { runtime: 'lxc', id: 'web-1', pod: '' }],
  ['0::/user.slice/user-0.slice/session-1.scope', null],
  ['0::/', null],
  ['', null],
];
for (const [line, expected] of cgroups) {
  test(`the cgroup ${line || 'of no text'} is ${expected === null ? 'no container' : `of ${expected.runtime}`}`, (t) => {
    t.deepEqual(parseContainer(`9:name=systemd:/\n${line}\n`), expected);
  });
}

test('a namespace is told by its inode', (t) => {
  t.is(parseNamespaceLink('net:[4026531840]'), 4026531840);
  for (const text of ['', 'net:[]', 'mnt:[1]', 'net:[1', 'net:[-1]']) t.is(parseNamespaceLink(text), null);
});

test('any text of a kernel file gives what can be read of it, and never throws', async (t) => {
  const piece = fc.oneof(
    fc.constantFrom(
      'Local:\n',
      '|-- 127.0.0.0\n',
      '/8 host LOCAL\n',
      'in_martian_src ',
      '0::/docker/',
      id,
      '\n',
      ' ',
    ),
    fc.string(),
  );
  await check(
    t,
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('');
      parseFibRoutes(text);
      parseMartians(text);
      parseContainer(text);
      parseSysctl(text);
      return true;
    }),
  );
});
