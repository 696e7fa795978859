import test from 'ava';
import { type HostSettings, noSettings } from '../../src/host/host-settings.js';
import { type AddressMatch, anyAddress, Reach } from '../../src/host/loopback-match.js';
import type { NatRule } from '../../src/host/nat-rule.js';
import type { PolicyRule } from '../../src/host/policy-rules.js';
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
  const rule = (priority: number, table: number, does: string): PolicyRule => ({
    priority,
    action: 'lookup',
    table,
    target: 0,
    isInverted: false,
    from: '0.0.0.0/0',
    to: '0.0.0.0/0',
    inInterface: '',
    outInterface: '',
    mark: 0,
    markMask: 0,
    uids: null,
    suppressPrefixLen: -1,
    isVrf: table === 0,
    hasOthers: table === 0,
    text: `${priority}: from all lookup ${does}`,
  });
  const ipv4Rules = [rule(1000, 0, '[l3mdev-table]'), rule(32765, 255, 'local'), rule(32766, 254, 'main')];
  t.like(find({ ipv4Rules })[0], {
    id: 'setting-rule-before-local',
    severity: 'note',
    fix: 'ip rule add pref 0 lookup local',
  });
});

const named: AddressMatch = { loopback: Reach.named, others: false };
const some: AddressMatch = { loopback: Reach.some, others: true };

function natRule(rule: Partial<NatRule>): NatRule {
  return {
    action: 'dnat',
    hook: 'prerouting',
    isToLoopback: false,
    isIpv6: false,
    targets: null,
    source: anyAddress,
    destination: anyAddress,
    inInterface: '',
    outInterface: '',
    protocol: '',
    evidence: ['text'],
    removal: 'removal',
    ...rule,
  };
}

const toLoopback = { isToLoopback: true };
const masquerade = { action: 'masquerade', hook: 'postrouting' } as const;
const snat = { action: 'snat', hook: 'postrouting' } as const;

/** What each is with route_localnet off, and with it on for eth0. */
const meanings: [what: string, rule: Partial<NatRule>, off: string | null, on: string | null][] = [
  [
    'DNAT to loopback of what comes by a wire',
    toLoopback,
    'note dnat-to-loopback',
    'warning dnat-to-loopback',
  ],
  [
    'DNAT to loopback of what comes by eth1',
    { ...toLoopback, inInterface: 'eth1' },
    'note dnat-to-loopback',
    'note dnat-to-loopback',
  ],
  [
    'DNAT to loopback of what comes by lo',
    { ...toLoopback, inInterface: 'lo' },
    'note dnat-to-loopback',
    'note dnat-to-loopback',
  ],
  ['DNAT to ::1', { ...toLoopback, isIpv6: true }, 'note dnat-to-loopback', 'note dnat-to-loopback'],
  [
    'DNAT to loopback of what this host sends',
    { ...toLoopback, hook: 'output' },
    'note dnat-to-loopback',
    'note dnat-to-loopback',
  ],
  ['DNAT from one loopback address to another', { ...toLoopback, destination: named }, null, null],
  [
    'DNAT from loopback to another host',
    { destination: named, hook: 'output' },
    'warning dnat-from-loopback',
    'warning dnat-from-loopback',
  ],
  ['DNAT of own addresses to another host', { destination: some, hook: 'output' }, null, null],
  ['TPROXY to loopback of what comes by a wire', { action: 'tproxy', ...toLoopback }, null, null],
  ['REDIRECT of what comes by a wire', { action: 'redirect' }, null, null],
  [
    'REDIRECT of what this host sends',
    { action: 'redirect', hook: 'output' },
    'note redirect-to-loopback',
    'note redirect-to-loopback',
  ],
  [
    'REDIRECT of what this host sends to loopback',
    { action: 'redirect', hook: 'output', destination: named },
    null,
    null,
  ],
  ['REDIRECT of what leaves by lo', { action: 'redirect', hook: 'output', outInterface: 'lo' }, null, null],
  ['MASQUERADE of everything', masquerade, null, 'note masquerade-any-source'],
  [
    'MASQUERADE of everything by eth0',
    { ...masquerade, outInterface: 'eth0' },
    null,
    'note masquerade-any-source',
  ],
  ['MASQUERADE of everything by eth1', { ...masquerade, outInterface: 'eth1' }, null, null],
  ['MASQUERADE of everything in IPv6', { ...masquerade, isIpv6: true }, null, null],
  [
    'MASQUERADE of loopback',
    { ...masquerade, source: named },
    'warning masquerade-loopback',
    'warning masquerade-loopback',
  ],
  ['MASQUERADE of loopback by lo', { ...masquerade, source: named, outInterface: 'lo' }, null, null],
  ['MASQUERADE of loopback to loopback', { ...masquerade, source: named, destination: named }, null, null],
  [
    'MASQUERADE of a prefix that holds loopback',
    { ...masquerade, source: some },
    'note masquerade-loopback',
    'warning masquerade-loopback',
  ],
  [
    'SNAT of loopback',
    { ...snat, source: named },
    'warning masquerade-loopback',
    'warning masquerade-loopback',
  ],
  ['SNAT to loopback', { ...snat, ...toLoopback }, 'warning snat-to-loopback', 'warning snat-to-loopback'],
  [
    'SNAT to ::1',
    { ...snat, ...toLoopback, isIpv6: true },
    'warning snat-to-loopback',
    'warning snat-to-loopback',
  ],
  ['SNAT to loopback by lo', { ...snat, ...toLoopback, outInterface: 'lo' }, null, null],
  ['SNAT to loopback of what this host gets', { ...snat, ...toLoopback, hook: 'input' }, null, null],
];
for (const [what, rule, off, on] of meanings) {
  for (const [value, outcome] of [[0, off] as const, [1, on] as const]) {
    test(`with route_localnet=${value} ${what} is ${outcome ?? 'no finding'}`, (t) => {
      const findings = find({
        links: [lo, link('eth0', 2), link('eth1', 3)],
        ipv4Conf: new Map([['eth0', { route_localnet: value }]]),
        natRules: [natRule(rule)],
      }).filter(({ id }) => /(dnat|snat|redirect|masquerade)-/.test(id));
      t.deepEqual(
        findings.map(({ severity, id }) => `${severity} ${id.replace('setting-', '')}`),
        outcome === null ? [] : [outcome],
      );
    });
  }
}

test('a rule that two hooks lead to is one finding, the worse', (t) => {
  const findings = find({
    links: [link('eth0', 2)],
    ipv4Conf: new Map([['all', { route_localnet: 1 }]]),
    natRules: [natRule({ ...toLoopback, hook: 'output' }), natRule(toLoopback)],
  }).filter(({ id }) => id === 'setting-dnat-to-loopback');
  t.deepEqual(
    findings.map(({ severity }) => severity),
    ['warning'],
  );
});

test('rules for every source are one finding, whose fix turns route_localnet off wherever it is on', (t) => {
  const [finding] = find({
    links: [lo, link('eth0', 2), link('eth1', 3)],
    ipv4Conf: new Map([
      ['all', { route_localnet: 1 }],
      ['eth1', { route_localnet: 1 }],
    ]),
    natRules: Array.from({ length: 200 }, (_, i) => natRule({ ...masquerade, evidence: [`rule ${i}`] })),
  }).filter(({ id }) => id === 'setting-masquerade-any-source');
  t.is(finding.count, 200);
  t.is(finding.fix, 'sysctl -w net.ipv4.conf.all.route_localnet=0 net.ipv4.conf.eth1.route_localnet=0');
});
