import test from 'ava';
import { readHostSettings } from '../../src/host/host-settings.js';
import { settingFindings } from '../../src/verify/settings.js';
import { liveTest } from '../capture/ring-lab.js';
import { applyFixes, findingsIn, prepareScenes, type Scene, testScene, withLab } from './settings-scene.js';

test.before(prepareScenes);

const scenes: readonly Scene[] = [
  {
    title: 'route_localnet on one interface',
    commands: ['sysctl -qw net.ipv4.conf.eth0.route_localnet=1'],
    id: 'setting-route-localnet',
    severity: 'warning',
    interfaces: ['eth0'],
    evidence: 'net.ipv4.conf.eth0.route_localnet = 1',
    fix: 'sysctl -w net.ipv4.conf.eth0.route_localnet=0',
  },
  {
    title: 'route_localnet on all',
    commands: ['sysctl -qw net.ipv4.conf.all.route_localnet=1'],
    id: 'setting-route-localnet',
    severity: 'warning',
    interfaces: [''],
    evidence: 'net.ipv4.conf.all.route_localnet = 1',
    fix: 'sysctl -w net.ipv4.conf.all.route_localnet=0',
  },
  {
    title: 'route_localnet as the default, for interfaces that get their first address later',
    commands: ['sysctl -qw net.ipv4.conf.default.route_localnet=1'],
    id: 'setting-route-localnet',
    severity: 'note',
    interfaces: [''],
    evidence: 'net.ipv4.conf.default.route_localnet = 1',
    fix: 'sysctl -w net.ipv4.conf.default.route_localnet=0',
  },
  {
    title: 'route_localnet on an interface with a dot in its name',
    commands: [
      'ip link set eth0 down',
      'ip link set eth0 name eth0.7',
      'sysctl -qw net.ipv4.conf.eth0/7.route_localnet=1',
    ],
    id: 'setting-route-localnet',
    severity: 'warning',
    interfaces: ['eth0.7'],
    evidence: 'net.ipv4.conf.eth0/7.route_localnet = 1',
    fix: 'sysctl -w net.ipv4.conf.eth0/7.route_localnet=0',
  },
  {
    title: 'accept_local',
    commands: ['sysctl -qw net.ipv4.conf.eth0.accept_local=1'],
    id: 'setting-accept-local',
    severity: 'warning',
    interfaces: ['eth0'],
    evidence: 'net.ipv4.conf.eth0.accept_local = 1',
    fix: 'sysctl -w net.ipv4.conf.eth0.accept_local=0',
  },
  {
    title: 'IPv4 forwarding',
    commands: ['sysctl -qw net.ipv4.ip_forward=1'],
    id: 'setting-forwarding',
    severity: 'note',
    interfaces: [''],
    evidence: 'net.ipv4.conf.all.forwarding = 1',
    fix: 'sysctl -w net.ipv4.conf.all.forwarding=0',
  },
  {
    title: 'IPv4 forwarding on one interface',
    commands: ['sysctl -qw net.ipv4.conf.eth0.forwarding=1'],
    id: 'setting-forwarding',
    severity: 'note',
    interfaces: ['eth0'],
    evidence: 'net.ipv4.conf.eth0.forwarding = 1',
    fix: 'sysctl -w net.ipv4.conf.eth0.forwarding=0',
  },
  {
    title: 'IPv6 forwarding',
    commands: ['sysctl -qw net.ipv6.conf.all.forwarding=1'],
    id: 'setting-forwarding-ipv6',
    severity: 'note',
    interfaces: [''],
    evidence: 'net.ipv6.conf.all.forwarding = 1',
    fix: 'sysctl -w net.ipv6.conf.all.forwarding=0',
  },
  {
    title: 'no reverse path filter',
    commands: ['sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0'],
    id: 'setting-rp-filter',
    severity: 'note',
    interfaces: ['eth0'],
    evidence: 'net.ipv4.conf.all.rp_filter = 0',
    fix: 'sysctl -w net.ipv4.conf.all.rp_filter=2',
  },
  {
    title: 'no log of martians',
    commands: ['sysctl -qw net.ipv4.conf.all.log_martians=0 net.ipv4.conf.eth0.log_martians=0'],
    id: 'setting-log-martians',
    severity: 'note',
    interfaces: ['eth0'],
    evidence: 'net.ipv4.conf.all.log_martians = 0',
    fix: 'sysctl -w net.ipv4.conf.all.log_martians=1',
  },
  {
    title: 'loopback down',
    commands: ['ip link set lo down'],
    id: 'setting-loopback-down',
    severity: 'warning',
    interfaces: ['lo'],
    evidence: 'lo: not UP',
    fix: 'ip link set lo up',
  },
  {
    title: 'another MTU',
    commands: ['ip link set lo mtu 1500'],
    id: 'setting-loopback-mtu',
    severity: 'note',
    interfaces: ['lo'],
    evidence: 'lo: mtu 1500',
    fix: 'ip link set lo mtu 65536',
  },
  {
    title: 'a loopback of another name',
    commands: ['ip link set lo down', 'ip link set lo name loop', 'ip link set loop up'],
    id: 'setting-loopback-renamed',
    severity: 'note',
    interfaces: ['loop'],
    evidence: 'loop: LOOPBACK',
    fix: 'ip link set loop name lo',
  },
  {
    title: 'a loopback without 127.0.0.1',
    commands: ['ip address del 127.0.0.1/8 dev lo'],
    id: 'setting-loopback-address',
    severity: 'warning',
    interfaces: ['lo'],
    evidence: 'lo: ::1/128',
    fix: 'ip address add 127.0.0.1/8 dev lo scope host',
  },
  {
    title: 'a loopback without ::1',
    commands: ['ip address del ::1/128 dev lo'],
    id: 'setting-loopback-address-ipv6',
    severity: 'warning',
    interfaces: ['lo'],
    evidence: 'lo: 127.0.0.1/8',
    fix: 'ip -6 address add ::1/128 dev lo',
  },
  {
    title: 'IPv6 disabled on loopback',
    commands: ['sysctl -qw net.ipv6.conf.lo.disable_ipv6=1'],
    id: 'setting-ipv6-disabled',
    severity: 'note',
    interfaces: ['lo'],
    evidence: 'net.ipv6.conf.lo.disable_ipv6 = 1',
    fix: 'sysctl -w net.ipv6.conf.lo.disable_ipv6=0',
  },
  {
    title: '127.0.0.0/8 removed from the table local',
    commands: ['ip route del local 127.0.0.0/8 table local'],
    id: 'setting-local-route-missing',
    severity: 'warning',
    interfaces: ['lo'],
    evidence: '/proc/net/fib_trie: no 127.0.0.0/8 host LOCAL',
    fix: 'ip route replace local 127.0.0.0/8 dev lo table local',
  },
  {
    title: '::1 removed from the table local',
    commands: ['ip -6 route del local ::1 table local'],
    id: 'setting-local-route-missing-ipv6',
    severity: 'warning',
    interfaces: ['lo'],
    evidence: '/proc/net/ipv6_route: no local route to ::1',
    fix: 'ip -6 route replace local ::1/128 dev lo table local',
  },
  {
    title: 'an own address removed from the table local',
    commands: ['ip route del local 10.77.0.1 table local'],
    id: 'setting-own-address-not-local',
    severity: 'warning',
    interfaces: ['eth0'],
    evidence: 'eth0: 10.77.0.1/30, and no local route to it',
    fix: 'ip route replace local 10.77.0.1 dev eth0 table local',
  },
  {
    title: 'an own IPv6 address removed from the table local',
    commands: ['ip -6 route del local fd00:77::1 table local'],
    id: 'setting-own-address-not-local',
    severity: 'warning',
    interfaces: ['eth0'],
    evidence: 'eth0: fd00:77::1/64, and no local route to it',
    fix: 'ip -6 route replace local fd00:77::1 dev eth0 table local',
  },
  {
    title: 'a route within 127/8, which wins while two tables share a trie',
    commands: ['ip route add 127.0.5.0/24 via 10.77.0.2'],
    id: 'setting-route-within-loopback',
    severity: 'warning',
    interfaces: [''],
    evidence: '/proc/net/fib_trie: 127.0.5.0/24 UNICAST (main)',
    fix: 'ip route del 127.0.5.0/24 table main',
  },
  {
    title: 'a blackhole within 127/8',
    commands: ['ip route add blackhole 127.0.6.1/32'],
    id: 'setting-route-within-loopback',
    severity: 'warning',
    interfaces: [''],
    evidence: '/proc/net/fib_trie: 127.0.6.1/32 BLACKHOLE (main)',
    fix: 'ip route del blackhole 127.0.6.1/32 table main',
  },
  {
    title: 'a route within 127/8 behind the table local',
    commands: ['ip rule add pref 100 from 192.0.2.7 lookup 100', 'ip route add 127.0.5.0/24 via 10.77.0.2'],
    id: 'setting-route-within-loopback',
    severity: 'note',
    interfaces: [''],
    evidence: '/proc/net/fib_trie: 127.0.5.0/24 UNICAST (main)',
    fix: 'ip route del 127.0.5.0/24 table main',
  },
  {
    title: 'a policy rule before the table local',
    commands: [
      'ip rule add pref 10 to 127.0.0.0/8 fwmark 0x3/0x7 ipproto tcp dport 80-90 lookup 100',
      'ip rule add pref 20 lookup local',
      'ip rule del pref 0',
    ],
    id: 'setting-rule-before-local',
    severity: 'warning',
    interfaces: [''],
    evidence: 'ip rule: 10: from all to 127.0.0.0/8 fwmark 0x3/0x7 ipproto 6 dport 80-90 lookup 100',
    fix: 'ip rule add pref 0 lookup local',
  },
  {
    title: 'a policy rule of the same priority before the table local',
    commands: [
      'ip rule add pref 9 lookup local',
      'ip rule del pref 0',
      'ip rule add pref 0 not from 10.77.0.0/30 iif eth0 lookup 100',
      'ip rule add pref 0 lookup local',
    ],
    id: 'setting-rule-before-local',
    severity: 'warning',
    interfaces: [''],
    evidence: 'ip rule: 0: not from 10.77.0.0/30 iif eth0 lookup 100',
    fix: 'ip rule del pref 0 not from 10.77.0.0/30 iif eth0 lookup 100',
  },
  {
    title: 'the rule of VRFs, of the same priority before the table local',
    commands: [
      'ip rule add pref 9 lookup local',
      'ip rule del pref 0',
      'ip rule add pref 0 l3mdev',
      'ip rule add pref 0 lookup local',
    ],
    id: 'setting-rule-before-local',
    severity: 'note',
    interfaces: [''],
    evidence: 'ip rule: 0: from all lookup [l3mdev-table]',
    fix: 'ip rule del pref 0 from all l3mdev',
  },
  {
    title: 'an IPv6 policy rule before the table local',
    commands: [
      'ip -6 rule add pref 10 to 2001:db8::/32 lookup 100',
      'ip -6 rule add pref 20 lookup local',
      'ip -6 rule del pref 0',
    ],
    id: 'setting-rule-before-local-ipv6',
    severity: 'warning',
    interfaces: [''],
    evidence: 'ip -6 rule: 10: from all to 2001:db8::/32 lookup 100',
    fix: 'ip -6 rule add pref 0 lookup local',
  },
  {
    title: 'no policy rule for the table local',
    commands: ['ip rule del pref 0'],
    id: 'setting-local-rule-missing',
    severity: 'warning',
    interfaces: [''],
    evidence: 'ip rule: 32766: from all lookup main',
    fix: 'ip rule add pref 0 lookup local',
  },
];

