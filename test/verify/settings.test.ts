import test from 'ava';
import { type HostSettings, noSettings } from '../../src/host/host-settings.js';
import type { NatRule } from '../../src/host/nat-rule.js';
import { settingFindings } from '../../src/verify/settings.js';

const lo = { name: 'lo', index: 1, isLoopback: true, isUp: true, mtu: 65536 };

function link(name: string, index: number) {
  return { name, index, isLoopback: false, isUp: true, mtu: 1500 };
}

function find(settings: Partial<HostSettings>, before: Partial<HostSettings> = settings) {
  return settingFindings({ ...noSettings, ...before }, { ...noSettings, ...settings });
}

test('of a host of which nothing is known nothing is said', (t) => {
  t.deepEqual(find({}), []);
});

test('what was not looked at is a note with the reason', (t) => {
  const unseen = [
    { area: 'firewall', what: 'nftables rules', reason: 'needs cap_net_admin', fix: 'run as root' },
  ] as const;
  const [note] = find({ unseen });
  t.like(note, {
    id: 'setting-unseen',
    severity: 'note',
    title: 'not looked at: nftables rules',
    advice: 'run as root',
    fix: '',
  });
  t.is(note.evidence[0].text, 'needs cap_net_admin');
});

test('martians count by what was added between two readings; counters that wrapped say nothing', (t) => {
  const at = (source: number, destination: number) => ({ martians: { source, destination } });
  t.deepEqual(find(at(7, 7)), []);
  t.deepEqual(find(at(1, 7), at(7, 7)), []);
  t.deepEqual(find(at(7, 7), {}), []);
  t.like(find(at(9, 8), at(7, 7))[0], { id: 'setting-martians', severity: 'note', count: 3 });
});

test('warnings stand before notes', (t) => {
  const severities = find({
    links: [{ ...lo, mtu: 1500, isUp: false }, link('eth0', 2)],
    ipv4Conf: new Map([['eth0', { route_localnet: 1, forwarding: 1 }]]),
  }).map(({ severity }) => severity);
  t.deepEqual(severities, ['warning', 'warning', 'note', 'note', 'note', 'note']);
});

test('a thousand interfaces give a hundred findings, the last of which counts the rest', (t) => {
  const links = Array.from({ length: 1000 }, (_, i) => link(`veth${i}`, i + 2));
  const ipv4Conf = new Map(
    links.map(({ name }) => [name, { route_localnet: 1, rp_filter: 1, log_martians: 1 }]),
  );
  const findings = find({ links, ipv4Conf });
  t.is(findings.length, 100);
  t.like(findings[99], { id: 'setting-route-localnet', severity: 'warning', count: 901 });
});

test('a value of another interface than those that exist says nothing', (t) => {
  t.deepEqual(
    find({ links: [lo], ipv4Conf: new Map([['lo', { route_localnet: 1 }]]), ipv6Conf: new Map() }).map(
      ({ id }) => id,
    ),
    ['setting-loopback-address'],
  );
});

const fixes: [netns: string | null, name: string, fix: string][] = [
  [null, 'eth0', 'sysctl -w net.ipv4.conf.eth0.accept_local=0'],
  ['/run/netns/web', 'eth0', 'ip netns exec web sysctl -w net.ipv4.conf.eth0.accept_local=0'],
  ['/run/netns/a b', 'eth0', "ip netns exec 'a b' sysctl -w net.ipv4.conf.eth0.accept_local=0"],
  ['/proc/7/ns/net', 'eth0', 'nsenter --net=/proc/7/ns/net sysctl -w net.ipv4.conf.eth0.accept_local=0'],
  [null, "a;$(x)'", `sysctl -w 'net.ipv4.conf.a;$(x)'\\''.accept_local=0'`],
];
for (const [netns, name, fix] of fixes) {
  test(`in ${netns ?? 'this namespace'} the fix for ${name} is ${fix}`, (t) => {
    const findings = find({
      netns,
      links: [link(name, 2)],
      ipv4Conf: new Map([[name, { accept_local: 1 }]]),
    });
    t.is(findings.find(({ id }) => id === 'setting-accept-local')?.fix, fix);
  });
}

test('VRF rules before the table local are a note', (t) => {
  const rule = (priority: number, table: number, does: string) => ({
    priority,
    table,
    isVrf: table === 0,
    text: `${priority}: from all lookup ${does}`,
  });
  const ipv4Rules = [rule(1000, 0, '[l3mdev-table]'), rule(32765, 255, 'local'), rule(32766, 254, 'main')];
  t.like(find({ ipv4Rules })[0], {
    id: 'setting-rule-before-local',
    severity: 'note',
    fix: 'ip rule add pref 0 lookup local',
  });
});

function natRule(rule: Partial<NatRule>): NatRule {
  return {
    action: 'dnat',
    hooks: ['prerouting'],
    isToLoopback: false,
    target: null,
    isForLoopbackSource: false,
    isForLoopbackDestination: false,
    text: 'text',
    removal: 'removal',
    ...rule,
  };
}

const meanings: [what: string, rule: Partial<NatRule>, outcome: string | null][] = [
  ['DNAT to loopback of what comes by a wire', { isToLoopback: true }, 'warning setting-dnat-to-loopback'],
  [
    'DNAT to loopback of what this host sends',
    { isToLoopback: true, hooks: ['output'] },
    'note setting-dnat-to-loopback',
  ],
  [
    'DNAT from one loopback address to another',
    { isToLoopback: true, isForLoopbackDestination: true },
    'note setting-dnat-to-loopback',
  ],
  [
    'DNAT from loopback to another host',
    { isForLoopbackDestination: true, hooks: ['output'] },
    'warning setting-dnat-from-loopback',
  ],
  ['DNAT between other hosts', {}, null],
  ['REDIRECT of what comes by a wire', { action: 'redirect' }, null],
  [
    'REDIRECT of what this host sends',
    { action: 'redirect', hooks: ['output'] },
    'note setting-redirect-to-loopback',
  ],
  ['MASQUERADE of others', { action: 'masquerade', hooks: ['postrouting'] }, null],
  [
    'MASQUERADE of loopback',
    { action: 'masquerade', hooks: ['postrouting'], isForLoopbackSource: true },
    'warning setting-masquerade-loopback',
  ],
  ['TPROXY to loopback', { action: 'tproxy', isToLoopback: true }, 'warning setting-tproxy-to-loopback'],
  ['TPROXY to any address', { action: 'tproxy' }, null],
];
for (const [what, rule, outcome] of meanings) {
  test(`${what} is ${outcome ?? 'no finding'}`, (t) => {
    const [finding] = find({ natRules: [natRule(rule)] });
    t.is(finding === undefined ? null : `${finding.severity} ${finding.id}`, outcome);
  });
}
