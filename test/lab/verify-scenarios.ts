/**
 * What `loscope verify` must say of a host: each scene has its own host and neighbour, something that happens while the
 * host is watched, and the one right answer. Real sockets wherever the kernel lets it out; frames by a packet socket
 * only where the point is that a neighbour sends what it should not.
 */
import type { ChildProcess } from 'node:child_process';
import { FrameSender } from '../../src/capture/frame-sender.js';
import { leakyDiscovery } from '../verify/discovery-frames.js';
import { frame, leakyFrames } from '../verify/wrapped-frames.js';
import { HOST_MAC, type Lab, NEIGHBOUR_MAC, script, startScript } from './lab.js';
import type { Namespace } from './netns.js';
import { isLookedFor, isWatched } from './packet-sockets.js';
import { loseOwnRoute } from './scenarios-wire.js';

export interface VerifyScene {
  readonly title: string;
  /** Beside the namespace, the format and the time. */
  readonly args?: readonly string[];
  /** Of the watch, where its traffic takes longer than most. */
  readonly seconds?: number;
  setup?(lab: Lab): Promise<unknown>;
  /** While it is watched. */
  traffic?(lab: Lab, verify: ChildProcess): Promise<unknown>;
  readonly verdict: 'clean' | 'leak' | 'blind';
  readonly exitCode: number;
  /** `id interface` of each finding that is no note. */
  readonly findings: readonly string[];
  /** Those that may be there too. */
  readonly mayFind?: string;
  /** What must be among the reasons of blindness. */
  readonly because?: RegExp;
  /** What must be in the record besides. */
  readonly says?: RegExp;
}

const clean = { verdict: 'clean', exitCode: 0, findings: [] } as const;
const leakOut = { verdict: 'leak', exitCode: 1, findings: ['leak-egress eth0'] } as const;
const leakIn = { verdict: 'leak', exitCode: 1, findings: ['leak-ingress eth0'] } as const;

