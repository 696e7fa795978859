/**
 * What the analyzer keeps of frames so that they can be shown again: live the frames themselves (frame-store.ts), of
 * files where they stand (file-frame-store.ts). Frames are numbered from 1.
 */
import type { FrameBatch } from '../capture/frame-batch.js';
import { type Evidence, evidenceOf, type Locality, localityOf } from '../classify/locality.js';

/** Frames of a batch with what was found of them. */
export interface StoredBatch {
  readonly frames: FrameBatch;
  readonly source: number;
  readonly locality: Uint8Array;
  readonly evidence: Uint8Array;
  readonly flowId: Uint32Array;
}

/** One frame as kept. */
export interface StoredFrame {
  readonly source: number;
  readonly interfaceId: number;
  /** A batch of one frame, valid until the next get() or add(); null where its bytes are there no more. */
  readonly frame: FrameBatch | null;
  /** Why `frame` is null, in words; '' where it is not. */
  readonly loss: string;
  /** Bytes captured, of which only the headers may have been kept. */
  readonly capLen: number;
  readonly locality: Locality;
  readonly evidence: Evidence;
  readonly flow: number;
}

/** The verdicts of consecutive frames, for looking through many of them. */
export interface VerdictSlab {
  /** Number of its first frame. */
  readonly first: number;
  readonly count: number;
  /** As packVerdict() makes it. */
  readonly verdict: Uint8Array;
  readonly flow: Uint32Array;
}

/** What a slab holds of each frame beside where its bytes are. */
export interface FactSlab extends VerdictSlab {
  readonly source: Uint16Array;
  readonly interfaceId: Uint16Array | Uint32Array;
}

/** The facts of the frame at an index of its slab. */
export function factsAt(
  { source, interfaceId, verdict, flow }: FactSlab,
  at: number,
): Pick<StoredFrame, 'source' | 'interfaceId' | 'locality' | 'evidence' | 'flow'> {
  return {
    source: source[at],
    interfaceId: interfaceId[at],
    locality: localityOf(verdict[at]),
    evidence: evidenceOf(verdict[at]),
    flow: flow[at],
  };
}

/** Consecutive frames of one interface of one source as kept. */
export interface StoredRun {
  readonly source: number;
  readonly interfaceId: number;
  /** Valid until the next call; null where the bytes of the first frame are there no more: then it is a run of one. */
  readonly frames: FrameBatch | null;
  readonly count: number;
  /** The facts of frame i of the run stand at `at + i`. */
  readonly slab: FactSlab;
  readonly at: number;
}

/** How many frames from index `at` on, at most `most`, are of the same interface of the same source. */
export function sameOrigin({ source, interfaceId, count }: FactSlab, at: number, most: number): number {
  const end = Math.min(count, at + most);
  let next = at + 1;
  while (next < end && source[next] === source[at] && interfaceId[next] === interfaceId[at]) next++;
  return next - at;
}

export interface FrameKeeper {
  /** Number of the oldest frame kept, or 0. */
  readonly first: number;
  /** Number of the newest frame. */
  readonly last: number;
  /** How many frames are kept: those from `first` to `last`. */
  readonly held: number;
  /** Frames that came when there was no room to keep them. */
  readonly notKept: number;
  /** Frames of which only the headers were kept. */
  readonly headersOnly: number;
  add(batch: StoredBatch): void;
  /** Frame `number`, or null when it is not held. */
  get(number: number): StoredFrame | null;
  /** Frames from `number` on, at most `most`, of one interface; null when the first is not held. */
  runAt(number: number, most: number): StoredRun | null;
  /** The slab that frame `number` is in, or null when it is not held. */
  slabOf(number: number): VerdictSlab | null;
  /** Forgets the frames and begins again with number 1. */
  clear(): void;
  /** Frees what frames are read again from. */
  close(): void;
}

/** The slab that holds frame `number`, among slabs in order of their frames; or null. */
export function findSlab<Slab extends VerdictSlab>(slabs: readonly Slab[], number: number): Slab | null {
  let low = 0;
  let high = slabs.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const slab = slabs[middle];
    if (number < slab.first) high = middle - 1;
    else if (number >= slab.first + slab.count) low = middle + 1;
    else return slab;
  }
  return null;
}
