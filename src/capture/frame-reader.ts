/**
 * Frames once more: the record at a position that a batch named, as a batch of one frame.
 */
import type { FrameBatch } from './frame-batch.js';
import type { RandomAccess } from './random-access.js';

export interface FrameReader {
  /**
   * The frame of the record at `position`.
   * @param interfaceId that its batch had
   * @returns the frame, valid until the next call; null where no such record stands any more
   */
  readAt(position: number, interfaceId: number): FrameBatch | null;
  /**
   * Frames of one interface whose records follow each other, as many as one read brings.
   * @param positions of the frames: those from index `from` on, `most` of them
   * @returns the first of them, at least one, valid until the next call; null where there is no such record any more
   */
  readRun(positions: Float64Array, from: number, most: number, interfaceId: number): FrameBatch | null;
  /** What it reads from. */
  readonly access: RandomAccess;
}

/** Most frames are shorter: one read brings header and frame. */
const recordBytes = 2048;
/** One read for a run of records. */
export const runBytes = 1 << 18;
/** Most frames of a run. */
export const runFrames = 4096;

/** Memory for records, and where in it the one in hand stands. */
export class RecordWindow {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView;
  start = 0;
  end = 0;
  #position = 0;

  /** @param firstReadBytes what is read at a position before anybody knows how long the record is */
  constructor(
    readonly access: RandomAccess,
    readonly firstReadBytes = recordBytes,
  ) {
    this.bytes = new Uint8Array(firstReadBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** File position of an index into `bytes`. */
  positionOf(index: number): number {
    return this.#position + index;
  }

  /** Reads what stands at `position`, most often the whole record. */
  seek(position: number): void {
    this.start = 0;
    this.#position = position;
    this.end = this.access.readAt(this.bytes, this.firstReadBytes, position);
  }

  /** Makes `count` bytes from the position available. @returns whether there are so many */
  fill(count: number): boolean {
    if (this.end >= count) return true;
    if (this.end < Math.min(this.firstReadBytes, count)) return false;
    if (this.bytes.length < count) {
      this.bytes = new Uint8Array(count);
      this.view = new DataView(this.bytes.buffer);
    }
    this.end = this.access.readAt(this.bytes, count, this.#position);
    return this.end >= count;
  }
}
