import test from 'ava';
import { liveTest } from '../capture/ring-lab.js';
import type { Namespace } from '../lab/netns.js';
import {
  applyFixes,
  findingsIn,
  missingProgram,
  prepareScenes,
  type Scene,
  testScene,
  withLab,
} from './settings-scene.js';

test.before(prepareScenes);

const routeLocalnet = 'sysctl -qw net.ipv4.conf.all.route_localnet=1';
const nftIn = [
  'nft add table ip web',
  'nft add chain ip web in { type nat hook prerouting priority -100 ; }',
];
const nftPost = [
  'nft add table inet out',
  'nft add chain inet out post { type nat hook postrouting priority 100 ; }',
];

function scene(
  id: string,
  severity: Scene['severity'],
  [title, needs, ...commands]: readonly string[],
  evidence: string,
  fix: string,
): Scene {
  return { title, needs, commands, id: `setting-${id}`, severity, interfaces: [''], evidence, fix };
}

const scenes: readonly Scene[] = [
  scene(
    'dnat-to-loopback',
    'warning',
    [
      'an nftables rule that translates to 127.0.0.1, with route_localnet',
      'nft',
      routeLocalnet,
      ...nftIn,
      'nft add rule ip web in tcp dport 80 dnat to 127.0.0.1:8080',
    ],
    'nft: table ip web, chain in: tcp dport 80 dnat to 127.0.0.1:8080',
    'nft delete rule ip web in handle 2',
  ),
  scene(
    'dnat-to-loopback',
    'note',
    [
      'an nftables map of ports to addresses, without route_localnet',
      'nft',
      ...nftIn,
      'nft add map ip web to { type inet_service : ipv4_addr ; }',
      'nft add element ip web to { 80 : 10.0.0.1, 81 : 127.0.0.1 }',
      'nft add rule ip web in iifname eth0 dnat to tcp dport map @to',
    ],
    'nft: table ip web, chain in: iifname "eth0" dnat to tcp dport map @to',
    'nft delete rule ip web in handle 3',
  ),
  scene(
    'dnat-from-loopback',
    'warning',
    [
      'an nftables rule that takes 127/8 to another host',
      'nft',
      'nft add table ip web',
      'nft add chain ip web out { type nat hook output priority -100 ; }',
      'nft add rule ip web out ip daddr 127.0.0.0/8 tcp dport 80 dnat to 10.77.0.2',
    ],
    'nft: table ip web, chain out: ip daddr 127.0.0.0/8 tcp dport 80 dnat to 10.77.0.2',
    'nft delete rule ip web out handle 2',
  ),
  scene(
    'masquerade-loopback',
    'warning',
    [
      'an nftables rule that masquerades loopback',
      'nft',
      ...nftPost,
      'nft add rule inet out post ip saddr 127.0.0.0/8 oifname eth0 masquerade',
    ],
    'nft: table inet out, chain post: ip saddr 127.0.0.0/8 oifname "eth0" masquerade',
    'nft delete rule inet out post handle 2',
  ),
  scene(
    'masquerade-loopback',
    'note',
    [
      'an nftables set that holds 127/8 among others',
      'nft',
      ...nftPost,
      'nft add set inet out from { type ipv4_addr ; flags interval ; }',
      'nft add element inet out from { 10.0.0.0/8, 126.0.0.0-128.0.0.0 }',
      'nft add rule inet out post ip saddr @from masquerade',
    ],
    'nft: table inet out, chain post: ip saddr @from masquerade',
    'nft delete rule inet out post handle 3',
  ),
  scene(
    'masquerade-loopback',
    'warning',
    [
      'every source but some, with route_localnet',
      'nft',
      routeLocalnet,
      ...nftPost,
      'nft add rule inet out post ip saddr != 10.0.0.0/8 masquerade',
    ],
    'nft: table inet out, chain post: ip saddr != 10.0.0.0/8 masquerade',
    'nft delete rule inet out post handle 2',
  ),
  scene(
    'masquerade-loopback',
    'warning',
    ['a rule that masquerades ::1', 'nft', ...nftPost, 'nft add rule inet out post ip6 saddr ::1 masquerade'],
    'nft: table inet out, chain post: ip6 saddr ::1 masquerade',
    'nft delete rule inet out post handle 2',
  ),
  scene(
    'snat-to-loopback',
    'warning',
    [
      'an nftables rule that gives a prefix of 127/8',
      'nft',
      'nft add table ip out',
      'nft add chain ip out post { type nat hook postrouting priority 100 ; }',
      'nft add rule ip out post snat prefix to 127.0.0.0/8',
    ],
    'nft: table ip out, chain post: snat prefix to 127.0.0.0/8',
    'nft delete rule ip out post handle 2',
  ),
  scene(
    'snat-to-loopback',
    'warning',
    [
      'a source that is set to a loopback address without a translation that is remembered',
      'nft',
      'nft add table ip out',
      'nft add chain ip out post { type filter hook postrouting priority 0 ; }',
      'nft add rule ip out post ip saddr set 127.0.0.1',
    ],
    'nft: table ip out, chain post: ip saddr set 127.0.0.1',
    'nft delete rule ip out post handle 2',
  ),
  scene(
    'snat-to-loopback',
    'warning',
    [
      'a source that is set to a loopback address as packets come, which may be forwarded',
      'nft',
      routeLocalnet,
      'sysctl -qw net.ipv4.conf.all.rp_filter=0',
      'sysctl -qw net.ipv4.conf.eth0.rp_filter=0',
      'sysctl -qw net.ipv4.ip_forward=1',
      'nft add table ip in',
      'nft add chain ip in pre { type filter hook prerouting priority -150 ; }',
      'nft add rule ip in pre ip saddr set 127.0.0.11',
    ],
    'nft: table ip in, chain pre: ip saddr set 127.0.0.11',
    'nft delete rule ip in pre handle 2',
  ),
  scene(
    'snat-to-loopback',
    'warning',
    [
      'bytes of the IP header that are set to a loopback source as packets leave',
      'nft',
      'nft add table netdev out',
      'nft add chain netdev out post { type filter hook egress device eth0 priority 0 ; }',
      'nft add rule netdev out post @nh,96,32 set 0x7f000001',
    ],
    'nft: table netdev out, chain post: @nh,96,32 set 0x7f000001',
    'nft delete rule netdev out post handle 2',
  ),
  scene(
    'dnat-to-loopback',
    'warning',
    [
      'a rule of iptables on nftables that translates to 127.0.0.1, with route_localnet',
      'iptables-nft nft',
      routeLocalnet,
      'iptables-nft -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 127.0.0.1:8080',
    ],
    'iptables-nft: table nat: -A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 127.0.0.1:8080',
    'iptables-nft -t nat -D PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 127.0.0.1:8080',
  ),
  scene(
    'masquerade-loopback',
    'warning',
    [
      'a rule of iptables on nftables that jumps with loopback to one that masquerades',
      'iptables-nft nft',
      'iptables-nft -t nat -N MASQ',
      'iptables-nft -t nat -A MASQ -j MASQUERADE',
      'iptables-nft -t nat -A POSTROUTING -s 10.0.0.0/8 -j MASQ',
      'iptables-nft -t nat -A POSTROUTING -s 127.0.0.0/8 ! -o lo -j MASQ',
    ],
    'iptables-nft: table nat: -A POSTROUTING -s 127.0.0.0/8 ! -o lo -j MASQ',
    "iptables-nft -t nat -D POSTROUTING -s 127.0.0.0/8 '!' -o lo -j MASQ",
  ),
  scene(
    'snat-to-loopback',
    'warning',
    [
      'NETMAP of iptables on nftables to 127/8 as packets leave',
      'iptables-nft nft',
      'iptables-nft -t nat -A POSTROUTING -s 10.0.0.0/8 -j NETMAP --to 127.0.0.0/8',
    ],
    'iptables-nft: table nat: -A POSTROUTING -s 10.0.0.0/8 -j NETMAP --to 127.0.0.0/8',
    'iptables-nft -t nat -D POSTROUTING -s 10.0.0.0/8 -j NETMAP --to 127.0.0.0/8',
  ),
  scene(
    'dnat-to-loopback',
    'note',
    [
      'NETMAP of legacy iptables to 127/8 as packets come',
      'iptables-legacy',
      'iptables-legacy -t nat -A PREROUTING -d 10.0.0.0/8 -j NETMAP --to 127.0.0.0/8',
    ],
    'iptables-legacy: table nat: -A PREROUTING -d 10.0.0.0/8 -j NETMAP --to 127.0.0.0/8',
    'iptables-legacy -t nat -D PREROUTING -d 10.0.0.0/8 -j NETMAP --to 127.0.0.0/8',
  ),
  scene(
    'masquerade-loopback',
    'note',
    [
      'a prefix of legacy iptables that holds 127/8',
      'iptables-legacy',
      'iptables-legacy -t nat -A POSTROUTING -s 126.0.0.0/7 -o eth0 -j SNAT --to-source 10.77.0.1',
    ],
    'iptables-legacy: table nat: -A POSTROUTING -s 126.0.0.0/7 -o eth0 -j SNAT --to-source 10.77.0.1',
    'iptables-legacy -t nat -D POSTROUTING -s 126.0.0.0/7 -o eth0 -j SNAT --to-source 10.77.0.1',
  ),
  scene(
    'masquerade-any-source',
    'note',
    [
      'masquerading of everything, with route_localnet',
      'iptables-legacy',
      routeLocalnet,
      'sysctl -qw net.ipv4.conf.eth0.route_localnet=1',
      'iptables-legacy -t nat -A POSTROUTING -o eth0 -j MASQUERADE',
    ],
    'iptables-legacy: table nat: -A POSTROUTING -o eth0 -j MASQUERADE',
    'sysctl -w net.ipv4.conf.all.route_localnet=0 net.ipv4.conf.eth0.route_localnet=0',
  ),
  scene(
    'redirect-to-loopback',
    'note',
    [
      'a rule of legacy iptables that redirects what the host sends',
      'iptables-legacy',
      'iptables-legacy -t nat -A OUTPUT -p tcp -j REDIRECT --to-ports 15001',
    ],
    'iptables-legacy: table nat: -A OUTPUT -p tcp -j REDIRECT --to-ports 15001',
    'iptables-legacy -t nat -D OUTPUT -p tcp -j REDIRECT --to-ports 15001',
  ),
  scene(
    'dnat-to-loopback',
    'note',
    [
      'a rule of legacy ip6tables that translates to ::1',
      'ip6tables-legacy',
      'ip6tables-legacy -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination [::1]:80',
    ],
    'ip6tables-legacy: table nat: -A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination [::1]:80',
    "ip6tables-legacy -t nat -D PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination '[::1]:80'",
  ),
];