export const verifyScenes: readonly VerifyScene[] = [
  {
    title: 'ordinary traffic, both ways and both versions',
    ...clean,
    async traffic({ host, neighbour }) {
      await host.sh('ping -c 2 -i 0.2 10.77.0.2');
      await neighbour.sh('ping -c 1 fd00:77::1');
      await startScript(neighbour, 'udp.py --wait --to 10.77.0.2 --receive 10.77.0.2');
      await script(host, 'udp.py --reply --to 10.77.0.2');
      await script(host, 'udp.py --to 127.0.0.1 --receive 127.0.0.1');
    },
  },
  {
    title: 'a socket bound to 127.0.0.1 that sends to the neighbour, with route_localnet',
    ...leakOut,
    says: /route_localnet=0/,
    async setup(lab) {
      await knowEachOther(lab);
      await lab.host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
    },
    traffic: ({ host }) => script(host, 'udp.py --source 127.0.0.1 --to 10.77.0.2 --count 2'),
  },
  {
    title: 'a datagram to 127.0.0.5 where the local table lost 127/8, without route_localnet',
    ...leakOut,
    says: /ip route replace local 127\.0\.0\.0\/8/,
    setup: (lab) => loseLoopbackRoute(lab, 'via 10.77.0.2'),
    traffic: ({ host }) => script(host, 'udp.py --to 127.0.0.5 --count 2'),
  },
  {
    title: 'ARP for 127.0.0.5 where the route to it is the wire itself',
    ...leakOut,
    says: /ARP request/,
    setup: (lab) => loseLoopbackRoute(lab, 'dev eth0'),
    traffic: ({ host }) => script(host, 'udp.py --to 127.0.0.5'),
  },
  {
    title: 'CVE-2020-8558: the neighbour reaches a socket bound to 127.0.0.1',
    ...leakIn,
    says: new RegExp(`from ${NEIGHBOUR_MAC}`),
    async setup(lab) {
      await attackLoopback(lab.neighbour);
      await lab.host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
      await startScript(lab.host, 'udp.py --wait --to 127.0.0.1 --receive 127.0.0.1');
    },
    traffic: ({ neighbour }) => script(neighbour, 'udp.py --source 10.77.0.2 --to 127.0.0.1 --reply'),
    // The answer of the socket leaves with 127.0.0.1 as its source.
    findings: ['leak-egress eth0', 'leak-ingress eth0'],
  },
  {
    title: 'the same attempt on a host that drops it',
    ...leakIn,
    setup: ({ neighbour }) => attackLoopback(neighbour),
    traffic: ({ neighbour }) => script(neighbour, 'udp.py --source 10.77.0.2 --to 127.0.0.1'),
  },
  {
    title: '::1 and mapped addresses from the neighbour, which the kernel always drops',
    ...leakIn,
    traffic: ({ neighbour }) => script(neighbour, `inject.py ipv6 eth0 ${HOST_MAC}`),
  },
  {
    title: 'a neighbour that solicits ::1, which the kernel does not answer',
    ...leakIn,
    says: /neighbor solicitation, in IPv6 fd00:77::1 → fd00:77::2, from 02:00:00:00:00:01/,
    traffic: async ({ neighbour }) => sendFrames(neighbour, 'eth0', 1, 1, leakyDiscovery),
  },
  {
    title: 'a datagram to ::1 where the local table lost it and a route leads out: the kernel solicits it',
    ...leakOut,
    says: /neighbor discovery for a loopback address left by eth0[\s\S]*neighbor solicitation, in IPv6/,
    async setup({ host }) {
      await host.sh('ip -6 route del local ::1 table local');
      await host.sh('ip -6 route add ::1 dev eth0');
    },
    traffic: ({ host }) => script(host, 'udp.py --to ::1'),
  },
  {
    title: 'a datagram for the host itself that its peer sends back',
    verdict: 'leak',
    exitCode: 1,
    findings: ['hairpin eth0', 'hairpin eth0'],
    says: /the return of a datagram sent with TTL 64: now 63/,
    setup: loseOwnRoute,
    traffic: ({ host }) => host.sh('ping -c 2 -i 0.2 10.77.0.1'),
  },
  {
    title: 'a source of 127.0.0.1 that is masqueraded before it leaves, which a setting allows',
    ...clean,
    says: /"setting-route-localnet",\s+"severity": "warning"/,
    async setup(lab) {
      await knowEachOther(lab);
      await lab.host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
      await lab.host.run(...nft, 'add table ip nat');
      await lab.host.run(...nft, 'add chain ip nat out { type nat hook postrouting priority 100; }');
      await lab.host.run(...nft, 'add rule ip nat out oif eth0 masquerade');
    },
    traffic: ({ host }) => script(host, 'udp.py --source 127.0.0.1 --to 10.77.0.2'),
  },
  {
    title: 'frames of every kind that leak, from the neighbour',
    ...leakIn,
    says: /GRE/,
    findings: Array.from({ length: 10 }, () => 'leak-ingress eth0'),
    traffic: async ({ neighbour }) => sendFrames(neighbour, 'eth0'),
  },
  {
    title: 'frames of every kind that leak, as the host sends them',
    ...leakOut,
    says: /in VLAN 100,/,
    // The neighbour answers some of them with errors, which quote them, what was in a tunnel too.
    findings: [
      ...Array.from({ length: 10 }, () => 'leak-egress eth0'),
      'leak-ingress eth0',
      'leak-ingress eth0',
    ],
    traffic: async ({ host }) => sendFrames(host, 'eth0'),
  },
  {
    title: 'frames of the neighbour that announce IP and are none, which no stack takes',
    ...clean,
    says: /"malformed",\s+"severity": "note"[\s\S]*from 02:00:00:00:00:01/,
    traffic: async ({ neighbour }) => sendFrames(neighbour, 'eth0', 1, 3, malformedFrames),
  },
  {
    title: 'frames of this host that announce IP and are none',
    verdict: 'blind',
    exitCode: 3,
    findings: [],
    because: /^3 frames announce IP or ARP and cannot be decoded$/m,
    traffic: async ({ host }) => sendFrames(host, 'eth0', 1, 3, malformedFrames),
  },
  {
    title: 'frames that leak and are meant to',
    ...clean,
    args: ['--except', 'host 127.0.0.1 and udp'],
    says: /"excepted": 2,/,
    async setup(lab) {
      await knowEachOther(lab);
      await lab.host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
    },
    traffic: ({ host }) => script(host, 'udp.py --source 127.0.0.1 --to 10.77.0.2 --count 2'),
  },
  {
    title: 'an interface that goes down',
    verdict: 'blind',
    exitCode: 3,
    findings: [],
    because: /went down while it was watched/,
    traffic: ({ host }) => host.sh('ip link set eth0 down'),
  },
  {
    title: 'an interface that is removed',
    verdict: 'blind',
    exitCode: 3,
    findings: [],
    because: /removed while it was watched/,
    traffic: ({ host }) => host.sh('ip link del eth0'),
  },
  {
    title: 'an interface that is removed and made anew is watched again',
    ...leakOut,
    because: /removed while it was watched/,
    says: /"count": 1,/,
    traffic: makeAnew,
  },
  {
    title: 'a named interface that is removed and made anew is watched again, too',
    ...leakOut,
    args: ['-i', 'eth0'],
    because: /removed while it was watched/,
    says: /"count": 1,/,
    traffic: makeAnew,
  },
  {
    title: 'an interface that is renamed goes on being watched',
    ...leakOut,
    findings: ['leak-egress wan0'],
    async setup(lab) {
      await knowEachOther(lab);
      await lab.host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
    },
    async traffic({ host }, verify) {
      await host.sh('ip link set eth0 name wan0');
      while (verify.exitCode === null) await script(host, 'udp.py --source 127.0.0.1 --to 10.77.0.2');
    },
  },
  {
    title: 'an interface that comes is watched from then on',
    ...leakOut,
    findings: ['leak-egress late0'],
    async traffic({ host, neighbour }) {
      await host.sh(`ip link add late0 type veth peer name late0 netns ${neighbour.name}`);
      await host.sh('ip link set late0 up');
      await neighbour.sh('ip link set late0 up');
      await isWatched(host, 'late0');
      sendFrames(host, 'late0', 1);
    },
  },
  {
    title: 'an interface that comes and leaks in its first moment',
    verdict: 'leak',
    exitCode: 1,
    // Both of its ends are this host's.
    findings: ['leak-egress brief0', 'leak-ingress brief1'],
    says: /"count": 1,/,
    async traffic({ host }) {
      await host.run('sh', '-c', briefly.join(' && '));
      sendFrames(host, 'brief0', 1);
    },
  },
  {
    title: 'several interfaces, of which one leaks and one goes down',
    ...leakOut,
    findings: ['leak-egress eth1'],
    because: /went down while it was watched/,
    setup: addSecond,
    async traffic({ host }) {
      sendFrames(host, 'eth1', 1);
      await host.sh('ip link set eth0 down');
    },
  },
  {
    title: 'an interface that is not among those named',
    ...clean,
    args: ['-i', 'eth0'],
    setup: addSecond,
    traffic: async ({ host }) => sendFrames(host, 'eth1', 1),
  },
  {
    title: 'an interface that is down from the beginning, and nothing asks for it',
    ...clean,
    async setup(lab) {
      await addSecond(lab);
      await lab.host.sh('ip link set eth1 down');
    },
  },
  {
    title: 'an interface that is down from the beginning, and named',
    verdict: 'blind',
    exitCode: 3,
    findings: [],
    because: /is down/,
    args: ['-i', 'eth1'],
    async setup(lab) {
      await addSecond(lab);
      await lab.host.sh('ip link set eth1 down');
    },
  },
  {
    title: 'a host with no interface but loopback',
    verdict: 'blind',
    exitCode: 3,
    findings: [],
    because: /no interface but loopback/,
    setup: ({ host }) => host.sh('ip link del eth0'),
  },
  {
    title: 'a ring that is too small for a program that stands still',
    verdict: 'leak',
    exitCode: 1,
    findings: ['leak-egress eth0'],
    because: /the kernel dropped [\d,]+ frames/,
    args: ['-B', '1'],
    async traffic({ host }, verify) {
      verify.kill('SIGSTOP');
      sendFrames(host, 'eth0', 1, 20_000);
      verify.kill('SIGCONT');
    },
  },
  {
    title: 'a leak into a VXLAN device on a port of its own',
    ...leakOut,
    findings: ['leak-egress eth0', 'leak-egress vx0'],
    // The neighbour has no such device, and its error quotes what came.
    mayFind: 'leak-ingress eth0',
    says: /VXLAN 7/,
    async setup(lab) {
      await knowEachOther(lab);
      await addVxlan(lab.host);
    },
    traffic: ({ host }) => script(host, 'udp.py --source 127.0.0.1 --to 10.79.0.2 --count 2'),
  },
  {
    title: 'a leak into a VXLAN device that comes while it is watched, on a port of its own',
    ...leakOut,
    seconds: 4,
    findings: ['leak-egress eth0', 'leak-egress vx0'],
    // The neighbour has no such device, and its error quotes what came.
    mayFind: 'leak-ingress eth0',
    says: /VXLAN 7/,
    setup: knowEachOther,
    async traffic({ host }) {
      await addVxlan(host);
      await isWatched(host, 'vx0');
      // An own address is taken up no sooner than the port.
      await isLookedFor(host, '10.79.0.1');
      await script(host, 'udp.py --source 127.0.0.1 --to 10.79.0.2 --count 2');
    },
  },
  {
    title: 'an own address that comes while it is watched, and that no table loops',
    seconds: 4,
    verdict: 'leak',
    exitCode: 1,
    findings: ['hairpin eth0'],
    async traffic({ host }) {
      await host.sh('ip address add 192.0.2.9/32 dev lo');
      await host.sh('ip address add 192.0.2.77/32 dev lo');
      await host.sh('ip route del local 192.0.2.77 table local');
      await host.sh('ip route add 192.0.2.77 dev eth0');
      await host.sh(`ip neigh replace 192.0.2.77 lladdr ${NEIGHBOUR_MAC} dev eth0 nud permanent`);
      await isLookedFor(host, '192.0.2.77');
      await script(host, 'udp.py --source 192.0.2.9 --to 192.0.2.77');
    },
  },
  {
    title: 'a hairpin between the last two of 300 own addresses',
    verdict: 'leak',
    exitCode: 1,
    findings: ['hairpin eth0'],
    says: /"src": "10\.1\.43\.7",\s+"dst": "10\.1\.44\.7"/,
    async setup({ host }) {
      const addresses = Array.from({ length: 300 }, (_, i) => `10.${i >> 8}.${(i + 1) & 255}.7`);
      await host.run('sh', '-c', addresses.map((each) => `ip address add ${each}/32 dev lo`).join('\n'));
      await host.sh('ip route del local 10.1.44.7 table local');
      await host.sh('ip route add 10.1.44.7 dev eth0');
      await host.sh(`ip neigh replace 10.1.44.7 lladdr ${NEIGHBOUR_MAC} dev eth0 nud permanent`);
    },
    traffic: ({ host }) => script(host, 'udp.py --source 10.1.43.7 --to 10.1.44.7'),
  },
  {
    title: 'an own address that is another host’s a moment later',
    ...clean,
    async setup({ host }) {
      await host.sh('ip address add 192.0.2.9/32 dev lo');
      await host.sh('ip route add 192.0.2.9 via 10.77.0.2 metric 9');
    },
    async traffic({ host, neighbour }) {
      await host.sh('ip address del 192.0.2.9/32 dev lo');
      await neighbour.sh('ip address add 192.0.2.9/32 dev lo');
      await host.sh('ping -c 1 192.0.2.9');
    },
  },
  {
    title: 'a transparent proxy, which takes every address for local in a table of its own',
    ...clean,
    async setup({ host }) {
      await host.sh('ip route add local 0.0.0.0/0 dev lo table 100');
      await host.sh('ip rule add fwmark 1 lookup 100');
    },
    traffic: ({ host }) => host.sh('ping -c 2 -i 0.2 10.77.0.2'),
  },
  {
    title: 'networks that are local in a table for marked packets alone',
    ...clean,
    async setup({ host }) {
      await host.sh('ip route add local 10.0.0.0/8 dev lo table 100');
      await host.sh('ip rule add fwmark 1 lookup 100');
      await host.sh('ip -6 route add local fd00:77::/64 dev lo table 100');
      await host.sh('ip -6 rule add fwmark 1 lookup 100');
    },
    async traffic({ host }) {
      await host.sh('ping -c 2 -i 0.2 10.77.0.2');
      await host.sh('ping -c 2 -i 0.2 fd00:77::2');
    },
  },
  {
    title: 'a network that is local in a table that every packet asks is the host’s own',
    verdict: 'leak',
    exitCode: 1,
    findings: ['hairpin eth0'],
    async setup({ host }) {
      await host.sh('ip route add local 192.0.2.0/24 dev lo table 100');
      await host.sh('ip rule add pref 40000 lookup 100');
      await host.sh('ip route add 192.0.2.9 via 10.77.0.2');
    },
    traffic: ({ host }) => script(host, 'udp.py --to 192.0.2.9'),
  },
];

