/**
 * A sliding window over a byte stream: records are read in place, and what is left of a cut record moves to
 * the front before the next chunk is read behind it.
 *
 *     memory  [ consumed | start … unread … end | free ]      position = stream position of `start`
 *
 * The window grows only while data really arrives, so that a lying length cannot make it allocate.
 */
import type { ByteSource } from './byte-source.js';
import { Turns } from './turns.js';

/** Bytes asked of the source at once: large enough to hide the call, small enough for the second-level cache. */
const chunkBytes = 1 << 20;

export class ChunkWindow {
  bytes = new Uint8Array(chunkBytes);
  view = new DataView(this.bytes.buffer);
  /** First unread byte, as an index into `bytes`. */
  start = 0;
  /** One past the last byte present. */
  end = 0;
  /** True when the source has no more bytes than those present. */
  atEnd = false;
  /** True when nobody wants the rest: a record that its end cuts is no damage. */
  closed = false;
  #base = 0;
  #copyTo: ((bytes: Uint8Array) => void) | null = null;
  readonly #turns = new Turns();

  constructor(readonly source: ByteSource) {}

  /** Ends the stream; a pending fill() finds the end. */
  close(): Promise<void> {
    this.closed = true;
    return this.source.close();
  }

  /** Hands every byte from the window's start on to `keep` too, which must copy it; those to come as they come. */
  copyTo(keep: (bytes: Uint8Array) => void): void {
    keep(this.bytes.subarray(this.start, this.end));
    this.#copyTo = keep;
  }

  /** Stream position of an index into `bytes`. */
  positionOf(index: number): number {
    return this.#base + index;
  }

  /** Bytes present and not yet read. */
  get available(): number {
    return this.end - this.start;
  }

  /**
   * Makes at least `count` bytes available, or all there are. Bytes handed out before are moved: a batch
   * over this memory must have been released.
   * @returns whether `count` bytes are there; read `available` for how many are
   */
  fill(count: number): boolean | Promise<boolean> {
    while (this.available < count && !this.atEnd) {
      this.#makeRoom(count);
      const got = this.source.read(this.bytes, this.end);
      if (typeof got !== 'number') return this.#fillLater(got, count);
      this.#took(got);
    }
    return this.available >= count;
  }

  /** A loop and not a chain of promises: a source may hand out its bytes one by one. */
  async #fillLater(first: Promise<number>, count: number): Promise<boolean> {
    this.#took(await first);
    while (this.available < count && !this.atEnd) {
      this.#makeRoom(count);
      this.#took(await this.source.read(this.bytes, this.end));
    }
    return this.available >= count;
  }

  #took(read: number): void {
    if (read === 0) this.atEnd = true;
    this.#copyTo?.(this.bytes.subarray(this.end, this.end + read));
    this.end += read;
  }

  #makeRoom(count: number): void {
    if (this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.end);
      this.#base += this.start;
      this.end -= this.start;
      this.start = 0;
    }
    if (this.end < this.bytes.length) return;
    // Full, and still not enough: double, but never past what is asked for plus a chunk.
    const grown = new Uint8Array(Math.min(this.bytes.length * 2, count + chunkBytes));
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /**
   * For loops that may go on for long without a read that waits: lets the event loop, and with it signals, have a
   * turn when the last one is too long ago.
   * @throws when the window was closed meanwhile: such a loop may not come to an end by itself
   */
  async breathe(): Promise<void> {
    if ((await this.#turns.give()) && this.closed) throw new Error('the window was closed');
  }

  /**
   * Skips `count` bytes without keeping them.
   * @returns whether there were so many
   */
  async skip(count: number): Promise<boolean> {
    let left = count;
    for (;;) {
      const step = Math.min(left, this.available);
      this.start += step;
      left -= step;
      if (left === 0) return true;
      if (!(await this.fill(1))) return false;
    }
  }
}