for (const each of scenes) testScene(each);

liveTest('the rules of hosts with Docker, Kubernetes, libvirt and a proxy give no finding', async (t) => {
  await withLab(async (lab) => {
    for (const rule of [
      '-N DOCKER',
      '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
      '-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER',
      '-A DOCKER ! -i docker0 -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80',
      '-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE',
      '-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE',
      '-A POSTROUTING -s 192.168.122.0/24 ! -d 192.168.122.0/24 -j MASQUERADE',
      '-A POSTROUTING -o eth0 -j MASQUERADE',
      '-N DOCKER_OUTPUT',
      '-N DOCKER_POSTROUTING',
      '-A OUTPUT -d 127.0.0.11/32 -j DOCKER_OUTPUT',
      '-A POSTROUTING -d 127.0.0.11/32 -j DOCKER_POSTROUTING',
      '-A DOCKER_OUTPUT -d 127.0.0.11/32 -p udp --dport 53 -j DNAT --to-destination 127.0.0.11:38353',
      '-A DOCKER_POSTROUTING -s 127.0.0.11/32 -p udp --sport 38353 -j SNAT --to-source :53',
      '-A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 3128',
    ]) {
      await lab.host.sh(`iptables-legacy -t nat ${rule}`);
    }
    await lab.host.sh(
      'iptables-legacy -t mangle -A PREROUTING -p tcp --dport 80 -j TPROXY --on-port 50080 --on-ip 127.0.0.1',
    );
    const findings = findingsIn(lab).filter(({ id }) => !/rp-filter|martians/.test(id));
    t.deepEqual(
      findings.map(({ severity, id }) => `${severity} ${id}`),
      [],
    );
  });
});

