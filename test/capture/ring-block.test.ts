import test from 'ava';
import fc from 'fast-check';
import { FrameBatchBuffer } from '../../src/capture/frame-batch.js';
import { FrameKind, RingFrames } from '../../src/capture/ring-frames.js';
import { check } from './property.js';

const blockLen = 4096;
const base = 1024;
const frameLen = 100;
/** Bytes from one frame's header to the next: header, room, frame, aligned. */
const step = 208;
const mac = 96;

/** A block at `base` of `count` frames, as the kernel writes it: frame i is at second 7, nanosecond i. */
function block(count: number): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(base + blockLen);
  const view = new DataView(bytes.buffer);
  const set = (offset: number, value: number): void => view.setUint32(offset, value, true);
  set(base + 8, 1);
  set(base + 12, count);
  set(base + 16, 48);
  set(base + 20, 48 + count * step);
  for (let i = 0; i < count; i++) {
    const at = base + 48 + i * step;
    set(at, i === count - 1 ? 0 : step);
    set(at + 4, 7);
    set(at + 8, i);
    set(at + 12, frameLen);
    set(at + 16, frameLen + i);
    view.setUint16(at + 24, mac, true);
    bytes.fill(i, at + mac, at + mac + frameLen);
  }
  return { bytes, view };
}

function framesOf(kind: FrameKind, { bytes, view }: { bytes: Uint8Array; view: DataView }): RingFrames {
  const frames = new RingFrames(kind, 262144, false);
  frames.enter(bytes, view, base, blockLen);
  return frames;
}

test('the frames of a block come in order, in batches of any size', (t) => {
  const lent = block(10);
  const frames = framesOf(FrameKind.ethernet, lent);
  const batch = new FrameBatchBuffer(16);
  const seen: number[][] = [];
  while (frames.left > 0) {
    frames.fill(batch, 3, Number.POSITIVE_INFINITY, 0);
    for (let i = 0; i < batch.count; i++) {
      seen.push([Number(batch.tsNs[i] % 1_000_000_000n), lent.bytes[batch.offset[i]], batch.origLen[i]]);
    }
  }
  t.deepEqual(
    seen,
    Array.from({ length: 10 }, (_, i) => [i, i, frameLen + i]),
  );
});

test('a batch ends before the frame that is later than the time given', (t) => {
  const frames = framesOf(FrameKind.ethernet, block(10));
  const batch = new FrameBatchBuffer(16);
  frames.fill(batch, 16, 7, 4);
  t.is(batch.count, 5);
  t.deepEqual([frames.left, frames.seconds, frames.nanoseconds], [5, 7, 5]);
  frames.fill(batch, 16, 6, 0);
  t.is(batch.count, 0);
});

test('a frame that would reach outside of its block is left out, and the rest with a lying header', (t) => {
  const damaged = block(4);
  damaged.view.setUint32(base + 48 + step + 12, 1 << 20, true);
  damaged.view.setUint32(base + 48 + 2 * step, 1 << 30, true);
  const frames = framesOf(FrameKind.ethernet, damaged);
  const batch = new FrameBatchBuffer(16);
  frames.fill(batch, 16, Number.POSITIVE_INFINITY, 0);
  t.deepEqual([...batch.origLen.subarray(0, batch.count)], [frameLen, frameLen + 2]);
  t.is(frames.left, 0);
});

test('any damage to a block never throws and never gives a frame outside of it', async (t) => {
  const anyDamage = fc.property(
    fc.constantFrom(FrameKind.ethernet, FrameKind.ip, FrameKind.any),
    fc.array(fc.tuple(fc.nat(blockLen / 4 - 1), fc.integer()), { minLength: 1, maxLength: 40 }),
    (kind, changes) => {
      const damaged = block(10);
      for (const [word, value] of changes) damaged.view.setInt32(base + 4 * word, value, true);
      const frames = framesOf(kind, damaged);
      const batch = new FrameBatchBuffer(16);
      for (let turns = 0; frames.left > 0; turns++) {
        if (turns > blockLen) return false;
        frames.fill(batch, 16, Number.POSITIVE_INFINITY, 0);
        for (let i = 0; i < batch.count; i++) {
          const end = batch.offset[i] + batch.capLen[i];
          if (batch.offset[i] < base || end > base + blockLen) return false;
        }
      }
      return true;
    },
  );
  await check(t, anyDamage, 2000);
});