for (const scene of scenes) testScene(scene);

liveTest('a fresh host has no warnings, and nothing that was not looked at', async (t) => {
  await withLab(async (lab) => {
    await lab.host.sh('sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.all.log_martians=1');
    t.deepEqual(findingsIn(lab), []);
  });
});

liveTest('what the finding of a route within 127/8 says is what the kernel does', async (t) => {
  await withLab(async ({ host, ...lab }) => {
    await host.sh('ip route add 127.0.5.0/24 via 10.77.0.2');
    t.regex(await host.sh('ip route get 127.0.5.1'), /^127\.0\.5\.1 via 10\.77\.0\.2 dev eth0 /);
    applyFixes(t, findingsIn({ host, ...lab }), 'setting-route-within-loopback');
    t.regex(await host.sh('ip route get 127.0.5.1'), /^local 127\.0\.5\.1 dev lo /);
  });
});

liveTest('with route_localnet a host answers ARP for 127/8, unless arp_ignore is set', async (t) => {
  await withLab(async ({ host, neighbour }) => {
    await neighbour.sh('ip route add 127.0.9.0/24 dev eth0');
    const isFound = async (): Promise<boolean> => {
      await neighbour.run('ping', '-c', '1', '-W', '1', '127.0.9.1').catch(() => {});
      const found = / lladdr /.test(await neighbour.sh('ip neigh show to 127.0.9.1 dev eth0'));
      await neighbour.sh('ip neigh flush to 127.0.9.1 dev eth0').catch(() => {});
      return found;
    };
    t.false(await isFound());
    await host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
    t.true(await isFound());
    await host.sysctl('net.ipv4.conf.eth0.arp_ignore', 1);
    t.false(await isFound());
  });
});

liveTest('martians that were refused during a watch are counted in a note', async (t) => {
  await withLab(async ({ host, neighbour }) => {
    const path = `/run/netns/${host.name}`;
    const before = readHostSettings(path);
    // Without the local entry the neighbour sends 127.0.0.9, as a destination that the host refuses.
    await neighbour.sh('ip route add 127.0.9.0/24 via 10.77.0.1 dev eth0');
    await neighbour.run('ping', '-c', '2', '-i', '0.2', '-W', '1', '127.0.9.1').catch(() => {});
    const note = settingFindings(before, readHostSettings(path)).find(({ id }) => id === 'setting-martians');
    t.is(note?.severity, 'note');
    t.true(note!.count >= 2);
    t.regex(note!.evidence[1].text, /^\/proc\/net\/stat\/rt_cache: in_martian_dst \d+ to \d+$/);
  });
});

liveTest('a namespace that is none, and one that is gone, are said', async (t) => {
  t.throws(() => readHostSettings('/etc/hostname'), { message: /is not a network namespace/ });
  t.throws(() => readHostSettings('/run/netns/loscope-no-such'), { message: /no such file/i });
});
