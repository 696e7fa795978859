import { spawnSync } from 'node:child_process';
import test, { type ExecutionContext } from 'ava';
import { systemPath } from '../../src/host/host-command.js';
import {
  guardArp,
  guardArpIn,
  guardDiscovery,
  guardIn,
  guardOut,
  guardOwn,
} from '../../src/verify/guard-rule.js';
import { cannot, liveTest } from '../capture/ring-lab.js';
import { finished, printed, start } from '../cli/run.js';
import { type Lab, makeLab, NEIGHBOUR_MAC, script, startScript } from '../lab/lab.js';
import { type Namespace, removeLeftovers } from '../lab/netns.js';
import { loseOwnRoute } from '../lab/scenarios-wire.js';
import { attackLoopback, knowEachOther, loseLoopbackRoute } from '../lab/verify-scenarios.js';

interface Told {
  readonly id: string;
  readonly severity: string;
  readonly interface: string;
  readonly advice: string;
  readonly fix: string;
}

interface Scene {
  readonly title: string;
  readonly needsNft?: true;
  /** A kind of link that not every kernel has. */
  readonly needsLink?: string;
  setup(lab: Lab): Promise<unknown>;
  /** What a person does, before the fix and after it. */
  traffic(lab: Lab): Promise<unknown>;
  /** `id interface` of each error. */
  readonly findings: readonly string[];
  /** The commands of the first error, without what enters the namespace. */
  readonly fix: readonly string[];
  readonly advice: RegExp;
}

const guarded = (rules: string): string =>
  `nft 'table inet loopback_guard { chain out { type filter hook postrouting priority 300; ${rules} }; }'`;

const guardedDevice = (rules: string): string =>
  `nft 'table netdev loopback_guard { chain out_eth0 { type filter hook egress device "eth0" priority 0; ${rules} }; }'`;

