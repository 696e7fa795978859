import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { toBatchFilter } from '../../src/filter/to-javascript.js';
import { formatIpv4, formatIpv6 } from '../../src/format/address.js';
import { HostLookup } from '../../src/host/host-lookup.js';
import { emptyHost, type HostModel, parsePrefix } from '../../src/host/host-model.js';
import { suspectProgram } from '../../src/verify/suspect-filter.js';
import { check } from '../capture/property.js';
import { labTest, open } from '../capture/ring-lab.js';
import { batchOf, udpPacket } from '../classify/frames.js';
import * as build from '../decode/frame-builder.js';
import { frame, tagged } from './wrapped-frames.js';

function hostOf(prefixes: readonly string[]): HostModel {
  return { ...emptyHost, origin: 'live', local: prefixes.flatMap((text) => parsePrefix(text) ?? []) };
}

/** Indices of the frames that are let through. */
function selected(
  host: HostModel,
  frames: readonly Uint8Array[],
  linkType: LinkType,
  most?: number,
): number[] {
  const found = new Uint32Array(frames.length);
  const program = toBatchFilter(suspectProgram(linkType, host, most));
  const count = program(
    batchOf(
      frames.map((bytes) => ({ bytes })),
      linkType,
    ),
    found,
  );
  return [...found.subarray(0, count)];
}

/** Few numbers, so that many addresses touch, or differ in one word alone. */
const ipv4 = fc
  .tuple(fc.constantFrom(0x0a010000, 0x0a020000, 0xc0a80000, 0xfffffff0), fc.nat(40))
  .map(([net, n]) => net + n);
const ipv4Text = ipv4.map((address) => formatIpv4(address | 0));
const word = fc.constantFrom(0, 1, 2, 0xfe800000, 0xffffffff, 0x0242acff);
const ipv6Text = fc.tuple(fc.constantFrom(0xfd000077, 0xfe800000), word, word, word).map((words) => {
  const view = new DataView(new ArrayBuffer(16));
  for (const [i, each] of words.entries()) view.setUint32(4 * i, each);
  return formatIpv6(view, 0);
});
const anyHost = fc.record({
  ipv4: fc.array(fc.tuple(ipv4Text, fc.constantFrom(32, 32, 32, 31, 28, 16)), { maxLength: 60 }),
  ipv6: fc.array(fc.tuple(ipv6Text, fc.constantFrom(128, 128, 128, 127, 96, 64, 40)), { maxLength: 60 }),
});

const onLinks: [LinkType, (packet: Uint8Array) => Uint8Array][] = [
  [LinkType.ethernet, (packet) => frame(packet)],
  [LinkType.ethernet, (packet) => tagged(packet, 7)],
  [LinkType.raw, (packet) => packet],
  [
    LinkType.linuxSll2,
    (packet) => build.concat([build.sll2({ protocol: packet[0] >> 4 === 6 ? 0x86dd : 0x0800 }), packet]),
  ],
];

test('a datagram between own addresses is let through, however short the program must be', async (t) => {
  await check(
    t,
    fc.property(
      anyHost,
      fc.array(fc.oneof(fc.tuple(ipv4Text, ipv4Text), fc.tuple(ipv6Text, ipv6Text)), {
        minLength: 1,
        maxLength: 30,
      }),
      fc.constantFrom(...onLinks),
      fc.constantFrom(0, 250, 300, 400, 2000),
      (addresses, pairs, [linkType, onLink], most) => {
        const prefixes = [...addresses.ipv4, ...addresses.ipv6].map(
          ([address, prefixLen]) => `${address}/${prefixLen}`,
        );
        const host = hostOf(prefixes);
        // Own to own among them, whatever else there is.
        const own = [...addresses.ipv4, ...addresses.ipv6].map(([address]) => address);
        const all = [
          ...pairs,
          ...own.flatMap((each) => own.slice(0, 3).map((other): [string, string] => [each, other])),
        ];
        const wanted = all.filter(
          ([a, b]) => a.includes(':') === b.includes(':') && isOwn(host, a) && isOwn(host, b),
        );
        const frames = wanted.map(([a, b]) => onLink(udpPacket(a, b)));
        return frames.length === 0 || selected(host, frames, linkType, most).length === frames.length;
      },
    ),
    300,
  );
});

