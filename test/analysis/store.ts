/**
 * Fills a FrameStore; the flow of each frame is its number.
 */
import type { FrameStore } from '../../src/analysis/frame-store.js';
import { type FrameBatch, FrameBatchBuffer } from '../../src/capture/frame-batch.js';
import { LinkType } from '../../src/capture/link-type.js';

/** Adds a batch of equal frames. */
export function storeFrames(
  store: FrameStore,
  count: number,
  capLen: number,
  localityOf: (number: number) => number = () => 0,
): void {
  const frames = new FrameBatchBuffer(count);
  const bytes = new Uint8Array(capLen);
  frames.rebind(bytes, new DataView(bytes.buffer), 0, LinkType.raw);
  frames.count = count;
  frames.capLen.fill(capLen);
  frames.origLen.fill(capLen);
  const first = store.last + 1;
  const locality = Uint8Array.from({ length: count }, (_, i) => localityOf(first + i));
  const flowId = Uint32Array.from({ length: count }, (_, i) => first + i);
  store.add({ frames, source: 0, locality, evidence: new Uint8Array(count), flowId });
}

/** Numbers of all frames held. */
export function kept(store: FrameStore): number[] {
  const numbers: number[] = [];
  store.scan(1, {}, (number) => numbers.push(number));
  return numbers;
}

export function frameBytes({ bytes, offset, capLen }: FrameBatch): number[] {
  return [...bytes.subarray(offset[0], offset[0] + capLen[0])];
}
