/**
 * Where the frames of files stand, so that any of them can be shown again: 21 bytes a frame, whatever its length.
 *
 *     position 8 · check 4 · flow 4 · source 2 · interface 2 · verdict 1         one typed array each
 *
 * `check` mixes time and lengths of the record: where a file was changed meanwhile, what stands at the position now is
 * hardly ever taken for the frame that stood there.
 */

import os from 'node:os';
import type { FrameBatch } from '../capture/frame-batch.js';
import type { FrameReader } from '../capture/frame-reader.js';
import { packVerdict } from '../classify/locality.js';
import {
  type FactSlab,
  type FrameKeeper,
  factsAt,
  findSlab,
  type StoredBatch,
  type StoredFrame,
  type StoredRun,
  sameOrigin,
  type VerdictSlab,
} from './frame-keeper.js';

const slabFrames = 65536;
/** Memory for one frame. */
export const bytesPerFrame = 21;

class Slab implements FactSlab {
  count = 0;
  readonly position = new Float64Array(slabFrames);
  readonly check = new Int32Array(slabFrames);
  readonly flow = new Uint32Array(slabFrames);
  readonly source = new Uint16Array(slabFrames);
  readonly interfaceId = new Uint16Array(slabFrames);
  readonly verdict = new Uint8Array(slabFrames);

  constructor(readonly first: number) {}

  get memory(): number {
    const { position, check, flow, source, interfaceId, verdict } = this;
    return [position, check, flow, source, interfaceId, verdict].reduce(
      (sum, each) => sum + each.byteLength,
      0,
    );
  }

  /** Notes frames from the one at `from` on, as many as there is room for. @returns how many */
  add({ frames, source, locality, evidence, flowId }: StoredBatch, from: number): number {
    const at = this.count;
    const count = Math.min(frames.count - from, slabFrames - at);
    this.position.set(frames.position.subarray(from, from + count), at);
    this.flow.set(flowId.subarray(from, from + count), at);
    this.source.fill(source, at, at + count);
    this.interfaceId.fill(frames.interfaceId, at, at + count);
    const { verdict, check } = this;
    for (let i = 0; i < count; i++) verdict[at + i] = packVerdict(locality[from + i], evidence[from + i]);
    for (let i = 0; i < count; i++) check[at + i] = checkOf(frames, from + i);
    this.count += count;
    return count;
  }
}

export class FileFrameStore implements FrameKeeper {
  /** Number of the newest frame that is kept. */
  last = 0;
  notKept = 0;
  readonly headersOnly = 0;
  #slabs: Slab[] = [];
  /** No frame is kept any more. */
  #isFull = false;

  /**
   * @param readers one a source
   * @param mostFrames to keep; by default as many as a quarter of this machine's memory holds
   */
  constructor(
    readonly readers: readonly FrameReader[],
    readonly mostFrames = Math.floor(os.totalmem() / 4 / bytesPerFrame),
  ) {}

  get first(): number {
    return this.last === 0 ? 0 : 1;
  }

  get held(): number {
    return this.last;
  }

  /** Memory that the frames take. */
  get memory(): number {
    return this.#slabs.reduce((sum, slab) => sum + slab.memory, 0);
  }

  add(batch: StoredBatch): void {
    const { frames } = batch;
    const lost = this.#countLost(batch);
    this.#isFull ||= this.last + frames.count > this.mostFrames;
    this.notKept += this.#isFull ? frames.count : lost;
    if (this.#isFull) return;
    for (let i = 0; i < frames.count; ) {
      let slab = this.#slabs.at(-1);
      if (slab === undefined || slab.count === slabFrames) {
        slab = new Slab(this.last + 1);
        this.#slabs.push(slab);
      }
      const count = slab.add(batch, i);
      this.last += count;
      i += count;
    }
  }

  /** Frames of the batch whose bytes were not kept; when no source's are any more, nothing is to be noted. */
  #countLost({ frames, source }: StoredBatch): number {
    const { keptBytes } = this.readers[source].access;
    if (keptBytes === Number.POSITIVE_INFINITY) return 0;
    let lost = 0;
    for (let i = 0; i < frames.count; i++) if (frames.position[i] >= keptBytes) lost++;
    if (lost === frames.count)
      this.#isFull ||= this.readers.every(({ access }) => access.keptBytes !== Number.POSITIVE_INFINITY);
    return lost;
  }

  get(number: number): StoredFrame | null {
    const slab = findSlab(this.#slabs, number);
    if (slab === null) return null;
    const at = number - slab.first;
    const facts = factsAt(slab, at);
    const reader = this.readers[facts.source];
    const read = reader.readAt(slab.position[at], facts.interfaceId);
    const frame = read !== null && checkOf(read, 0) === slab.check[at] ? read : null;
    return {
      ...facts,
      frame,
      loss: frame === null ? reader.access.loss : '',
      capLen: frame?.capLen[0] ?? 0,
    };
  }

  runAt(number: number, most: number): StoredRun | null {
    const slab = findSlab(this.#slabs, number);
    if (slab === null) return null;
    const at = number - slab.first;
    const source = slab.source[at];
    const interfaceId = slab.interfaceId[at];
    const wanted = sameOrigin(slab, at, most);
    const read = this.readers[source].readRun(slab.position, at, wanted, interfaceId);
    let count = 0;
    while (read !== null && count < read.count && checkOf(read, count) === slab.check[at + count]) count++;
    if (read === null || count === 0) return { source, interfaceId, frames: null, count: 1, slab, at };
    read.count = count;
    return { source, interfaceId, frames: read, count, slab, at };
  }

  slabOf(number: number): VerdictSlab | null {
    return findSlab(this.#slabs, number);
  }

  clear(): void {
    this.#slabs = [];
    this.last = 0;
    this.notKept = 0;
  }

  close(): void {
    for (const { access } of this.readers) access.close();
  }
}

function checkOf({ tsWords, capLen, origLen }: FrameBatch, i: number): number {
  const time = tsWords[2 * i] ^ Math.imul(tsWords[2 * i + 1], 0x9e3779b1);
  return time ^ Math.imul(capLen[i], 0x85ebca6b) ^ Math.imul(origLen[i], 0xc2b2ae35);
}
