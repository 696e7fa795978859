/** Captures taken on the host's veth, where loopback traffic must never be, and on `lo` and the veth together. */
import { HOST_MAC, type Lab, NEIGHBOUR_MAC, script, startScript } from './lab.js';
import { nft } from './nft.js';
import type { Scenario } from './scenario.js';

const ETH0 = { devices: ['eth0'] };

export const wireScenarios: readonly Scenario[] = [
  {
    file: 'external-arp-and-ping.pcap',
    tap: { ...ETH0, filter: 'arp or icmp or udp' },
    frames: 6,
    async traffic({ host, neighbour }) {
      await host.sh('ping -c 1 10.77.0.2');
      await startScript(neighbour, 'udp.py --wait --to 10.77.0.2 --receive 10.77.0.2');
      await script(host, 'udp.py --reply --to 10.77.0.2');
    },
  },
  {
    file: 'cast-original-with-local-receiver.pcap',
    tap: { ...ETH0, filter: 'udp' },
    frames: 4,
    async traffic({ host }) {
      await script(host, 'udp.py --device eth0 --to 255.255.255.255 --receive 0.0.0.0');
      await script(host, 'udp.py --to 10.77.0.3 --receive 0.0.0.0');
      await script(host, 'udp.py --multicast-device eth0 --to 239.77.0.1 --receive 0.0.0.0');
      await script(host, 'udp.py --multicast-device eth0 --to ff02::77%eth0 --receive ::');
    },
  },
  {
    file: 'nflog-copies.pcap',
    tap: { devices: ['nflog:5'] },
    frames: 5,
    async setup({ host }) {
      const hook = '{ type filter hook prerouting priority raw; }';
      await host.run(nft, 'add', 'table', 'inet', 'lab');
      await host.run(nft, 'add', 'chain', 'inet', 'lab', 'taps', hook);
      const rule = ['add', 'rule', 'inet', 'lab', 'taps'];
      const isCopy = 'iif != lo fib saddr type local meta pkttype { broadcast, multicast }';
      await host.run(nft, ...rule, ...isCopy.split(' '), 'log', 'prefix', '"loscope copy"', 'group', '5');
      await host.run(nft, ...rule, ...'iif lo udp dport 5000 log group 5'.split(' '));
    },
    async traffic({ host }) {
      await script(host, 'udp.py --device eth0 --to 255.255.255.255 --receive 0.0.0.0');
      await script(host, 'udp.py --to 10.77.0.3 --receive 0.0.0.0');
      await script(host, 'udp.py --multicast-device eth0 --to 239.77.0.1 --receive 0.0.0.0');
      await script(host, 'udp.py --multicast-device eth0 --to ff02::77%eth0 --receive ::');
      await script(host, 'udp.py --to 127.0.0.1 --receive 127.0.0.1');
    },
  },
  {
    file: 'leak-egress-route-localnet.pcap',
    tap: { ...ETH0, filter: 'arp or udp' },
    frames: 4,
    async setup({ host, neighbour }) {
      await host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
      // Without them the neighbour does not answer an ARP request whose sender is a martian.
      await neighbour.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
      await neighbour.sysctl('net.ipv4.conf.eth0.accept_local', 1);
    },
    traffic: ({ host }) => script(host, 'udp.py --source 127.0.0.1 --to 10.77.0.2 --count 2'),
  },
  {
    file: 'leak-egress-lost-local-route.pcapng',
    tap: { ...ETH0, filter: 'udp', tool: 'dumpcap' },
    frames: 2,
    async setup({ host }) {
      await host.sh('ip route del local 127.0.0.0/8 table local');
      await host.sh('ip route add 127.0.0.0/8 via 10.77.0.2');
    },
    traffic: ({ host }) => script(host, 'udp.py --to 127.0.0.5 --count 2'),
  },
  {
    file: 'leak-ingress-cve-2020-8558.pcap',
    tap: { ...ETH0, filter: 'udp' },
    frames: 3,
    async setup({ host, neighbour }) {
      await host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
      // The attacker's own kernel must let 127.0.0.1 out and in: no local route, no martian check, any source.
      await neighbour.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
      await neighbour.sysctl('net.ipv4.conf.eth0.accept_local', 1);
      await neighbour.sysctl('net.ipv4.ip_nonlocal_bind', 1);
      await neighbour.sh('ip route del local 127.0.0.1 table local');
      await neighbour.sh('ip route del local 127.0.0.0/8 table local');
      await neighbour.sh('ip route add 127.0.0.1 via 10.77.0.1');
    },
    async traffic({ host, neighbour }) {
      await startScript(host, 'udp.py --wait --to 127.0.0.1 --receive 127.0.0.1');
      await script(neighbour, 'udp.py --source 10.77.0.2 --to 127.0.0.1 --reply');
      await script(neighbour, 'udp.py --source 127.0.0.1 --to 10.77.0.1');
    },
  },
  {
    file: 'leak-ingress-ipv6.pcap',
    tap: { ...ETH0, filter: 'udp' },
    frames: 3,
    traffic: ({ neighbour }) => script(neighbour, `inject.py ipv6 eth0 ${HOST_MAC}`),
  },
  {
    file: 'hairpin-router-pings-itself.pcap',
    tap: { ...ETH0, filter: 'icmp' },
    frames: 10,
    setup: loseOwnRoute,
    async traffic({ host }) {
      await host.sh('ping -c 1 10.77.0.2');
      await host.sh('ping -c 2 -i 0.2 10.77.0.1');
    },
  },
  {
    file: 'any-sll2.pcap',
    tap: { devices: ['any'], linkType: 'LINUX_SLL2', filter: 'arp or icmp or udp' },
    frames: 10,
    setup: settledNeighbours,
    traffic: everyWay,
  },
  {
    file: 'any-sll.pcap',
    tap: { devices: ['any'], linkType: 'LINUX_SLL', filter: 'arp or icmp or udp' },
    frames: 10,
    setup: settledNeighbours,
    traffic: everyWay,
  },
  {
    file: 'two-interfaces-lo-and-eth0.pcapng',
    tap: { devices: ['lo', 'eth0'], tool: 'dumpcap', filter: 'arp or icmp or udp' },
    frames: 10,
    setup: settledNeighbours,
    traffic: everyWay,
  },
];