const malformedFrames = [
  { name: 'IPv4 of another version', bytes: frame(new Uint8Array(46).fill(0x0b), 0x0800) },
];

const briefly = [
  'ip link add brief0 type veth peer name brief1',
  'ip link set brief1 up',
  'ip link set brief0 up',
];

/** A package of the tests has a program of the same name, which comes first on the path of `npx`. */
const nft = ['env', 'PATH=/usr/sbin:/sbin:/usr/bin:/bin', 'nft'] as const;

async function makeAnew({ host, neighbour }: Lab): Promise<void> {
  await host.sh('ip link del eth0');
  await host.sh(`ip link add eth0 type veth peer name eth0 netns ${neighbour.name}`);
  await host.sh('ip link set eth0 up');
  await neighbour.sh('ip link set eth0 up');
  await isWatched(host, 'eth0');
  sendFrames(host, 'eth0', 1);
}

/** Known MAC addresses on both ends: no ARP. */
export async function knowEachOther({ host, neighbour }: Lab): Promise<void> {
  await host.sh(`ip neigh replace 10.77.0.2 lladdr ${NEIGHBOUR_MAC} dev eth0 nud permanent`);
  await neighbour.sh(`ip neigh replace 10.77.0.1 lladdr ${HOST_MAC} dev eth0 nud permanent`);
}

