import test from 'ava';
import { FrameStore } from '../../src/analysis/frame-store.js';
import { LinkType } from '../../src/capture/link-type.js';
import { Locality } from '../../src/classify/locality.js';
import { batchOf } from '../classify/frames.js';
import { frameBytes, kept, storeFrames } from './store.js';

const mebibyte = 1 << 20;
/** What one slab takes: 1 MiB of bytes and 47 bytes a frame of columns. */
const slabMemory = mebibyte + 8192 * 47;

test('a store without a budget keeps nothing and counts all', (t) => {
  const store = new FrameStore(0);
  storeFrames(store, 10, 100);
  t.deepEqual([store.first, store.last, store.held], [0, 10, 0]);
  t.is(store.get(1), null);
});

test('a frame comes back with its bytes, facts and verdict', (t) => {
  const store = new FrameStore(mebibyte);
  const frames = [
    { bytes: Uint8Array.of(1, 2, 3), origLen: 100, tsNs: 5n, direction: 2, flags: 1 },
    { bytes: Uint8Array.of(4, 5), tsNs: -7n },
  ] as const;
  const batch = batchOf(frames, LinkType.null);
  batch.interfaceId = 3;
  store.add({
    frames: batch,
    source: 2,
    locality: Uint8Array.of(Locality.leak, Locality.loopback),
    evidence: Uint8Array.of(1, 0),
    flowId: Uint32Array.of(70_000, 0),
  });
  const found = store.get(1)!;
  t.like(found, { source: 2, locality: Locality.leak, evidence: 1, flow: 70_000 });
  const frame = found.frame!;
  t.like(frame, { interfaceId: 3, linkType: LinkType.null, count: 1 });
  t.deepEqual([frame.capLen[0], frame.origLen[0], frame.tsNs[0]], [3, 100, 5n]);
  t.deepEqual([frame.direction[0], frame.flags[0]], [2, 1]);
  t.deepEqual(frameBytes(frame), [1, 2, 3]);
  t.deepEqual(frameBytes(store.get(2)!.frame), [4, 5]);
  t.is(store.get(2)!.frame!.tsNs[0], -7n);
});

test('the bytes are copied: the source may use its own again', (t) => {
  const store = new FrameStore(mebibyte);
  const batch = batchOf([{ bytes: Uint8Array.of(1, 2, 3) }]);
  store.add({
    frames: batch,
    source: 0,
    locality: new Uint8Array(1),
    evidence: new Uint8Array(1),
    flowId: new Uint32Array(1),
  });
  batch.bytes.fill(0);
  t.deepEqual(frameBytes(store.get(1)!.frame), [1, 2, 3]);
});

test('the oldest frames are dropped when the budget is spent', (t) => {
  const store = new FrameStore(3 * slabMemory);
  // 1,000 frames of 1,000 bytes are nearly a slab.
  for (let i = 0; i < 20; i++) storeFrames(store, 1000, 1000);
  t.is(store.last, 20_000);
  t.is(store.first, 20_000 - store.held + 1);
  t.true(store.held >= 2 * 1048 && store.held <= 3 * 1048, `${store.held} held`);
  t.is(store.get(store.first - 1), null);
  t.is(store.get(store.last + 1), null);
  t.is(store.get(0), null);
  for (const number of kept(store)) {
    const found = store.get(number)!;
    if (found.flow !== number || found.frame!.capLen[0] !== 1000) t.fail(`frame ${number}`);
  }
  t.is(kept(store).length, store.held);
});

test('one batch larger than the budget does not overrun it', (t) => {
  const store = new FrameStore(2 * slabMemory);
  storeFrames(store, 4096, 10_000);
  t.is(store.last, 4096);
  t.true(store.held <= 2 * 104, `${store.held} held`);
});

test('many small frames are bounded by their number', (t) => {
  const store = new FrameStore(2 * slabMemory);
  for (let i = 0; i < 10; i++) storeFrames(store, 4096, 60);
  t.is(store.last, 40_960);
  t.deepEqual([store.first, store.held], [24_577, 16_384]);
});

test('a frame larger than a slab is kept whole', (t) => {
  const store = new FrameStore(16 * mebibyte);
  storeFrames(store, 1, 3 * mebibyte);
  storeFrames(store, 1, 60);
  t.is(store.get(1)!.frame!.capLen[0], 3 * mebibyte);
  t.is(store.get(2)!.frame!.capLen[0], 60);
});

test('a budget of one byte still keeps what the newest slab holds', (t) => {
  const store = new FrameStore(1);
  storeFrames(store, 3000, 1000);
  t.true(store.held > 0 && store.held < 1100);
  t.is(store.get(store.last)?.flow, 3000);
});

test('clearing forgets the frames and begins again with number 1', (t) => {
  const store = new FrameStore(mebibyte);
  storeFrames(store, 10, 100);
  store.clear();
  t.deepEqual([store.first, store.last, store.held], [0, 0, 0]);
  t.is(store.get(1), null);
  storeFrames(store, 2, 100);
  t.deepEqual([store.first, store.last], [1, 2]);
});