const scenes: readonly Scene[] = [
  {
    title: 'a source of 127.0.0.1 that route_localnet lets out',
    async setup(lab) {
      await knowEachOther(lab);
      await lab.host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
    },
    traffic: ({ host }) => script(host, 'udp.py --source 127.0.0.1 --to 10.77.0.2'),
    findings: ['leak-egress eth0'],
    fix: ['sysctl -w net.ipv4.conf.eth0.route_localnet=0'],
    advice: /^Its source is a loopback address, which a setting lets out: route_localnet is on for eth0 /,
  },
  {
    title: 'the same on an interface over another, of which each sees it',
    async setup({ host }) {
      await addBridge(host);
      await host.sysctl('net.ipv4.conf.eth0/100.route_localnet', 1);
    },
    traffic: ({ host }) => script(host, 'udp.py --source 127.0.0.1 --to 10.78.0.2'),
    findings: ['leak-egress eth0', 'leak-egress eth0.100'],
    fix: ['sysctl -w net.ipv4.conf.eth0/100.route_localnet=0'],
    advice: /which a setting lets out: route_localnet is on for eth0\.100 /,
  },
  {
    title: 'a source of 127.0.0.1 that a raw socket wrote',
    needsNft: true,
    setup: knowEachOther,
    traffic: ({ host }) => host.run('python3', '-c', rawSocket),
    findings: ['leak-egress eth0'],
    fix: [guarded('oiftype != loopback ip saddr 127.0.0.0/8 drop;')],
    advice: /although route_localnet is off now: likely it was on for a moment, or a raw socket/,
  },
  {
    title: '127/8 that the table local has lost',
    setup: (lab) => loseLoopbackRoute(lab, 'via 10.77.0.2'),
    traffic: ({ host }) => script(host, 'udp.py --to 127.0.0.5'),
    findings: ['leak-egress eth0'],
    fix: ['ip route replace local 127.0.0.0/8 dev lo table local', 'ip route del 127.0.0.0/8 table main'],
    advice: /^Its destination is a loopback address, .*127\.0\.0\.0\/8 is not in the table local/,
  },
  {
    title: '127/8 where loopback was never up and there is a default route',
    async setup(lab) {
      await knowEachOther(lab);
      await lab.host.sh('ip address flush dev lo');
      await lab.host.sh('ip link set lo down');
      await lab.host.sh('ip route add default via 10.77.0.2');
    },
    traffic: ({ host }) => script(host, 'udp.py --to 127.0.0.5'),
    findings: ['leak-egress eth0'],
    fix: ['ip link set lo up'],
    advice: /the loopback interface is down/,
  },
  {
    title: '127/8 that a policy rule leads away',
    async setup(lab) {
      await knowEachOther(lab);
      await lab.host.sh('ip route add default via 10.77.0.2 table 100');
      await lab.host.sh('ip rule add pref 10 to 127.0.0.0/8 lookup 100');
      await lab.host.sh('ip rule add pref 20 lookup local');
      await lab.host.sh('ip rule del pref 0');
    },
    traffic: ({ host }) => script(host, 'udp.py --to 127.0.0.5'),
    findings: ['leak-egress eth0'],
    fix: ['ip rule add pref 0 lookup local'],
    advice: /a policy rule is asked before the table local/,
  },
  {
    title: 'a socket bound to an interface that is named as a VLAN’s, whose ARP nobody answers',
    needsNft: true,
    setup: ({ host }) => addBridge(host),
    traffic: ({ host }) => script(host, 'udp.py --device eth0.100 --to 127.0.0.5'),
    findings: ['leak-egress eth0', 'leak-egress eth0.100'],
    fix: [
      guarded('oiftype != loopback ip daddr 127.0.0.0/8 drop;'),
      "nft 'table arp loopback_guard { chain out { type filter hook output priority 0; arp daddr ip 127.0.0.0/8 drop; }; }'",
    ],
    advice: /although the routes keep it on loopback: likely a socket is bound to the device/,
  },
  {
    title: 'a socket bound to a device, where loopback has another name',
    needsNft: true,
    async setup({ host }) {
      await host.sh('ip link set lo down');
      await host.sh('ip link set lo name loop0');
      await host.sh('ip link set loop0 up');
      await host.sh(`ip neigh replace 127.0.0.5 lladdr ${NEIGHBOUR_MAC} dev eth0 nud permanent`);
    },
    async traffic({ host }) {
      await script(host, 'udp.py --to 127.0.0.1 --receive 127.0.0.1');
      await script(host, 'udp.py --device eth0 --to 127.0.0.5');
    },
    findings: ['leak-egress eth0'],
    fix: [guarded('oiftype != loopback ip daddr 127.0.0.0/8 drop;')],
    advice: /SO_BINDTODEVICE|bound to the device/,
  },
  {
    title: 'a source of ::1, which Linux lets any socket send',
    needsNft: true,
    setup: knowEachOther6,
    traffic: ({ host }) => script(host, 'udp.py --source ::1 --to fd00:77::2'),
    findings: ['leak-egress eth0'],
    fix: [guarded('oiftype != loopback ip6 saddr { ::1, ::ffff:127.0.0.0/104 } drop;')],
    advice: /Linux lets a socket that is bound to ::1 send so, .*; only a rule stops it/,
  },
  {
    title: '::1 that the table local has lost',
    async setup(lab) {
      await knowEachOther6(lab);
      await lab.host.sh('ip -6 route del local ::1 table local');
      await lab.host.sh('ip -6 route add default via fd00:77::2');
    },
    traffic: ({ host }) => script(host, 'udp.py --to ::1'),
    findings: ['leak-egress eth0'],
    fix: ['ip -6 route replace local ::1/128 dev lo table local'],
    advice: /::1 is not in the table local/,
  },
  {
    title: '::1 by a socket bound to a device with a default route, and neighbor discovery for it',
    needsNft: true,
    async setup({ host }) {
      await host.sh('ip -6 route add default dev eth0');
    },
    traffic: ({ host }) => script(host, 'udp.py --device eth0 --to ::1'),
    findings: ['leak-egress eth0'],
    fix: [
      guarded('oiftype != loopback ip6 daddr { ::1, ::ffff:127.0.0.0/104 } drop;'),
      guarded(
        'oiftype != loopback icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } @th,64,128 1 drop;',
      ),
    ],
    advice: /^Its target is a loopback address, although the routes keep it on loopback/,
  },
  {
    title: '::1 in the answer to a connection from it to a closed port of an own address',
    needsNft: true,
    async setup(lab) {
      await knowEachOther6(lab);
      await lab.host.sh('ip -6 route add default via fd00:77::2');
    },
    traffic: ({ host }) => host.run('timeout', '1', 'python3', '-c', connectFromLoopback6),
    findings: ['leak-egress eth0'],
    fix: [guarded('oiftype != loopback ip6 daddr { ::1, ::ffff:127.0.0.0/104 } drop;')],
    advice: /likely Linux refused a TCP connection from ::1 to an own address that nobody listens at/,
  },
  {
    title: 'frames of both versions of IP and ARP by a packet socket, which pass the rules of other fixes',
    needsNft: true,
    async setup({ host }) {
      const ends = ['ip saddr', 'ip6 saddr'] as const;
      for (const rule of [guardOut(ends), guardArp(['ip saddr']), guardDiscovery()]) await paste(host, rule);
    },
    traffic: ({ host }) => host.run('python3', '-c', packetSocket),
    findings: ['leak-egress eth0', 'leak-egress eth0', 'leak-egress eth0'],
    fix: [guardedDevice('ip saddr 127.0.0.0/8 drop; ip6 saddr { ::1, ::ffff:127.0.0.0/104 } drop;')],
    advice:
      /^Its source is a loopback address, although the table loopback_guard drops what is routed so: a packet socket sends it, or a bridge passes it on, [^:]*$/,
  },
  {
    title: 'an own address by a packet socket, where the rule of another fix is there',
    needsNft: true,
    setup: ({ host }) => paste(host, guardOwn()),
    traffic: ({ host }) => host.run('python3', '-c', packetSocketToOwn),
    findings: ['hairpin eth0'],
    fix: [guardedDevice('ip daddr 10.77.0.1 drop;')],
    advice: /^It left, although the table loopback_guard drops what is routed so: a packet socket sends it/,
  },
  {
    title: 'a source of 127.0.0.1 inside VXLAN, that route_localnet of its device lets out',
    needsLink: 'vxlan',
    async setup(lab) {
      const { host } = lab;
      await knowEachOther(lab);
      await host.sh('ip link add vx0 type vxlan id 7 local 10.77.0.1 remote 10.77.0.2 dstport 4789');
      await host.sh('ip address add 10.79.0.1/24 dev vx0');
      await host.sh('ip link set vx0 up');
      await host.sh(`ip neigh replace 10.79.0.2 lladdr ${NEIGHBOUR_MAC} dev vx0 nud permanent`);
      await host.sysctl('net.ipv4.conf.vx0.route_localnet', 1);
    },
    traffic: ({ host }) => script(host, 'udp.py --source 127.0.0.1 --to 10.79.0.2'),
    // The last is the neighbour’s word that it has no VXLAN.
    findings: ['leak-egress eth0', 'leak-egress vx0', 'leak-ingress eth0'],
    fix: ['sysctl -w net.ipv4.conf.vx0.route_localnet=0'],
    advice: /a loopback address, which a setting lets out: route_localnet is on for vx0 /,
  },
  {
    title: 'an own address that the table local has lost, and that comes back',
    setup: loseOwnRoute,
    traffic: ({ host }) => script(host, 'udp.py --to 10.77.0.1'),
    findings: ['hairpin eth0', 'hairpin eth0'],
    fix: ['ip route replace local 10.77.0.1 dev eth0 table local'],
    advice: /the own address 10\.77\.0\.1 is not in the table local/,
  },
  {
    title: 'an own IPv6 address that the table local has lost',
    async setup(lab) {
      await knowEachOther6(lab);
      await lab.host.sh('ip -6 route del local fd00:77::1 table local');
      await lab.host.sh('ip -6 route add fd00:77::1 via fd00:77::2');
    },
    traffic: ({ host }) => script(host, 'udp.py --source fd00:77::1 --to fd00:77::1'),
    findings: ['hairpin eth0'],
    fix: ['ip -6 route replace local fd00:77::1 dev eth0 table local'],
    advice: /the own address fd00:77::1 is not in the table local/,
  },
  {
    title: 'an own address by a socket bound to another device',
    needsNft: true,
    async setup({ host, neighbour }) {
      await host.sh(`ip link add eth1 type veth peer name eth1 netns ${neighbour.name}`);
      await neighbour.sh('ip link set eth1 up');
      await host.sh('ip link set eth1 up');
      await host.sh('ip address add 10.79.0.1/30 dev eth1');
      await host.sh(`ip neigh replace 10.77.0.1 lladdr ${NEIGHBOUR_MAC} dev eth1 nud permanent`);
    },
    async traffic({ host }) {
      await script(host, 'udp.py --to 10.77.0.1 --receive 10.77.0.1');
      await script(host, 'udp.py --device eth1 --to 10.77.0.1');
    },
    findings: ['hairpin eth1'],
    fix: [guarded('oiftype != loopback fib daddr type local drop;')],
    advice: /^The routes keep own addresses on loopback: likely a socket is bound to the device/,
  },
];