liveTest('a rule in a dormant table is no finding until the table wakes', async (t) => {
  await withLab(async (lab) => {
    const found = (): number => findingsIn(lab).filter(({ id }) => id === 'setting-snat-to-loopback').length;
    await lab.host.sh('nft add table ip out { flags dormant ; }');
    await lab.host.sh('nft add chain ip out post { type nat hook postrouting priority 100 ; }');
    await lab.host.sh('nft add rule ip out post snat to 127.0.0.1');
    t.is(found(), 0);
    await lab.host.sh('nft add table ip out { }');
    t.is(found(), 1);
  });
});

liveTest('a source that is set as packets come is no finding where none of them is forwarded', async (t) => {
  await withLab(async (lab) => {
    const { host } = lab;
    const found = (): number => findingsIn(lab).filter(({ id }) => id === 'setting-snat-to-loopback').length;
    await host.sh('nft add table ip in');
    await host.sh('nft add chain ip in pre { type filter hook prerouting priority -150 ; }');
    await host.sh('nft add rule ip in pre ip saddr set 127.0.0.11');
    t.is(found(), 0);
    await host.sysctl('net.ipv4.conf.all.route_localnet', 1);
    await host.sysctl('net.ipv4.conf.eth0.rp_filter', 0);
    await host.sysctl('net.ipv4.conf.all.rp_filter', 0);
    t.is(found(), 0);
    await host.sysctl('net.ipv4.ip_forward', 1);
    t.is(found(), 1);
    await host.sysctl('net.ipv4.conf.eth0.rp_filter', 2);
    t.is(found(), 0);
  });
});