function isOwn(host: HostModel, address: string): boolean {
  const lookup = new HostLookup(host);
  const { bytes } = parsePrefix(address)!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return bytes.length === 4 ? lookup.isOwnIpv4(view.getInt32(0)) : lookup.isOwnIpv6(view, 0);
}

test('of IPv4, nothing else is let through while the program is long enough', async (t) => {
  await check(
    t,
    fc.property(anyHost, fc.array(fc.tuple(ipv4Text, ipv4Text), { minLength: 1 }), (addresses, pairs) => {
      const host = hostOf(addresses.ipv4.map(([address, prefixLen]) => `${address}/${prefixLen}`));
      const through = selected(
        host,
        pairs.map(([a, b]) => frame(udpPacket(a, b))),
        LinkType.ethernet,
      );
      const wanted = pairs.flatMap(([a, b], i) => (isOwn(host, a) && isOwn(host, b) ? [i] : []));
      return through.join() === wanted.join();
    }),
    300,
  );
});

test('datagrams that end with their header are asked for their addresses all the same', (t) => {
  const host = hostOf(['10.77.0.1', '192.0.2.7', 'fd00:77::1', 'fe80::1']);
  const bare = [
    frame(
      build.ipv4({ source: '10.77.0.1', destination: '192.0.2.7', protocol: 1, payload: new Uint8Array(0) }),
    ),
    frame(
      build.ipv6({
        source: 'fd00:77::1',
        destination: 'fe80::1',
        nextHeader: 58,
        payload: new Uint8Array(0),
      }),
    ),
    frame(
      build.ipv4({ source: '10.77.0.1', destination: '192.0.2.8', protocol: 1, payload: new Uint8Array(0) }),
    ),
  ];
  t.deepEqual(selected(host, bare, LinkType.ethernet), [0, 1]);
});

/** As a host of containers has them: scattered, in either version. */
const ofContainers = Array.from({ length: 300 }, (_, i) => [
  `10.${(i * 7) % 250}.${(i * 37) % 250}.1`,
  `fe80::${((i * 7919) % 65536).toString(16)}:acff:fe${(16 + i).toString(16).slice(-2)}:${(i * 5).toString(16)}`,
]).flat();

test('of 300 addresses in each version every pair is let through, and their neighbours are not', (t) => {
  const host = hostOf(ofContainers);
  const [first, first6] = ofContainers;
  const [last, last6] = ofContainers.slice(-2);
  const beside = (address: string): string => address.replace(/1$/, '2');
  const pairs: [string, string][] = [
    [first, last],
    [last, first],
    [first6, last6],
    [last6, first6],
    [first, beside(last)],
    [beside(first), last],
    [first6, 'fe80::1:2:3:4'],
  ];
  const frames = pairs.map(([a, b]) => frame(udpPacket(a, b)));
  t.deepEqual(selected(host, frames, LinkType.ethernet), [0, 1, 2, 3]);
  t.log(`${suspectProgram(LinkType.ethernet, host).length} instructions`);
});

test('programs are as long as they may be at most, whatever the number of addresses', (t) => {
  const many = hostOf(
    Array.from({ length: 5000 }, (_, i) => [
      `10.${i % 256}.${(i * 7) % 256}.${(i * 37) % 256}`,
      `fd00:${i}::${i}:7`,
    ]).flat(),
  );
  for (const linkType of [LinkType.ethernet, LinkType.raw, LinkType.linuxSll2]) {
    t.true(suspectProgram(linkType, many).length <= 2000);
    t.true(suspectProgram(linkType, many, 850).length <= 850);
  }
});

labTest(
  'programs for 300 addresses follow each other where the kernel gives a socket little memory',
  async (t, lab) => {
    await lab.sh('ip link add v0 type veth peer name v1');
    for (const name of ['v0', 'v1']) await lab.sh(`ip link set ${name} up`);
    // Where a namespace has none of its own, the kernel is one that gives no more.
    await lab.run('sh', '-c', 'sysctl -qw net.core.optmem_max=20480 || true');
    const [host, next] = [
      hostOf(ofContainers),
      hostOf(ofContainers.map((each) => each.replace(/^10/, '192'))),
    ];
    const most = Math.floor(20_480 / 24);
    const source = open(lab, {
      interfaces: ['v0'],
      program: (linkType) => suspectProgram(linkType, host, most),
    });
    source.replaceProgram((linkType) => suspectProgram(linkType, next, most));
    source.replaceProgram((linkType) => suspectProgram(linkType, host, most));
    await source.close();
    t.pass();
  },
);
