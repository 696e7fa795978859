/**
 * The frames that can still be shown: bytes and verdicts, up to a byte budget, the oldest dropped first.
 *
 *     slabs   [ oldest: frames 1-900 ][ 901-1700 ]...[ newest, being filled ]      a slab goes as a whole
 *
 * A slab is 1 MiB of frame bytes with one typed array a fact. Numbers are those of the frames, from 1.
 */
import { type FrameBatch, FrameBatchBuffer } from '../capture/frame-batch.js';
import type { Evidence, Locality } from '../classify/locality.js';
import type { ViewFilter } from './port.js';

const slabBytes = 1 << 20;
const slabFrames = 8192;
/** Memory of a slab's columns, counted against the budget as its bytes are. */
const slabColumnBytes = slabFrames * 44;

/** Frames of a batch with what was found of them. */
export interface StoredBatch {
  readonly frames: FrameBatch;
  readonly source: number;
  readonly locality: Uint8Array;
  readonly evidence: Uint8Array;
  readonly flowId: Uint32Array;
}

/** One frame as kept; `frame` is a view of the store's memory, valid until the next get() or add(). */
export interface StoredFrame {
  readonly source: number;
  readonly frame: FrameBatch;
  readonly locality: Locality;
  readonly evidence: Evidence;
  readonly flow: number;
}

class Slab {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  used = 0;
  count = 0;
  readonly columns = new FrameBatchBuffer(slabFrames);
  readonly source = new Uint16Array(slabFrames);
  readonly interfaceId = new Uint32Array(slabFrames);
  readonly linkType = new Uint16Array(slabFrames);
  readonly locality = new Uint8Array(slabFrames);
  readonly evidence = new Uint8Array(slabFrames);
  readonly flow = new Uint32Array(slabFrames);

  /** @param first number of its first frame */
  constructor(
    readonly first: number,
    size: number,
  ) {
    const buffer = new ArrayBuffer(size);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  get memory(): number {
    return this.bytes.length + slabColumnBytes;
  }

  hasRoom(capLen: number): boolean {
    return this.count < slabFrames && this.used + capLen <= this.bytes.length;
  }
}

export class FrameStore {
  /** Number of the newest frame seen, kept or not. */
  last = 0;
  #slabs: Slab[] = [];
  #bytes = 0;
  readonly #single = new FrameBatchBuffer(1);

  /** @param budgetBytes of memory to hold at most, but at least one slab; 0 keeps nothing */
  constructor(readonly budgetBytes: number) {}

  /** Number of the oldest frame kept, or 0. */
  get first(): number {
    return this.#slabs[0]?.first ?? 0;
  }

  /** How many frames are kept: those from `first` to `last`. */
  get held(): number {
    return this.first === 0 ? 0 : this.last - this.first + 1;
  }

  /** Copies the frames of a batch. */
  add(batch: StoredBatch): void {
    const { frames } = batch;
    if (this.budgetBytes === 0) {
      this.last += frames.count;
      return;
    }
    for (let i = 0; i < frames.count; ) i += this.#addRun(batch, i);
  }

  /**
   * Copies frames from the one at `first` on, as many as the slab has room for, in one piece: the record headers between
   * them come along, which costs less than a view a frame (a fifth of the time).
   * @returns how many
   */
  #addRun({ frames, source, locality, evidence, flowId }: StoredBatch, first: number): number {
    const { offset, capLen } = frames;
    let slab = this.#slabs.at(-1);
    if (slab === undefined || !slab.hasRoom(capLen[first])) slab = this.#addSlab(capLen[first]);
    const start = offset[first];
    const room = slab.bytes.length - slab.used;
    const most = Math.min(frames.count - first, slabFrames - slab.count);
    let last = first;
    while (last + 1 < first + most && isWithin(frames, last, start + room)) last++;
    const count = last - first + 1;
    const spanLen = offset[last] + capLen[last] - start;
    slab.bytes.set(frames.bytes.subarray(start, start + spanLen), slab.used);
    for (let i = first; i <= last; i++) {
      const at = slab.count++;
      copyFacts(frames, i, slab.columns, at, slab.used + offset[i] - start);
      slab.source[at] = source;
      slab.interfaceId[at] = frames.interfaceId;
      slab.linkType[at] = frames.linkType;
      slab.locality[at] = locality[i];
      slab.evidence[at] = evidence[i];
      slab.flow[at] = flowId[i];
    }
    slab.used += spanLen;
    this.last += count;
    return count;
  }

  /** A new slab, and the oldest ones dropped that the budget has no room for beside it. */
  #addSlab(capLen: number): Slab {
    const slab = new Slab(this.last + 1, Math.max(slabBytes, capLen));
    this.#slabs.push(slab);
    this.#bytes += slab.memory;
    while (this.#bytes > this.budgetBytes && this.#slabs.length > 1)
      this.#bytes -= this.#slabs.shift()!.memory;
    return slab;
  }

  /** Frame `number`, or null when it is not held. */
  get(number: number): StoredFrame | null {
    const slab = this.#slabOf(number);
    if (slab === null) return null;
    const at = number - slab.first;
    const frame = this.#single;
    frame.rebind(slab.bytes, slab.view, slab.interfaceId[at], slab.linkType[at]);
    copyFacts(slab.columns, at, frame, 0, slab.columns.offset[at]);
    frame.count = 1;
    return {
      source: slab.source[at],
      frame,
      locality: slab.locality[at] as Locality,
      evidence: slab.evidence[at] as Evidence,
      flow: slab.flow[at],
    };
  }

  #slabOf(number: number): Slab | null {
    let low = 0;
    let high = this.#slabs.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const slab = this.#slabs[middle];
      if (number < slab.first) high = middle - 1;
      else if (number >= slab.first + slab.count) low = middle + 1;
      else return slab;
    }
    return null;
  }

  /** Calls `visit` with the number of each frame held from `from` on that matches. */
  scan(from: number, filter: ViewFilter, visit: (number: number) => void): void {
    const localities = filter.localities === undefined ? null : new Set<number>(filter.localities);
    for (const slab of this.#slabs) {
      for (let at = Math.max(0, from - slab.first); at < slab.count; at++) {
        if (localities !== null && !localities.has(slab.locality[at])) continue;
        if (filter.flow !== undefined && slab.flow[at] !== filter.flow) continue;
        visit(slab.first + at);
      }
    }
  }

  /** Forgets the frames and begins again with number 1. */
  clear(): void {
    this.#slabs = [];
    this.#bytes = 0;
    this.last = 0;
  }
}

function copyFacts(from: FrameBatch, i: number, to: FrameBatchBuffer, at: number, offset: number): void {
  to.offset[at] = offset;
  to.capLen[at] = from.capLen[i];
  to.origLen[at] = from.origLen[i];
  to.tsWords[2 * at] = from.tsWords[2 * i];
  to.tsWords[2 * at + 1] = from.tsWords[2 * i + 1];
  to.direction[at] = from.direction[i];
  to.flags[at] = from.flags[i];
  to.position[at] = from.position[i];
}

/** Does the frame after `i` follow it in memory and end before `limit`? */
function isWithin({ offset, capLen }: FrameBatch, i: number, limit: number): boolean {
  return offset[i + 1] >= offset[i] + capLen[i] && offset[i + 1] + capLen[i + 1] <= limit;
}