liveTest('a table that iptables can no longer print is told as not looked at', async (t) => {
  await withLab(async (lab) => {
    await lab.host.sh('iptables-nft -t nat -A POSTROUTING -s 127.0.0.0/8 -j MASQUERADE');
    await lab.host.sh('nft add rule ip nat POSTROUTING ip saddr . tcp dport { 10.0.0.1 . 80 } masquerade');
    const [unseen] = findingsIn(lab).filter(({ id }) => id === 'setting-unseen');
    t.is(unseen?.title, 'not looked at: rules of iptables-nft in family ip');
  });
});

liveTest('sets of ipset, which iptables does not print, are told as not looked at', async (t) => {
  if (missingProgram('ipset iptables-legacy') !== null) {
    t.log('skipped: ipset is not installed');
    t.pass();
    return;
  }
  await withLab(async (lab) => {
    await lab.host.sh('ipset create guests hash:net');
    await lab.host.sh('iptables-legacy -t nat -A POSTROUTING -m set --match-set guests src -j MASQUERADE');
    const findings = findingsIn(lab).filter(({ id }) => /unseen|masquerade/.test(id));
    t.is(findings.length, 1);
    t.like(findings[0], {
      id: 'setting-unseen',
      title: 'not looked at: sets of ipset in rules of legacy iptables',
      fix: 'ipset list',
    });
    t.regex(findings[0].evidence[0].text, /is not read: guests$/);
  });
});

/** Whether an echo request is answered within a second. */
function answers(from: Namespace, ...words: string[]): Promise<boolean> {
  return from.run('ping', '-c', '1', '-W', '1', ...words).then(
    () => true,
    () => false,
  );
}

liveTest('DNAT to 127.0.0.1 is delivered with route_localnet only, to ::1 never', async (t) => {
  await withLab(async ({ host, neighbour }) => {
    for (const command of nftIn) await host.sh(command);
    await host.sh('nft add rule ip web in icmp type echo-request dnat to 127.0.0.1');
    await host.sh('nft add table ip6 web');
    await host.sh('nft add chain ip6 web in { type nat hook prerouting priority -100 ; }');
    await host.sh('nft add rule ip6 web in icmpv6 type echo-request dnat to ::1');
    t.false(await answers(neighbour, '10.77.0.1'));
    await host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
    t.true(await answers(neighbour, '10.77.0.1'));
    t.false(await answers(neighbour, 'fd00:77::1'));
  });
});

