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

test('what is meant, and what went nobody knows where, is no command', (t) => {
  t.like(told([{ place: 'lsp-ping' }]), {
    advice: "Where LSP pings are meant, leave them out: --except 'udp dst port 3503'.",
    fix: '',
  });
  t.like(told([{ passage: 'unknown' }]), { id: 'leak', fix: '' });
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
