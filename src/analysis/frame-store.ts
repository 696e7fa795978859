/**
 * The frames of a live capture that can still be shown: bytes and verdicts, up to a byte budget, the oldest dropped first.
 *
 *     slabs   [ oldest: frames 1-900 ][ 901-1700 ]...[ newest, being filled ]      a slab goes as a whole
 *
 * A slab is 1 MiB of frame bytes with one typed array a fact. Numbers are those of the frames, from 1.
 */

import { type FrameBatch, FrameBatchBuffer } from '../capture/frame-batch.js';
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

const slabBytes = 1 << 20;
const slabFrames = 8192;
/** Most frames of a run. */
const runFrames = 1024;
/** Memory of a slab's columns, counted against the budget as its bytes are. */
const slabColumnBytes = slabFrames * 47;
/** What is kept of a frame while the capture's buffer is nearly full: link, IP and transport headers with options. */
const headerBytes = 128;

class Slab implements FactSlab {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  used = 0;
  count = 0;
  readonly columns = new FrameBatchBuffer(slabFrames);
  readonly source = new Uint16Array(slabFrames);
  readonly interfaceId = new Uint32Array(slabFrames);
  readonly linkType = new Uint16Array(slabFrames);
  readonly verdict = new Uint8Array(slabFrames);
  /** Bytes captured, of which the columns say how many are here. */
  readonly captured = new Uint32Array(slabFrames);
  readonly flow = new Uint32Array(slabFrames);

  /** @param first number of its first frame */
  constructor(
    public first: number,
    size: number,
  ) {
    const buffer = new ArrayBuffer(size);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  /** Forgets its frames; the next one has number `first`. */
  empty(first: number): void {
    this.first = first;
    this.used = 0;
    this.count = 0;
  }

  get memory(): number {
    return this.bytes.length + slabColumnBytes;
  }

  hasRoom(capLen: number): boolean {
    return this.count < slabFrames && this.used + capLen <= this.bytes.length;
  }

  /** Notes all but the bytes of frame i, which are at `offset` here. @returns where */
  note({ frames, source, locality, evidence, flowId }: StoredBatch, i: number, offset: number): number {
    const at = this.count++;
    copyFacts(frames, i, this.columns, at, offset);
    this.captured[at] = frames.capLen[i];
    this.source[at] = source;
    this.interfaceId[at] = frames.interfaceId;
    this.linkType[at] = frames.linkType;
    this.verdict[at] = packVerdict(locality[i], evidence[i]);
    this.flow[at] = flowId[i];
    return at;
  }
}

export class FrameStore implements FrameKeeper {
  /** Number of the newest frame seen, kept or not. */
  last = 0;
  headersOnly = 0;
  readonly notKept = 0;
  /** Only headers are kept from now on. */
  isHeadersOnly = false;
  #slabs: Slab[] = [];
  #bytes = 0;
  readonly #single = new FrameBatchBuffer(1);
  readonly #run = new FrameBatchBuffer(runFrames);

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
    if (this.isHeadersOnly) for (let i = 0; i < frames.count; i++) this.#addHeaders(batch, i);
    else for (let i = 0; i < frames.count; ) i += this.#addRun(batch, i);
  }

  /** Copies the first bytes of one frame. */
  #addHeaders(batch: StoredBatch, i: number): void {
    const { frames } = batch;
    const keptLen = Math.min(frames.capLen[i], headerBytes);
    let slab = this.#slabs.at(-1);
    if (slab === undefined || !slab.hasRoom(keptLen)) slab = this.#addSlab(keptLen);
    const from = frames.offset[i];
    slab.bytes.set(frames.bytes.subarray(from, from + keptLen), slab.used);
    const at = slab.note(batch, i, slab.used);
    slab.columns.capLen[at] = keptLen;
    slab.used += keptLen;
    this.last++;
    if (keptLen < frames.capLen[i]) this.headersOnly++;
  }

  /**
   * Copies frames from the one at `first` on, as many as the slab has room for, in one piece: the record headers between
   * them come along, which costs less than a view a frame (a fifth of the time).
   * @returns how many
   */
  #addRun(batch: StoredBatch, first: number): number {
    const { frames } = batch;
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
    for (let i = first; i <= last; i++) slab.note(batch, i, slab.used + offset[i] - start);
    slab.used += spanLen;
    this.last += count;
    return count;
  }

  /** A new slab, and the oldest ones dropped that the budget has no room for beside it. */
  #addSlab(capLen: number): Slab {
    const size = Math.max(slabBytes, capLen);
    const oldest = this.#slabs[0];
    // At the budget the oldest is filled anew: to allocate two gigabytes a second costs more than to copy them.
    if (oldest?.bytes.length === size && this.#bytes + oldest.memory > this.budgetBytes) {
      this.#slabs.shift();
      oldest.empty(this.last + 1);
      this.#slabs.push(oldest);
      return oldest;
    }
    const slab = new Slab(this.last + 1, size);
    this.#slabs.push(slab);
    this.#bytes += slab.memory;
    while (this.#bytes > this.budgetBytes && this.#slabs.length > 1)
      this.#bytes -= this.#slabs.shift()!.memory;
    return slab;
  }

  /** Frame `number`, or null when it is not held. */
  get(number: number): StoredFrame | null {
    const slab = findSlab(this.#slabs, number);
    if (slab === null) return null;
    const at = number - slab.first;
    const frame = this.#single;
    frame.rebind(slab.bytes, slab.view, slab.interfaceId[at], slab.linkType[at]);
    copyFacts(slab.columns, at, frame, 0, slab.columns.offset[at]);
    frame.count = 1;
    return {
      ...factsAt(slab, at),
      frame,
      loss: '',
      capLen: slab.captured[at],
    };
  }

  runAt(number: number, most: number): StoredRun | null {
    const slab = findSlab(this.#slabs, number);
    if (slab === null) return null;
    const at = number - slab.first;
    const interfaceId = slab.interfaceId[at];
    const count = sameOrigin(slab, at, Math.min(most, runFrames));
    const frames = this.#run;
    frames.rebind(slab.bytes, slab.view, interfaceId, slab.linkType[at]);
    for (let i = 0; i < count; i++) copyFacts(slab.columns, at + i, frames, i, slab.columns.offset[at + i]);
    frames.count = count;
    return { source: slab.source[at], interfaceId, frames, count, slab, at };
  }

  slabOf(number: number): VerdictSlab | null {
    return findSlab(this.#slabs, number);
  }

  /** Forgets the frames and begins again with number 1. */
  clear(): void {
    this.#slabs = [];
    this.#bytes = 0;
    this.last = 0;
    this.headersOnly = 0;
  }

  close(): void {}
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
