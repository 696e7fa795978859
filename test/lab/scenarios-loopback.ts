/** Captures taken on `lo`: everything that loops back where a packet socket can see it. */
import { once } from 'node:events';
import { type Lab, script } from './lab.js';
import type { Scenario } from './scenario.js';

const LO = { devices: ['lo'] };

export const loopbackScenarios: readonly Scenario[] = [
  {
    file: 'tcp-handshake-127.0.0.88-to-87.pcap',
    tap: LO,
    frames: 8,
    traffic: telnetToNetcat,
  },
  {
    file: 'ipv6-loopback.pcap',
    tap: { ...LO, nanoseconds: true },
    frames: [14, 15],
    async traffic({ host }) {
      await host.sh('ping -6 -c 1 ::1');
      await script(host, 'udp.py --to ::1 --receive ::1');
      // An IPv6 socket and a mapped address: plain IPv4 on the interface.
      await script(host, 'udp.py --mapped --to 127.0.0.1 --receive 127.0.0.1');
      await script(host, 'tcp.py exchange ::1');
    },
  },
  {
    file: 'fragments-lowered-mtu.pcap',
    tap: LO,
    frames: 6,
    setup: ({ host }) => host.sh('ip link set lo mtu 1500'),
    async traffic({ host }) {
      await script(host, 'udp.py --size 4000 --to 127.0.0.1 --receive 127.0.0.1');
      await script(host, 'udp.py --size 4000 --to ::1 --receive ::1');
    },
  },
  {
    file: 'super-frames-64-kib.pcap',
    tap: LO,
    frames: [12, 16],
    // Three times the 65,483 bytes that fit beside 52 of headers in an IPv4 datagram.
    traffic: ({ host }) => script(host, 'tcp.py bulk 127.0.0.1 127.0.0.1 196449'),
  },
  {
    file: 'big-tcp-ipv6.pcap.gz',
    tap: LO,
    frames: [12, 16],
    setup: ({ host }) => host.sh('ip link set lo gso_max_size 185000 gro_max_size 185000'),
    // Twice two segments of the 65,464 bytes that lo's MTU allows over IPv6.
    traffic: ({ host }) => script(host, 'tcp.py bulk ::1 ::1 261856'),
  },
  {
    file: 'udp-segmentation-offload.pcap',
    tap: LO,
    frames: 1,
    traffic: ({ host }) =>
      script(host, 'udp.py --size 12000 --segment 1200 --to 127.0.0.1 --receive 127.0.0.1 --expect 10'),
  },
  {
    file: 'offloaded-checksums.pcap',
    tap: { ...LO, nanoseconds: true },
    frames: [15, 16],
    async traffic({ host }) {
      await script(host, 'udp.py --to 127.0.0.1 --receive 127.0.0.1');
      await script(host, 'udp.py --to ::1 --receive ::1');
      await script(host, 'tcp.py exchange 127.0.0.1');
      await script(host, 'udp.py --no-checksum --to 127.0.0.1 --receive 127.0.0.1');
      await script(host, 'inject.py checksums');
    },
  },
  {
    file: 'tcp-reset.pcap',
    tap: LO,
    frames: 6,
    traffic: ({ host }) => script(host, 'tcp.py abort 127.0.0.1'),
  },
  {
    file: 'tcp-refused-on-ipv6-then-ipv4.pcap',
    tap: LO,
    frames: [8, 9],
    traffic: ({ host }) => script(host, 'tcp.py refused 127.0.0.1'),
  },
  {
    file: 'tcp-zero-window.pcap',
    tap: LO,
    frames: [12, 40],
    traffic: ({ host }) => script(host, 'tcp.py zero-window 127.0.0.1'),
  },
  {
    file: 'tcp-syn-retransmitted-full-backlog.pcap',
    tap: LO,
    frames: [16, 20],
    traffic: ({ host }) => script(host, 'tcp.py full-backlog 127.0.0.1'),
  },
  {
    file: 'icmp-echo-and-unreachable.pcap',
    tap: LO,
    frames: 8,
    async traffic({ host }) {
      await host.sh('ping -c 1 127.0.0.1');
      await host.sh('ping -6 -c 1 ::1');
      await script(host, 'udp.py --to 127.0.0.1');
      await script(host, 'udp.py --to ::1');
    },
  },
  {
    file: 'ping-127.127.127.127.pcap',
    tap: LO,
    frames: 4,
    traffic: ({ host }) => host.sh('ping -c 2 -i 0.2 127.127.127.127'),
  },
  {
    file: 'broadcast-copy-on-lo.pcap',
    tap: LO,
    frames: 2,
    async traffic({ host }) {
      await script(host, 'udp.py --to 127.255.255.255 --receive 0.0.0.0 --receive 127.255.255.255');
      await script(host, 'udp.py --device lo --to 255.255.255.255 --receive 0.0.0.0');
    },
  },
  {
    file: 'multicast-copy-on-lo.pcap',
    // Joining on lo reports the membership there.
    tap: { ...LO, filter: 'udp' },
    frames: 2,
    // lo has no route for IPv6 multicast, and one on lo that is not of type local means unreachable.
    setup: ({ host }) => host.sh('ip -6 route add local ff00::/8 dev lo table local'),
    async traffic({ host }) {
      await script(host, 'udp.py --multicast-device 127.0.0.1 --to 239.77.0.1 --receive 0.0.0.0');
      await script(host, 'udp.py --multicast-device lo --source ::1 --to ff01::77%lo --receive ::');
    },
  },
  {
    file: 'self-addressed.pcap',
    tap: LO,
    frames: 8,
    setup: ({ host }) => host.sh('ip address add 192.0.2.7/32 dev lo'),
    async traffic({ host }) {
      await host.sh('ping -c 1 10.77.0.1');
      await script(host, 'udp.py --to 192.0.2.7 --receive 192.0.2.7');
      await script(host, 'udp.py --to fd00:77::1 --receive fd00:77::1');
      await script(host, 'udp.py --to fe80::ff:fe00:1%eth0 --receive fe80::ff:fe00:1%eth0');
      // Both mixtures: the destination decides.
      await script(host, 'udp.py --source 127.0.0.1 --to 10.77.0.1 --receive 10.77.0.1');
      await script(host, 'udp.py --source 10.77.0.1 --to 127.0.0.1 --receive 127.0.0.1');
      await script(host, 'udp.py --to 0.0.0.0 --receive 0.0.0.0');
    },
  },
  {
    file: 'stray-on-lo.pcap',
    tap: LO,
    frames: 2,
    // IPv4 only: a plain IPv6 route on lo means unreachable, and nothing is sent.
    setup: ({ host }) => host.sh('ip route add 203.0.113.0/24 dev lo'),
    async traffic({ host }) {
      await script(host, 'udp.py --to 203.0.113.9');
      await script(host, 'udp.py --source 127.0.0.1 --to 203.0.113.9');
    },
  },
  {
    file: 'undecoded-snaplen-24.pcap',
    tap: { ...LO, snapLen: 24 },
    frames: 3,
    traffic: bothFamilies,
  },
  {
    file: 'undecoded-ipv6-snaplen-40.pcap',
    tap: { ...LO, snapLen: 40 },
    frames: 3,
    traffic: bothFamilies,
  },
];

/** `nc -l -s 127.0.0.87` and `telnet -b 127.0.0.88`: two addresses of 127/8 that no interface lists. */
async function telnetToNetcat({ host }: Lab): Promise<void> {
  const server = await host.start(/Listening/, 'nc', '-n', '-v', '-l', '-s', '127.0.0.87', '-p', '8087');
  const client = await host.start(/Connected/, 'telnet', '-b', '127.0.0.88', '127.0.0.87', '8087');
  const heard = once(server.stdout!, 'data');
  client.stdin!.write('hello\n');
  await heard;
  const closed = once(client, 'close');
  client.stdin!.end();
  server.stdin!.end();
  await closed;
}

async function bothFamilies({ host }: Lab): Promise<void> {
  await host.sh('ping -c 1 127.0.0.1');
  await script(host, 'udp.py --to ::1 --receive ::1');
}
