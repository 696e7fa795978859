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
  /** What it reads from. */
  readonly access: RandomAccess;
}

/** Most frames are shorter: one read brings header and frame. */
const firstReadBytes = 2048;

/** Memory for one record, and where in it the record stands. */
export class RecordWindow {
  bytes = new Uint8Array(firstReadBytes);
  view = new DataView(this.bytes.buffer);
  start = 0;
  end = 0;
  #position = 0;

  constructor(readonly access: RandomAccess) {}

  /** File position of an index into `bytes`. */
  positionOf(index: number): number {
    return this.#position + index;
  }

  /** Reads what stands at `position`, most often the whole record. */
  seek(position: number): void {
    this.start = 0;
    this.#position = position;
    this.end = this.access.readAt(this.bytes, firstReadBytes, position);
  }

  /** Makes `count` bytes from the position available. @returns whether there are so many */
  fill(count: number): boolean {
    if (this.end >= count) return true;
    if (this.end < Math.min(firstReadBytes, count)) return false;
    if (this.bytes.length < count) {
      this.bytes = new Uint8Array(count);
      this.view = new DataView(this.bytes.buffer);
    }
    this.end = this.access.readAt(this.bytes, count, this.#position);
    return this.end >= count;
  }
}