/** To the host's own address, past all rules of routing. */
const packetSocketToOwn = `import socket, struct
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('eth0', 0))
ends = socket.inet_aton('10.77.0.1') * 2
s.send(bytes.fromhex('02000000000202000000000108004500001400000000') + struct.pack('!BBH', 64, 253, 0) + ends)`;

/** The header is written by the program itself (IP_HDRINCL in raw(7)). */
const rawSocket = `import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
ends = socket.inet_aton('127.0.0.1') + socket.inet_aton('10.77.0.2')
s.sendto(struct.pack('!BBHHHBBH8s', 0x45, 0, 20, 0, 0, 64, 253, 0, ends), ('10.77.0.2', 0))`;

const connectFromLoopback6 = `import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
s.bind(('::1', 0))
s.connect(('fd00:77::1', 4444))`;

/** Frames that no routing has seen; a rule of the device refuses them to their sender (ENOBUFS). */
const packetSocket = `import socket, struct
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('eth0', 0))
def send(kind, packet):
    try: s.send(bytes.fromhex('${NEIGHBOUR_MAC}'.replace(':', '')) + bytes.fromhex('020000000001') + struct.pack('!H', kind) + packet)
    except OSError: pass
v4, peer4 = socket.inet_aton('127.0.0.1'), socket.inet_aton('10.77.0.2')
v6, peer6 = [socket.inet_pton(socket.AF_INET6, text) for text in ('::1', 'fd00:77::2')]
send(0x0800, struct.pack('!BBHHHBBH', 0x45, 0, 20, 0, 0, 64, 253, 0) + v4 + peer4)
send(0x86dd, struct.pack('!IHBB', 6 << 28, 0, 59, 64) + v6 + peer6)
send(0x0806, struct.pack('!HHBBH', 1, 0x0800, 6, 4, 1) + bytes(6) + v4 + bytes(6) + peer4)
send(0x86dd, struct.pack('!IHBB', 6 << 28, 24, 58, 255) + peer6 + peer6 + struct.pack('!BBHI', 135, 0, 0, 0) + v6)`;

