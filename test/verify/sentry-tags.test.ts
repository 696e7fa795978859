/**
 * The socket for interfaces that come sees leaks behind any VLAN tags, which kernels tell it of in several ways
 * (capture/cooked-protocol.ts).
 */
import { FrameSender } from '../../src/capture/frame-sender.js';
import { NamespaceLook } from '../../src/capture/namespace-look.js';
import { Detector } from '../../src/verify/detector.js';
import { Ledger } from '../../src/verify/ledger.js';
import { OwnHost } from '../../src/verify/own-host.js';
import { Sentry } from '../../src/verify/sentry.js';
import { liveTest } from '../capture/ring-lab.js';
import { udpPacket } from '../classify/frames.js';
import * as build from '../decode/frame-builder.js';
import { makeLab } from '../lab/lab.js';
import { frame } from './wrapped-frames.js';

const leak = udpPacket('127.0.0.1', '10.9.0.77');

/** A frame with tags of these types, outermost first. */
function taggedBy(types: readonly number[], etherType: number, packet: Uint8Array): Uint8Array {
  let payload = packet;
  let type = etherType;
  for (const each of [...types].reverse()) {
    payload = build.vlan({ id: 5, etherType: type, payload });
    type = each;
  }
  return frame(payload, type);
}

const inTags: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ...[
    [0x8100],
    [0x88a8, 0x8100],
    [0x8100, 0x8100],
    [0x8100, 0x9100],
    [0x9100, 0x8100],
    [0x88a8, 0x8100, 0x8100],
    [0x88a8, 0x8100, 0x9100],
    Array.from({ length: 10 }, () => 0x8100),
  ].map((types): [string, Uint8Array] => [
    types.map((each) => each.toString(16)).join(' '),
    taggedBy(types, 0x0800, leak),
  ]),
  ['two tags and IPv6', taggedBy([0x88a8, 0x8100], 0x86dd, udpPacket('::1', 'fd00:9::77'))],
  ['two tags and ARP', taggedBy([0x88a8, 0x8100], 0x0806, build.arp({ target: '127.0.0.1' }))],
  ['a tag and SNAP', taggedBy([0x8100], 8 + leak.length, build.snap({ payload: leak }))],
  ['two tags and SNAP', taggedBy([0x88a8, 0x8100], 8 + leak.length, build.snap({ payload: leak }))],
];

for (const direction of ['in', 'out'] as const) {
  liveTest(
    `leaks behind any VLAN tags are seen, ${direction === 'in' ? 'incoming' : 'outgoing'}`,
    async (t) => {
      const lab = await makeLab();
      const netns = lab.host.name;
      const look = new NamespaceLook(netns);
      const sender = new FrameSender((direction === 'in' ? lab.neighbour : lab.host).name, 'eth0');
      try {
        for (const [name, bytes] of inTags) {
          const ledger = new Ledger();
          const nameOf = (index: number): string | null => look.nameOf(index);
          const spec = { netns, known: [], nameOf };
          const sentry = await Sentry.open(new OwnHost(look), new Detector(ledger, null), spec);
          t.true(sender.send(bytes));
          t.is(await sentry.close(), null);
          t.deepEqual(
            ledger.findings().map(({ id, count }) => [id, count]),
            [[direction === 'in' ? 'leak-ingress' : 'leak-egress', 1]],
            name,
          );
        }
      } finally {
        sender.close();
        look.close();
        lab.remove();
      }
    },
  );
}
