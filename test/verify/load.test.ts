/**
 * Leaks of every kind among a thousand times as many ordinary frames, both ways, as fast as one thread can send. What
 * the frames are addressed to is nobody's here, so that no kernel answers any of them: what is found is what was sent.
 */
import type { ExecutionContext } from 'ava';
import { FrameSender } from '../../src/capture/frame-sender.js';
import { liveTest } from '../capture/ring-lab.js';
import { udpPacket } from '../classify/frames.js';
import { finished, printed, start } from '../cli/run.js';
import * as build from '../decode/frame-builder.js';
import { type Lab, makeLab } from '../lab/lab.js';
import { hairpins, incoming, leakKinds } from './leak-kinds.js';
import { frame } from './wrapped-frames.js';

const ordinaryFrames = 1_000_000;

const ends = { source: '10.77.0.1', destination: '10.77.0.2' };
const dnsAnswer = build.udp({ ...ends, sourcePort: 53, payload: build.addressBytes('127.0.0.53') });

/** What a host sends all day. */
const ordinary = [
  frame(udpPacket('10.77.0.1', '10.77.0.2')),
  frame(build.ipv4({ ...ends, protocol: 6, payload: build.tcp({ ...ends, payload: new Uint8Array(1400) }) })),
  frame(build.ipv4({ ...ends, protocol: 17, payload: dnsAnswer })),
  frame(udpPacket('fd00:77::1', 'fd00:77::2')),
  frame(build.arp({ sender: '10.77.0.1', target: '10.77.0.2' }), 0x0806),
];

const own = ['192.0.2.1', '192.0.2.2', 'fd00:99::1', 'fd00:99::2'] as const;

interface Sent {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** By the host; else by its neighbour. */
  readonly isOut: boolean;
}

const leaks: readonly Sent[] = [
  ...leakKinds.map((kind) => ({ ...kind, isOut: true })),
  ...leakKinds.map(({ name, bytes }) => ({ name, bytes: incoming(bytes), isOut: false })),
];
const turned: readonly Sent[] = hairpins(...own).flatMap(({ there, back }) => [
  { ...there, isOut: true },
  { ...back, isOut: false },
]);

/** The lab with no addresses but some of the host's own that no frame but a hairpin has. */
async function makeMuteLab(): Promise<Lab> {
  const lab = await makeLab();
  for (const namespace of [lab.host, lab.neighbour]) await namespace.sh('ip address flush dev eth0');
  for (const address of own) {
    await lab.host.sh(`ip address add ${address}/${address.includes(':') ? 128 : 32} dev lo`);
  }
  return lab;
}

/** Sends them all, what is to be found evenly among the others. @returns frames a second */
async function sendAll({ host, neighbour }: Lab, found: readonly Sent[]): Promise<number> {
  const out = new FrameSender(host.name, 'eth0');
  const back = new FrameSender(neighbour.name, 'eth0');
  const ordinaryIn = ordinary.map(incoming);
  const each = Math.ceil(ordinaryFrames / found.length);
  const beganMs = performance.now();
  for (const [n, { name, bytes, isOut }] of found.entries()) {
    const sender = isOut ? out : back;
    const others = isOut ? ordinary : ordinaryIn;
    for (let i = 0; i < each; i++) sender.send(others[i % others.length]);
    if (!sender.send(bytes)) throw new Error(`eth0 did not take ${name}`);
    if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const seconds = (performance.now() - beganMs) / 1000;
  out.close();
  back.close();
  return (found.length * (each + 1)) / seconds;
}

async function run(t: ExecutionContext): Promise<void> {
  t.true(leaks.length >= 1000, `${leaks.length}`);
  const lab = await makeMuteLab();
  try {
    const child = start(['verify', '--netns', lab.host.name, '--format', 'json', '--for', '600']);
    const result = finished(child);
    await printed(child, 'watching');
    const rate = await sendAll(lab, [...leaks, ...turned]);
    child.kill('SIGINT');
    const { code, stdout } = await result;
    const { watched, findings } = JSON.parse(stdout);
    t.log(`${leaks.length + turned.length} to be found; ${Math.round(rate)} frames a second`);
    t.is(code, 130);
    t.is(watched[0].dropped, 0);
    t.true(watched[0].framesSeen >= ordinaryFrames);
    // Beside them, what IPv6 itself sends now and then.
    t.true(watched[0].framesMatched < 1.1 * (leaks.length + turned.length), `${watched[0].framesMatched}`);
    const counts: Record<string, number> = {};
    for (const { id, severity, count } of findings as { id: string; severity: string; count: number }[]) {
      if (severity === 'error') counts[id] = (counts[id] ?? 0) + count;
    }
    const half = leaks.length / 2;
    t.deepEqual(counts, { 'leak-egress': half, 'leak-ingress': half, hairpin: turned.length }, stdout);
  } finally {
    lab.remove();
  }
}

liveTest(
  'more than 1,000 leaks of every kind among 1,000,000 ordinary frames at full rate: none is missed, nothing else is found',
  run,
);