/** An interface over eth0, with a name as a VLAN's has: not every kernel here has VLANs. */
async function addBridge(host: Namespace): Promise<void> {
  await host.sh('ip link add eth0.100 type bridge');
  await host.sh('ip link set eth0 master eth0.100');
  await host.sh('ip link set eth0.100 up');
  await host.sh('ip address add 10.78.0.1/30 dev eth0.100');
  await host.sh(`ip neigh replace 10.78.0.2 lladdr ${NEIGHBOUR_MAC} dev eth0.100 nud permanent`);
}

async function knowEachOther6({ host }: Lab): Promise<void> {
  await host.sh(`ip -6 neigh replace fd00:77::2 lladdr ${NEIGHBOUR_MAC} dev eth0 nud permanent`);
}

test.before(() => {
  // npm puts another program named nft in front.
  process.env.PATH = `${systemPath}:${process.env.PATH}`;
  if (cannot === '') removeLeftovers();
});

/** Watches a host for as long as the traffic takes. @returns its errors */
async function watch(namespace: Namespace, traffic: () => Promise<unknown>): Promise<Told[]> {
  const child = start(['verify', '--netns', namespace.name, '--format', 'json', '--for', '60']);
  const result = finished(child);
  await printed(child, 'watching');
  await traffic();
  child.kill('SIGINT');
  const { findings } = JSON.parse((await result).stdout) as { findings: Told[] };
  return findings.filter(({ severity }) => severity === 'error');
}

function named(errors: readonly Told[]): string[] {
  return errors.map(({ id, interface: name }) => `${id} ${name}`).sort();
}

/** In the namespace. */
function paste(namespace: Namespace, command: string): Promise<string> {
  return namespace.run('sh', '-c', command);
}

/** Gives what each of them says to a shell, as a person would who pastes it. */
function applyFixes(t: ExecutionContext, errors: readonly Told[]): void {
  for (const { fix } of errors) {
    const { status, stderr } = spawnSync('sh', ['-ec', fix], { encoding: 'utf8', timeout: 10_000 });
    t.is(status, 0, `${fix}: ${stderr}`);
  }
}

async function withLab(body: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await makeLab();
  try {
    await body(lab);
  } finally {
    lab.remove();
  }
}

async function hasLink(namespace: Namespace, kind: string): Promise<boolean> {
  try {
    await namespace.sh(`ip link add probed0 type ${kind} id 1 dstport 4790`);
    await namespace.sh('ip link del probed0');
    return true;
  } catch {
    return false;
  }
}

/** A rule that drops a datagram tells its sender so (EPERM); one that is led back is not answered. */
function tried(traffic: Promise<unknown>): Promise<unknown> {
  return traffic.catch(() => {});
}