/**
 * The router that reaches its own address only through its neighbour. What goes out finds no local route and takes
 * the one by the neighbour; what comes in on eth0 finds the address in a table of its own and is delivered.
 */
export async function loseOwnRoute({ host, neighbour }: Lab): Promise<void> {
  for (const device of ['all', 'eth0']) {
    await host.sysctl(`net.ipv4.conf.${device}.rp_filter`, 0);
    await host.sysctl(`net.ipv4.conf.${device}.accept_local`, 1);
    await neighbour.sysctl(`net.ipv4.conf.${device}.rp_filter`, 0);
    // The neighbour would rightly tell the router of the shorter way.
    await neighbour.sysctl(`net.ipv4.conf.${device}.send_redirects`, 0);
  }
  await neighbour.sysctl('net.ipv4.ip_forward', 1);
  await host.sh('ip route add local 10.77.0.1 dev eth0 table 100');
  await host.sh('ip rule add pref 10 iif eth0 lookup 100');
  await host.sh('ip route del local 10.77.0.1 table local');
  await host.sh('ip route add 10.77.0.1 via 10.77.0.2 dev eth0');
}

/** Known MAC addresses on both ends: no ARP but the one asked for. */
async function settledNeighbours({ host, neighbour }: Lab): Promise<void> {
  await host.sh(`ip neigh replace 10.77.0.2 lladdr ${NEIGHBOUR_MAC} dev eth0 nud permanent`);
  await neighbour.sh(`ip neigh replace 10.77.0.1 lladdr ${HOST_MAC} dev eth0 nud permanent`);
  await host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
}

/** One of each: loopback, broadcast and multicast copy, self-addressed, external, cast original, leak. */
async function everyWay({ host }: Lab): Promise<void> {
  await script(host, 'udp.py --to 127.0.0.1 --receive 127.0.0.1');
  await script(host, 'udp.py --to ::1 --receive ::1');
  await script(host, 'udp.py --to 127.255.255.255 --receive 0.0.0.0');
  await script(host, 'udp.py --multicast-device 127.0.0.1 --to 239.77.0.1 --receive 0.0.0.0');
  await script(host, 'udp.py --to 10.77.0.1 --receive 10.77.0.1');
  await host.sh('ping -c 1 10.77.0.2');
  await script(host, 'udp.py --to 10.77.0.3 --receive 0.0.0.0');
  await script(host, 'udp.py --multicast-device eth0 --to 239.77.0.1 --receive 0.0.0.0');
  await script(host, 'udp.py --source 127.0.0.1 --to 10.77.0.2');
}