/** Known MAC addresses: no ARP. The host's own end is all that the scene needs. */
async function addVxlan(host: Namespace): Promise<void> {
  await host.sh('ip link add vx0 type vxlan id 7 local 10.77.0.1 remote 10.77.0.2 dstport 5555');
  await host.sh('ip address add 10.79.0.1/24 dev vx0');
  await host.sh('ip link set vx0 up');
  await host.sh(`ip neigh replace 10.79.0.2 lladdr ${NEIGHBOUR_MAC} dev vx0 nud permanent`);
  await host.sysctl('net.ipv4.conf.vx0.route_localnet', 1);
}

export async function loseLoopbackRoute(lab: Lab, way: string): Promise<void> {
  await knowEachOther(lab);
  await lab.host.sh('ip route del local 127.0.0.0/8 table local');
  await lab.host.sh(`ip route add 127.0.0.0/8 ${way}`);
}

/** The attacker's own kernel must let 127.0.0.1 out: no local route, no martian check. */
export async function attackLoopback(neighbour: Namespace): Promise<void> {
  await neighbour.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
  await neighbour.sysctl('net.ipv4.conf.eth0.accept_local', 1);
  await neighbour.sh('ip route del local 127.0.0.1 table local');
  await neighbour.sh('ip route del local 127.0.0.0/8 table local');
  await neighbour.sh('ip route add 127.0.0.1 via 10.77.0.1');
}

async function addSecond({ host, neighbour }: Lab): Promise<void> {
  await host.sh(`ip link add eth1 type veth peer name eth1 netns ${neighbour.name}`);
  await host.sh('ip link set eth1 up');
  await neighbour.sh('ip link set eth1 up');
}

/** Sends the first kinds of frames that leak, each so often. */
function sendFrames(
  namespace: Namespace,
  device: string,
  kinds = leakyFrames.length,
  times = 1,
  from: readonly { name: string; bytes: Uint8Array }[] = leakyFrames,
): void {
  const sender = new FrameSender(namespace.name, device);
  try {
    for (let i = 0; i < times; i++) {
      for (const { name, bytes } of from.slice(0, kinds)) {
        if (!sender.send(bytes)) throw new Error(`${device} did not take ${name}`);
      }
    }
  } finally {
    sender.close();
  }
}
