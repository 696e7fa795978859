import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { toBatchFilter } from '../../src/filter/to-javascript.js';
import { emptyHost, hostOfAddresses } from '../../src/host/host-model.js';
import { tunnelsOf } from '../../src/host/udp-tunnels.js';
import { describeLeak } from '../../src/verify/describe-leak.js';
import { findLeak } from '../../src/verify/find-leak.js';
import { Header, LeakWalk, Outcome } from '../../src/verify/leak-walk.js';
import { programReach, suspectProgram } from '../../src/verify/suspect-filter.js';
import { check } from '../capture/property.js';
import { labTest, open } from '../capture/ring-lab.js';
import { batchOf, udpPacket } from '../classify/frames.js';
import * as build from '../decode/frame-builder.js';
import { anyWrapped } from './any-wrapped.js';
import { onSll, onSll2, onSll2AsSent, onSll2WithTag } from './cooked-frames.js';
import { leakKinds } from './leak-kinds.js';
import { frame, innocentFrames, leakyFrames, tagged, vxlan } from './wrapped-frames.js';
import { over } from './wrappers.js';

const ownAddresses = ['10.77.0.1/30', '192.0.2.7/24', 'fd00:77::1/64', 'fe80::1/64'];
const host = { ...hostOfAddresses('given', ownAddresses), udpTunnels: new Map([[5555, 'vxlan' as const]]) };
const decoded = [
  LinkType.ethernet,
  LinkType.raw,
  LinkType.linuxSll,
  LinkType.linuxSll2,
  LinkType.null,
  LinkType.loop,
  LinkType.ipv4,
  LinkType.ipv6,
];

const cookedLinks = [
  ['LINUX_SLL', LinkType.linuxSll, Header.sll, onSll],
  ['LINUX_SLL2', LinkType.linuxSll2, Header.sll2, onSll2],
  ['LINUX_SLL2 with its outermost tag', LinkType.linuxSll2, Header.sll2, onSll2WithTag],
  ['LINUX_SLL2 as sent by a packet socket', LinkType.linuxSll2, Header.sll2, onSll2AsSent],
] as const;

const program = toBatchFilter(suspectProgram(LinkType.ethernet, host));

/** Indices of the frames that the program lets through. */
function selected(frames: readonly Uint8Array[]): number[] {
  const batch = batchOf(
    frames.map((bytes) => ({ bytes })),
    LinkType.ethernet,
  );
  const found = new Uint32Array(frames.length);
  return [...found.subarray(0, program(batch, found))];
}

test('every frame that leaks is let through', (t) => {
  const leaking = [...leakyFrames, ...leakKinds];
  const through = selected(leaking.map(({ bytes }) => bytes));
  t.deepEqual(
    leaking.filter((_, i) => !through.includes(i)).map(({ name }) => name),
    [],
  );
});

for (const [name, linkType, first, onLink] of cookedLinks) {
  const suspects = toBatchFilter(suspectProgram(linkType, emptyHost));
  const isLetThrough = (bytes: Uint8Array): boolean =>
    suspects(batchOf([{ bytes }], linkType), new Uint32Array(1)) === 1;

  test(`every frame that leaks is let through and found in ${name}, with its sender`, (t) => {
    const walk = new LeakWalk();
    const missed = leakKinds.filter(({ bytes }) => {
      const cooked = onLink(bytes);
      const outcome = findLeak(new DataView(cooked.buffer), 0, cooked.length, false, first, walk);
      const isFound = outcome === Outcome.leak && /from 02:00:00:00:00:01$/.test(describeLeak(walk));
      return !isFound || !isLetThrough(cooked);
    });
    t.deepEqual(
      missed.map(({ name: kind }) => kind),
      [],
    );
  });

  test(`where the walk finds a leak in ${name}, the program has let it through`, async (t) => {
    const walk = new LeakWalk();
    await check(
      t,
      fc.property(
        anyWrapped,
        fc.array(fc.tuple(fc.nat(110), fc.nat(255)), { maxLength: 2 }),
        (bytes, changes) => {
          const cooked = onLink(bytes);
          for (const [at, value] of changes) if (at < cooked.length) cooked[at] = value;
          const outcome = findLeak(new DataView(cooked.buffer), 0, cooked.length, false, first, walk);
          return outcome !== Outcome.leak || isLetThrough(cooked);
        },
      ),
      5000,
    );
  });
}

test('a tag that is left where the packet should stand is known whatever its priority', (t) => {
  const packets = [
    [0x0800, udpPacket('127.0.0.1', '10.9.0.77')],
    [0x86dd, udpPacket('::1', 'fd00:9::77')],
    [0x0806, build.arp({ target: '127.0.0.1' })],
  ] as const;
  const walk = new LeakWalk();
  const suspects = toBatchFilter(suspectProgram(LinkType.linuxSll2, emptyHost));
  for (const [etherType, payload] of packets) {
    for (let priority = 0; priority < 8; priority++) {
      const inner = build.vlan({ priority, id: 0x500, etherType, payload });
      const bytes = onSll2(frame(build.vlan({ id: 9, etherType: 0x8100, payload: inner }), 0x88a8));
      const outcome = findLeak(new DataView(bytes.buffer), 0, bytes.length, false, Header.sll2, walk);
      t.is(outcome, Outcome.leak, `${etherType} with priority ${priority}`);
      t.is(suspects(batchOf([{ bytes }], LinkType.linuxSll2), new Uint32Array(1)), 1);
    }
  }
});