for (const scene of scenes) {
  liveTest(`${scene.title}: its fix ends it`, async (t) => {
    if (scene.needsNft && spawnSync('nft', ['--version']).status !== 0) {
      t.log('skipped: needs nft');
      t.pass();
      return;
    }
    await withLab(async (lab) => {
      if (scene.needsLink !== undefined && !(await hasLink(lab.host, scene.needsLink))) {
        t.log(`skipped: needs ${scene.needsLink}`);
        t.pass();
        return;
      }
      await scene.setup(lab);
      const errors = await watch(lab.host, () => tried(scene.traffic(lab)));
      t.deepEqual(named(errors), scene.findings);
      const [{ advice, fix }] = errors;
      const enter = `ip netns exec ${lab.host.name} `;
      t.deepEqual(
        fix.split('\n'),
        scene.fix.map((command) => enter + command),
      );
      t.regex(advice, scene.advice);
      applyFixes(t, errors);
      t.deepEqual(named(await watch(lab.host, () => tried(scene.traffic(lab)))), []);
    });
  });
}

liveTest(
  'what a neighbour sends to 127.0.0.1 is refused after the fix, and no longer sent after its own',
  async (t) => {
    await withLab(async (lab) => {
      const { host, neighbour } = lab;
      await attackLoopback(neighbour);
      await host.sysctl('net.ipv4.conf.all.route_localnet', 1);
      await startScript(host, 'udp.py --wait --to 127.0.0.1 --receive 127.0.0.1');
      const line = 'udp.py --source 10.77.0.2 --to 127.0.0.1';
      const attack = () => tried(script(neighbour, `${line} --reply`));
      const send = () => tried(script(neighbour, line));
      const errors = await watch(host, attack);
      t.deepEqual(named(errors), ['leak-egress eth0', 'leak-ingress eth0']);
      for (const { fix } of errors) {
        t.is(fix, `ip netns exec ${host.name} sysctl -w net.ipv4.conf.all.route_localnet=0`);
      }
      applyFixes(t, errors);
      await startScript(host, 'udp.py --wait --to 127.0.0.1 --receive 127.0.0.1');
      const [refused, ...others] = await watch(host, attack);
      t.deepEqual(others, []);
      t.like(refused, { id: 'leak-ingress', fix: '' });
      t.is(
        refused.advice,
        'Run loscope verify on its sender, by the MAC address in the evidence. This host refuses it on this interface.',
      );
      applyFixes(t, await watch(neighbour, send));
      t.deepEqual(named(await watch(host, send)), []);
    });
  },
);

liveTest('ARP for 127/8 is answered until the fix, and asked until the asker’s own', async (t) => {
  await withLab(async ({ host, neighbour }) => {
    await neighbour.sh('ip route add 127.0.9.0/24 dev eth0');
    await host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
    // What waits for an answer would be asked for again, also after the fix.
    const forget = () => neighbour.sh('ip neigh flush dev eth0 nud all');
    const ask = async () => {
      await forget();
      await tried(script(neighbour, 'udp.py --source 10.77.0.2 --to 127.0.9.1'));
    };
    await paste(host, guardArp(['ip saddr']));
    t.deepEqual(named(await watch(host, ask)), ['leak-ingress eth0']);
    await paste(host, 'nft delete table arp loopback_guard');
    // No other family's table sees ARP that comes in.
    await paste(host, guardArpIn(['ip daddr']));
    t.deepEqual(named(await watch(host, ask)), ['leak-ingress eth0']);
    await paste(host, 'nft delete table arp loopback_guard');
    const errors = await watch(host, ask);
    t.true(named(errors).includes('leak-egress eth0'));
    t.true(errors.every(({ fix }) => fix.endsWith(' sysctl -w net.ipv4.conf.eth0.route_localnet=0')));
    applyFixes(t, errors);
    const refused = await watch(host, ask);
    t.deepEqual(named(refused), ['leak-ingress eth0']);
    t.is(refused[0].fix, '');
    applyFixes(t, await watch(neighbour, ask));
    await forget();
    t.deepEqual(named(await watch(host, ask)), []);
  });
});

liveTest(
  'the rule against what comes in keeps a neighbour from 127.0.0.1 whatever route_localnet is',
  async (t) => {
    await withLab(async ({ host, neighbour }) => {
      await attackLoopback(neighbour);
      await host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
      const attack = async (): Promise<boolean> => {
        await startScript(host, 'udp.py --wait --to 127.0.0.1 --receive 127.0.0.1');
        const answer = script(neighbour, 'udp.py --source 10.77.0.2 --to 127.0.0.1 --reply');
        return answer.then(() => true).catch(() => false);
      };
      t.true(await attack());
      t.is(spawnSync('ip', ['netns', 'exec', host.name, 'sh', '-c', guardIn(['ip daddr'])]).status, 0);
      t.false(await attack());
      await script(host, 'udp.py --port 5001 --to 127.0.0.1 --receive 127.0.0.1');
    });
  },
);
