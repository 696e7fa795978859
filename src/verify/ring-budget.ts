/**
 * The memory of rings: the kernel takes it at once and cannot swap it out, so that many interfaces share what a few
 * would have for themselves.
 */
import { CaptureError } from '../capture/capture-error.js';
import type { RingSource } from '../capture/ring-source.js';

/** For all rings together, where nobody says how much. */
const ringsBytes = 256 << 20;
const mostRingBytes = 8 << 20;
const leastRingBytes = 1 << 20;
/** For all rings together, where somebody says how much each has. */
const mostGivenBytes = 2 ** 32;

/** Bytes of each ring, of so many that are opened at once. */
export function ringShare(count: number, bytes = ringsBytes): number {
  return Math.max(leastRingBytes, Math.min(mostRingBytes, Math.floor(bytes / Math.max(1, count))));
}

/** What the rings of several watches have together. */
export class RingBudget {
  readonly #share: number;
  readonly #allBytes: number;
  readonly #bytesOf = new WeakMap<RingSource, number>();
  #leftBytes: number;

  /**
   * @param expected rings that are opened at the beginning; they take half at most while that gives each its least
   * @param givenBytes of each ring; null for a share
   */
  constructor(
    expected: number,
    readonly givenBytes: number | null,
  ) {
    this.#share = ringShare(expected, ringsBytes / 2);
    this.#allBytes = givenBytes === null ? ringsBytes : mostGivenBytes;
    this.#leftBytes = this.#allBytes;
  }

  /**
   * Opens a ring with what it may have: less and less for those that come late.
   * @throws CaptureError `interface` where nothing is left; what `open` throws
   */
  async open(name: string, open: (bufferBytes: number) => Promise<RingSource>): Promise<RingSource> {
    const late = Math.max(leastRingBytes, Math.floor(this.#leftBytes / 4));
    const bytes = this.givenBytes ?? Math.min(this.#share, late);
    if (bytes > this.#leftBytes) {
      const all = `${this.#allBytes / (1 << 20)} MiB`;
      const what = `left out: the rings of all network namespaces have taken the ${all} that they share`;
      throw new CaptureError('interface', name, what, -1, 'watch one namespace: --netns');
    }
    this.#leftBytes -= bytes;
    try {
      const source = await open(bytes);
      this.#bytesOf.set(source, bytes);
      return source;
    } catch (error) {
      this.#leftBytes += bytes;
      throw error;
    }
  }

  /** Of a ring that is closed. */
  giveBack(source: RingSource): void {
    this.#leftBytes += this.#bytesOf.get(source) ?? 0;
    this.#bytesOf.delete(source);
  }
}
