/**
 * Fills a FrameStore; the flow of each frame is its number.
 */
import type { FrameKeeper } from '../../src/analysis/frame-keeper.js';
import { type FrameBatch, FrameBatchBuffer } from '../../src/capture/frame-batch.js';
import { LinkType } from '../../src/capture/link-type.js';

/** Adds a batch of equal frames. */
export function storeFrames(
  store: FrameKeeper,
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
export function kept(store: FrameKeeper): number[] {
  return Array.from({ length: store.held }, (_, i) => store.first + i).filter((n) => store.get(n) !== null);
}

export function frameBytes(frame: FrameBatch | null): number[] {
  if (frame === null) return [];
  const { bytes, offset, capLen } = frame;
  return [...bytes.subarray(offset[0], offset[0] + capLen[0])];
}