/** Counts the echo requests that the neighbour gets from an address, before anything refuses them. */
async function countFrom(neighbour: Namespace, family: 'ip' | 'ip6', source: string) {
  const icmp = family === 'ip' ? 'icmp' : 'icmpv6';
  await neighbour.sh(`nft add table ${family} seen`);
  await neighbour.sh(`nft add chain ${family} seen in { type filter hook prerouting priority -300 ; }`);
  await neighbour.sh(
    `nft add rule ${family} seen in ${family} saddr ${source} ${icmp} type echo-request counter`,
  );
  return async (): Promise<number> =>
    Number(/counter packets (\d+) /.exec(await neighbour.sh(`nft list table ${family} seen`))![1]);
}

liveTest('what is bound to 127.0.0.1 is masqueraded with route_localnet only, to ::1 always', async (t) => {
  await withLab(async ({ host, neighbour }) => {
    for (const command of nftPost) await host.sh(command);
    await host.sh('nft add rule inet out post icmpv6 type echo-request masquerade');
    await host.sh('nft add rule inet out post icmp type echo-request masquerade');
    const seen = await countFrom(neighbour, 'ip6', 'fd00:77::1');
    t.false(await answers(host, '-I', '127.0.0.1', '10.77.0.2'));
    // The answer to ::1 is delivered no more than any other packet that gets this destination.
    t.false(await answers(host, '-I', '::1', 'fd00:77::2'));
    t.is(await seen(), 1);
    await host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
    t.true(await answers(host, '-I', '127.0.0.1', '10.77.0.2'));
  });
});

liveTest('a source of 127/8 that is set as packets come is forwarded with route_localnet only', async (t) => {
  await withLab(async ({ host, neighbour }) => {
    await host.sysctl('net.ipv4.ip_forward', 1);
    for (const name of ['all', 'eth0']) {
      await host.sysctl(`net.ipv4.conf.${name}.rp_filter`, 0);
      // It goes back where it came from.
      await host.sysctl(`net.ipv4.conf.${name}.send_redirects`, 0);
    }
    await host.sh('ip route add 203.0.113.9 via 10.77.0.2');
    await neighbour.sh('ip route add 203.0.113.9 via 10.77.0.1');
    await host.sh('nft add table ip in');
    await host.sh('nft add chain ip in pre { type filter hook prerouting priority -150 ; }');
    await host.sh('nft add rule ip in pre icmp type echo-request ip saddr set 127.0.0.11');
    const seen = await countFrom(neighbour, 'ip', '127.0.0.11');
    t.false(await answers(neighbour, '203.0.113.9'));
    t.is(await seen(), 0);
    await host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
    t.false(await answers(neighbour, '203.0.113.9'));
    t.is(await seen(), 1);
    await host.sysctl('net.ipv4.conf.eth0.rp_filter', 2);
    t.false(await answers(neighbour, '203.0.113.9'));
    t.is(await seen(), 1);
  });
});

liveTest('SNAT to 127.0.0.1 sends it to the neighbour without route_localnet, until the fix', async (t) => {
  await withLab(async (lab) => {
    const { host, neighbour } = lab;
    t.true(await answers(host, '10.77.0.2'), 'it knows its neighbour');
    for (const command of nftPost) await host.sh(command);
    await host.sh('nft add rule inet out post oifname eth0 icmp type echo-request snat ip to 127.0.0.1');
    const seen = await countFrom(neighbour, 'ip', '127.0.0.1');
    t.false(await answers(host, '10.77.0.2'));
    t.is(await seen(), 1);
    applyFixes(t, findingsIn(lab), 'setting-snat-to-loopback');
    t.true(await answers(host, '10.77.0.2'));
  });
});