test('ordinary frames are refused, so that a busy interface costs little', (t) => {
  const ordinary = [
    udpPacket('10.77.0.1', '10.77.0.2'),
    udpPacket('10.77.0.2', '10.77.0.1', 53, 40000),
    udpPacket('fd00:77::1', 'fd00:77::2'),
    build.ipv4({ source: '10.77.0.1', destination: '10.77.0.2', protocol: 6, payload: build.tcp() }),
    build.ipv4({ source: '10.77.0.1', destination: '10.77.0.2', protocol: 1, payload: build.icmp() }),
    build.ipv6({ source: 'fd00:77::1', destination: 'fd00:77::2', nextHeader: 6, payload: build.tcp() }),
    build.ipv6({
      source: 'fe80::1',
      destination: 'ff02::1',
      nextHeader: 58,
      payload: build.icmpv6({ type: 135 }),
    }),
  ];
  t.deepEqual(selected(ordinary.map((packet) => frame(packet))), []);
  t.deepEqual(selected(ordinary.map((packet) => tagged(packet, 3))), []);
  t.deepEqual(selected([frame(build.arp(), 0x0806)]), []);
  const dns = innocentFrames.find(({ name }) => name.startsWith('a DNS answer'))!;
  t.deepEqual(selected([dns.bytes]), []);
});

test('a datagram from an own address to an own address is let through, in either version', (t) => {
  const pairs = [
    udpPacket('10.77.0.1', '192.0.2.7'),
    udpPacket('fd00:77::1', 'fe80::1'),
    udpPacket('10.77.0.1', '192.0.2.8'),
  ];
  t.deepEqual(selected(pairs.map((packet) => frame(packet))), [0, 1]);
  t.deepEqual(selected(pairs.map((packet) => tagged(packet, 3))), [0, 1]);
});

test('where the walk finds a leak in a whole frame, the program has let it through', async (t) => {
  const walk = new LeakWalk();
  walk.udpTunnels = tunnelsOf(host.udpTunnels);
  const changed = fc
    .tuple(
      fc.oneof(
        fc.constantFrom(...leakyFrames, ...innocentFrames).map(({ bytes }) => bytes),
        anyWrapped,
      ),
      fc.array(fc.tuple(fc.nat(110), fc.nat(255)), { maxLength: 3 }),
    )
    .map(([bytes, changes]) => {
      const copy = bytes.slice();
      for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
      return copy;
    });
  await check(
    t,
    fc.property(changed, (bytes) => {
      const outcome = findLeak(new DataView(bytes.buffer), 0, bytes.length, false, Header.ethernet, walk);
      return outcome !== Outcome.leak || selected([bytes]).length === 1;
    }),
    20_000,
  );
});

test('programs stay short and within reach for every link type, whatever the number of own addresses', (t) => {
  const many = hostOfAddresses(
    'given',
    Array.from({ length: 256 }, (_, i) => [`10.1.${i}.7/24`, `fd00:1:${i}::7/64`]).flat(),
  );
  for (const linkType of decoded) {
    t.true(suspectProgram(linkType, emptyHost).length <= 250, `${linkType}`);
    const long = suspectProgram(linkType, many);
    t.true(long.length <= 2000, `${linkType}: ${long.length}`);
    const loads = long.filter(({ code }) => (code & 7) === 0 && (code & 0xe0) === 0x20);
    t.true(
      loads.every(({ k }) => k + 4 <= programReach),
      `${linkType}`,
    );
  }
});

test('what a tunnel of the host carries is let through, however many ports its tunnels have', (t) => {
  const to = (port: number): Uint8Array =>
    frame(over(17, vxlan(frame(udpPacket('127.0.0.1', '10.9.0.77')), port)));
  for (const count of [1, 16, 17, 1000]) {
    const ports = Array.from({ length: count }, (_, i) => 20_000 + 3 * i);
    const udpTunnels = new Map(ports.map((port) => [port, 'vxlan' as const]));
    const instructions = suspectProgram(LinkType.ethernet, { ...host, udpTunnels });
    t.true(instructions.length <= 450, `${count}: ${instructions.length}`);
    const filter = toBatchFilter(instructions);
    const frames = [...ports, 19_999, 23_000, 4789].map((port) => ({ bytes: to(port) }));
    const found = new Uint32Array(frames.length);
    const through = found.subarray(0, filter(batchOf(frames, LinkType.ethernet), found));
    t.deepEqual([...through], [...ports.keys(), count + 2], `${count}`);
  }
});

labTest('the kernel takes the programs, on Ethernet and on a tunnel', async (t, lab) => {
  await lab.sh('ip link add v0 type veth peer name v1');
  await lab.sh('ip tuntap add t0 mode tun');
  for (const name of ['v0', 'v1', 't0']) await lab.sh(`ip link set ${name} up`);
  const many = hostOfAddresses(
    'given',
    Array.from({ length: 200 }, (_, i) => `10.1.${i}.7/24`),
  );
  for (const name of ['v0', 't0']) {
    const source = await open(lab, {
      interfaces: [name],
      program: (linkType) => suspectProgram(linkType, host),
    });
    source.replaceProgram((linkType) => suspectProgram(linkType, many));
    await source.close();
  }
  t.pass();
});
