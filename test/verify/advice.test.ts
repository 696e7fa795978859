import test from 'ava';
import { noSettings } from '../../src/host/host-settings.js';
import type { Finding } from '../../src/verify/finding.js';
import { Ledger } from '../../src/verify/ledger.js';
import { settingFinding } from '../../src/verify/setting-check.js';
import type { Sighting } from '../../src/verify/sighting.js';

const leak: Sighting = {
  kind: 'leak',
  passage: 'egress',
  place: 'datagram',
  provoked: 'not',
  ends: ['ip saddr'],
  namesSender: true,
  interface: 'eth0',
  file: 'a.pcap',
};
const hairpin = { ...leak, kind: 'hairpin', ends: [] } as const;
const known = { ...noSettings, ipv4Conf: new Map([['all', {}]]), fibRoutes: [], hasIpv6Routes: true };

/** What is said of frames that are alike. */
function told(
  sightings: Partial<Sighting>[],
  settings = null as typeof known | null,
  dst = '10.0.0.2',
): Finding {
  const ledger = new Ledger(settings?.netns ?? null);
  for (const each of sightings) {
    const addresses = { src: '10.0.0.1', dst };
    ledger.add({ ...leak, ...each }, false, () => ({ timeNs: 0n, ...addresses, frame: 1, text: '' }));
  }
  const [finding, ...others] = ledger.findings(settings);
  if (others.length > 0) throw new Error('not alike');
  return finding;
}

const out = (rules: string): string =>
  `nft 'table inet loopback_guard { chain out { type filter hook postrouting priority 300; ${rules} }; }'`;

test('where the settings are not known, what leaves is dropped at each end that was seen', (t) => {
  const { advice, fix } = told([leak, { ends: ['ip daddr'] }, leak]);
  t.is(
    fix,
    out('oiftype != loopback ip saddr 127.0.0.0/8 drop; oiftype != loopback ip daddr 127.0.0.0/8 drop;'),
  );
  t.regex(advice!, /^Its source is .*: likely route_localnet is on; .*\. Its destination is .*table local/);
});

test('where they are not known, what comes in is dropped before anything translates it', (t) => {
  const { advice, fix } = told([{ passage: 'ingress', ends: ['ip6 daddr'] }]);
  t.is(
    fix,
    "nft 'table inet loopback_guard { chain in { type filter hook prerouting priority -300; iiftype != loopback ip6 daddr { ::1, ::ffff:127.0.0.0/104 } drop; }; }'",
  );
  t.regex(advice!, /^Run loscope verify on its sender, by the MAC address/);
});

test('what the host refuses needs no command, and a setting that was not read is not taken for off', (t) => {
  const arrival = { passage: 'ingress', ends: ['ip daddr'] } as const;
  t.like(told([arrival], known), { fix: '' });
  t.regex(told([arrival], known).advice!, /refuses it on this interface\.$/);
  t.regex(told([arrival], { ...known, ipv4Conf: new Map() }).fix, /chain in/);
  t.regex(told([leak], known).advice!, /although route_localnet is off/);
  t.regex(told([leak], { ...known, ipv4Conf: new Map() }).advice!, /likely route_localnet is on/);
});

test('an error that comes in tells of what left, one that leaves of what came in', (t) => {
  t.regex(told([{ place: 'quoted', passage: 'ingress' }]).fix, /chain out/);
  t.regex(told([{ place: 'quoted', passage: 'egress' }]).fix, /chain in/);
  t.regex(told([{ place: 'quoted', passage: 'egress' }]).advice!, /where the error goes to/);
});

test('where the evidence has no MAC address, none is spoken of', (t) => {
  for (const passage of ['ingress', 'unknown'] as const) {
    t.regex(told([{ passage }]).advice!, /on its sender, by the MAC address in the evidence\./);
    t.regex(told([{ passage, namesSender: false }]).advice!, /on its sender\./);
  }
});

test('inside a tunnel its other end is named, or that it left so', (t) => {
  t.regex(told([{ place: 'tunnel', passage: 'ingress' }]).advice!, /^Run .* the other end of the tunnel/);
  t.regex(told([{ place: 'tunnel' }]).advice!, /^It left inside a tunnel\. Its source is/);
});

const vxlan = { name: 'vx0', index: 9, isLoopback: false, isUp: true, mtu: 1450 };
const wire = { ...vxlan, name: 'eth0', index: 2 };
const localnet = { all: {}, eth0: {}, vx0: { route_localnet: 1 } };

test('what a tunnel carries is a matter of its device, or of none of this namespace', (t) => {
  const links = [wire, { ...vxlan, kind: 'vxlan', below: 2 }];
  const ipv4Conf = new Map(Object.entries(localnet));
  const inTunnel = { place: 'tunnel', ends: ['ip daddr'] } as const;
  const arrival = { ...inTunnel, passage: 'ingress' } as const;
  const letting = { ...known, links, ipv4Conf } as typeof known;
  t.regex(told([arrival], letting).advice!, /A setting lets it in here: route_localnet is on for vx0 /);
  t.like(told([arrival], letting), { fix: 'sysctl -w net.ipv4.conf.vx0.route_localnet=0' });
  t.regex(told([arrival], { ...known, links }).advice!, /This host refuses it on the tunnel’s device\.$/);
  const source = { ...inTunnel, ends: ['ip saddr'] } as const;
  t.like(told([source], letting), { fix: 'sysctl -w net.ipv4.conf.vx0.route_localnet=0' });
  // What leaves by the wire itself is not the tunnel’s.
  t.regex(told([{ ends: ['ip saddr'] }], letting).advice!, /although route_localnet is off/);
  for (const each of [source, arrival]) {
    const alone = told([each], { ...letting, links: [wire] });
    t.regex(alone.advice!, /No device here is that tunnel’s/);
    t.is(alone.fix, '');
    const other = [wire, { ...vxlan, kind: 'vxlan', below: 3 }];
    t.is(told([each], { ...letting, links: other }).fix, '');
  }
});

