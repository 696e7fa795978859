/**
 * Traffic of a host that nothing leaks from, a round of it at a time: by real sockets, and what they do not send by
 * packet sockets, both ways.
 *
 *     neighbour 10.77.0.2 ──────── 10.77.0.1  host  10.78.0.1 ── jumbo frames ── 10.78.0.2  far
 *               fd00:77::2        fd00:77::1  routes  fd00:78::1                fd00:78::2
 *               10.79.0.2 ─ VXLAN ─ 10.79.0.1
 */
import { FrameSender } from '../../src/capture/frame-sender.js';
import { incoming } from '../verify/leak-kinds.js';
import { ordinaryFrames } from '../verify/ordinary-frames.js';
import { type Lab, makeLab, script, startScript } from './lab.js';
import { makeNamespace, type Namespace } from './netns.js';

export interface Site extends Lab {
  readonly far: Namespace;
}

/** An address that the host has only now and then, and another host in between. */
const moving = '10.78.0.9';
/** How often each frame is sent in a round. */
const repeats = 10;

export async function makeSite(): Promise<Site> {
  const lab = await makeLab();
  const { host, neighbour } = lab;
  const far = await makeNamespace();
  await host.sh(`ip link add eth1 mtu 9000 type veth peer name eth0 mtu 9000 netns ${far.name}`);
  for (const [namespace, device, n] of [[host, 'eth1', 1] as const, [far, 'eth0', 2] as const]) {
    await namespace.sh(`ip link set ${device} up`);
    await namespace.sh(`ip address add 10.78.0.${n}/24 brd + dev ${device}`);
    await namespace.sh(`ip address add fd00:78::${n}/64 dev ${device} nodad`);
  }
  for (const [namespace, n, other] of [[host, 1, 2] as const, [neighbour, 2, 1] as const]) {
    const ends = `local 10.77.0.${n} remote 10.77.0.${other}`;
    await namespace.sh(`ip link add vxlan7 type vxlan id 7 ${ends} dstport 4789`);
    await namespace.sh(`ip address add 10.79.0.${n}/24 dev vxlan7`);
    await namespace.sh('ip link set vxlan7 up');
  }
  for (const namespace of [host, neighbour, far]) {
    // Every error is sent, not one a second.
    await namespace.sh('sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0');
  }
  await host.sysctl('net.ipv4.ip_forward', 1);
  await host.sysctl('net.ipv6.conf.all.forwarding', 1);
  await neighbour.sh('ip route add default via 10.77.0.1');
  await neighbour.sh('ip -6 route add default via fd00:77::1');
  await far.sh('ip route add 10.77.0.0/24 via 10.78.0.1');
  await far.sh('ip route add fd00:77::/64 via fd00:78::1');
  await startScript(host, 'ordinary.py serve 10.77.0.1 fd00:77::1 10.78.0.1 127.0.0.1 ::1');
  await startScript(neighbour, 'ordinary.py serve 10.77.0.2 fd00:77::2 10.79.0.2');
  await startScript(far, 'ordinary.py serve 10.78.0.2 fd00:78::2');
  return {
    ...lab,
    far,
    remove: () => {
      lab.remove();
      far.remove();
    },
  };
}

interface Ingredient {
  readonly title: string;
  readonly play: (site: Site) => Promise<unknown>;
}

/** DNS, HTTP and TLS payloads that name loopback, fragments that each begin like a datagram of loopback, ICMP errors. */
export const ingredients: readonly Ingredient[] = [
  {
    title: 'the host asks its neighbours, itself, and through a tunnel',
    play: ({ host }) =>
      script(
        host,
        'ordinary.py ask 10.77.0.2 fd00:77::2 10.79.0.2 10.78.0.2 fd00:78::2 127.0.0.1 ::1 10.77.0.1',
      ),
  },
  {
    title:
      'it routes, with the TTL lowered and some too big for the next wire, and is asked by another interface',
    async play({ neighbour, far }) {
      await far.sh('ip route flush cache');
      await far.sh('ip -6 route flush cache');
      await script(neighbour, 'ordinary.py ask 10.78.0.2 fd00:78::2 10.78.0.1 fd00:77::1');
    },
  },
  {
    title: 'TTLs that end and a datagram to nobody: errors quote them',
    async play({ neighbour }) {
      await unanswered(neighbour, 'ping -c 1 -W 0.2 -t 1 10.78.0.2');
      await unanswered(neighbour, 'ping -c 1 -W 0.2 -t 1 fd00:78::2');
      await unanswered(neighbour, 'ping -c 1 -W 0.2 10.99.0.1');
    },
  },
  { title: 'jumbo frames', play: ({ host }) => host.sh('ping -c 1 -s 8900 10.78.0.2') },
  {
    title: 'mDNS, SSDP and broadcasts, own ones and others',
    play: ({ host, neighbour }) =>
      Promise.all([
        script(host, 'ordinary.py cast 10.77.0.1'),
        script(neighbour, 'ordinary.py cast 10.77.0.2'),
      ]),
  },
  {
    title: 'ARP and neighbour discovery from the beginning',
    async play({ host }) {
      await host.sh('ip neigh flush dev eth0');
      await host.sh('ping -c 1 10.77.0.2');
      await host.sh('ping -c 1 fd00:77::2');
    },
  },
  {
    title: 'an own address comes, is used, goes, and is another host’s at once',
    async play({ host, far }) {
      await host.sh(`ip address add ${moving}/24 dev eth1`);
      await script(host, `ordinary.py ask 10.78.0.2 --from ${moving}`);
      await far.sh(`ping -c 1 ${moving}`);
      await host.sh(`ip address del ${moving}/24 dev eth1`);
      await far.sh(`ip address add ${moving}/24 dev eth0`);
      await host.sh(`ping -c 1 ${moving}`);
      await far.sh(`ip address del ${moving}/24 dev eth0`);
      await host.sh('ip neigh flush dev eth1');
      await far.sh('ip neigh flush dev eth0');
    },
  },
  {
    title: 'every ordinary frame, both ways',
    async play({ host, neighbour }) {
      const out = new FrameSender(host.name, 'eth0');
      const back = new FrameSender(neighbour.name, 'eth0');
      for (let i = 0; i < repeats; i++) {
        for (const { name, bytes } of ordinaryFrames) {
          if (!out.send(bytes) || !back.send(incoming(bytes))) throw new Error(`eth0 did not take ${name}`);
        }
      }
      out.close();
      back.close();
    },
  },
];

/** A ping that nobody answers, which is not one that could not be sent. */
async function unanswered(namespace: Namespace, line: string): Promise<void> {
  const said = await namespace.sh(line).catch((error: Error) => error.message);
  if (!said.includes('100% packet loss')) throw new Error(`${line}: ${said}`);
}
