/**
 * Frames of live sources, copied out, and the tests that need root to have them.
 */
import dgram from 'node:dgram';
import process from 'node:process';
import test, { type ExecutionContext } from 'ava';
import { loadNative } from '../../src/capture/native.js';
import { openRings, type RingsOptions } from '../../src/capture/open-ring.js';
import type { RingSource } from '../../src/capture/ring-source.js';
import type { Source } from '../../src/capture/source.js';
import { makeNamespace, type Namespace } from '../lab/netns.js';

/** Why these tests cannot run here, or ''. */
export const cannot =
  process.getuid?.() !== 0 ? 'needs root' : 'reason' in loadNative() ? 'needs the addon' : '';

export interface SeenFrame {
  readonly interfaceId: number;
  readonly linkType: number;
  readonly bytes: Buffer;
  readonly origLen: number;
  readonly tsNs: bigint;
  readonly direction: number;
  readonly flags: number;
}

/** A live test; skipped aloud where it cannot run. */
export function liveTest(title: string, body: (t: ExecutionContext) => Promise<void>): void {
  test.serial(title, async (t) => {
    if (cannot === '') return body(t);
    t.log(`skipped: ${cannot}`);
    t.pass();
  });
}

/** A live test in a namespace of its own. */
export function labTest(title: string, body: (t: ExecutionContext, lab: Namespace) => Promise<void>): void {
  liveTest(title, async (t) => {
    const namespace = await makeNamespace();
    try {
      await body(t, namespace);
    } finally {
      namespace.remove();
    }
  });
}

export type LabOptions = Partial<RingsOptions>;

/** Opens lo of a namespace, or what else is asked for. */
export function open(lab: Namespace | null, options: LabOptions = {}): Promise<RingSource> {
  return openRings({
    interfaces: ['lo'],
    filter: '',
    snapLen: 0,
    bufferBytes: 64 << 20,
    netns: lab?.name ?? null,
    ...options,
  });
}

const deadlineMs = 20_000;

/** Frames of a source until `isEnough` says so of all that were seen; closes the source then, or at the deadline. */
export async function collect(
  source: Source,
  isEnough: (frames: readonly SeenFrame[]) => boolean,
): Promise<SeenFrame[]> {
  const frames: SeenFrame[] = [];
  const timer = setTimeout(() => void source.close(), deadlineMs);
  for await (const batch of source) {
    for (let i = 0; i < batch.count; i++) {
      const from = batch.offset[i];
      frames.push({
        interfaceId: batch.interfaceId,
        linkType: batch.linkType,
        bytes: Buffer.from(batch.bytes.slice(from, from + batch.capLen[i])),
        origLen: batch.origLen[i],
        tsNs: batch.tsNs[i],
        direction: batch.direction[i],
        flags: batch.flags[i],
      });
    }
    batch.release();
    if (isEnough(frames)) break;
    // One turn of the loop, as the analyzer gives it: timers and signals go on.
    await new Promise((resolve) => setImmediate(resolve));
  }
  clearTimeout(timer);
  await source.close();
  return frames;
}

/** Sends numbered datagrams to a port of this host's loopback, one after the other. */
export async function sendHere(port: number, count: number, size = 4): Promise<void> {
  const socket = dgram.createSocket('udp4');
  for (let i = 0; i < count; i++) {
    const payload = Buffer.alloc(size);
    payload.writeUInt32BE(i);
    await new Promise<void>((done) => socket.send(payload, port, '127.0.0.1', () => done()));
  }
  socket.close();
}

/** Two namespaces joined by a veth pair: a0 10.78.0.1 here, b0 10.78.0.2 there. */
export async function joinByVeth(here: Namespace, there: Namespace): Promise<void> {
  await here.sh(`ip link add a0 type veth peer name b0 netns ${there.name}`);
  await here.sh('ip address add 10.78.0.1/24 dev a0');
  await there.sh('ip address add 10.78.0.2/24 dev b0');
  await here.sh('ip link set a0 up');
  await there.sh('ip link set b0 up');
}