test('ARP and neighbor discovery that come in are dropped where they are seen, on a tunnel’s device too', (t) => {
  const question = { passage: 'ingress', ends: ['ip daddr'] } as const;
  const arpIn =
    "nft 'table arp loopback_guard { chain in { type filter hook input priority 0; arp daddr ip 127.0.0.0/8 drop; }; }'";
  t.is(told([{ ...question, place: 'arp' }]).fix, arpIn);
  const carried = told([{ ...question, place: 'tunnel-arp' }]);
  t.is(carried.fix, arpIn);
  t.regex(carried.advice!, /The rule drops it here, on the tunnel’s device\.$/);
  const discovery = told([{ passage: 'ingress', ends: ['ip6 daddr'], place: 'neighbor-discovery' }]);
  t.regex(discovery.fix, /chain in .* icmpv6 type .* @th,64,128 1 drop/);
});

test('what is said of both versions of IP is said once, and so is its command', (t) => {
  const both = { ends: ['ip daddr', 'ip6 daddr'] } as const;
  const down = { ...known, links: [{ ...wire, name: 'lo', isLoopback: true, isUp: false }] };
  const { advice, fix } = told([both], down as never);
  t.is(advice!.match(/the loopback interface is down/g)?.length, 1);
  t.is(fix, 'ip link set lo up');
});

test('where the rule is there already, the device’s own hook gets one, if its name can be written', (t) => {
  const guards = ['inet out ip saddr', 'arp out arp saddr ip', 'inet out icmpv6 type'];
  const guarded = { ...known, guards };
  const rules = (name: string, chain: string, text: string): string =>
    `nft 'table netdev loopback_guard { chain ${chain} { type filter hook egress device "${name}" priority 0; ${text} }; }'`;
  t.is(told([leak], guarded).fix, rules('eth0', 'out_eth0', 'ip saddr 127.0.0.0/8 drop;'));
  const odd = told([{ place: 'arp', interface: 'e-0.1' }], guarded);
  t.is(odd.fix, rules('e-0.1', 'out_e_0_1', 'arp saddr ip 127.0.0.0/8 drop;'));
  t.is(told([{ interface: 'e"0' }], guarded).fix, '');
  t.regex(told([{ ends: ['ip daddr'] }], guarded).fix, /^nft 'table inet .*ip daddr/);
  t.regex(told([leak], { ...known, guards: ['inet out ip daddr'] }).fix, /^nft 'table inet .*ip saddr/);
});

test('what is meant, and what went nobody knows where, is no command', (t) => {
  t.like(told([{ place: 'lsp-ping' }]), {
    advice: "Where LSP pings are meant, leave them out: --except 'udp dst port 3503'.",
    fix: '',
  });
  t.like(told([{ passage: 'unknown' }]), { id: 'leak', fix: '' });
  t.like(told([{ place: 'redirect', ends: ['ip daddr'] }]), { fix: '' });
  t.regex(told([{ place: 'redirect', passage: 'ingress' }]).advice!, /for a gateway/);
});

test('a hairpin is mended by the route to where it was sent, in its version of IP', (t) => {
  t.is(told([hairpin]).fix, 'ip route replace local 10.0.0.2 dev lo table local');
  t.is(told([hairpin], null, 'fd00::2').fix, 'ip -6 route replace local fd00::2 dev lo table local');
});

test('what the probe sent by a bound device only a rule stops; an answer to it is none of its own', (t) => {
  const bound = { provoked: 'bound', ends: ['ip daddr'], place: 'arp' } as const;
  t.deepEqual(told([bound], known).fix.split('\n'), [
    out('oiftype != loopback ip daddr 127.0.0.0/8 drop;'),
    "nft 'table arp loopback_guard { chain out { type filter hook output priority 0; arp daddr ip 127.0.0.0/8 drop; }; }'",
  ]);
  t.regex(told([{ ...hairpin, provoked: 'bound' }], known).fix, /fib daddr type local drop/);
  t.like(told([{ provoked: 'bound', passage: 'ingress' }], known), { fix: '' });
});

test('each command enters the namespace, and names of interfaces are quoted', (t) => {
  const netns = '/run/netns/a b';
  const sent = { ends: ['ip saddr'], place: 'arp', interface: "e'; reboot" } as const;
  for (const line of told([sent], { ...known, netns } as never).fix.split('\n'))
    t.regex(line, /^ip netns exec 'a b' nft '[^']*'$/);
  const heard = told([{ ...hairpin, passage: 'ingress', interface: "e'; reboot" }]);
  t.regex(heard.advice!, /arping -D -c 3 -I 'e'\\''; reboot' 10\.0\.0\.1 /);
});

test('a command with a line’s end in a name is no command', (t) => {
  const facts = { id: 'x', severity: 'note', title: 'x', evidence: [] } as const;
  t.is(settingFinding({ ...facts, fix: "nft delete table 'a\nreboot'" }).fix, '');
});
