/**
 * Frames by locality in equal steps of capture time, for sparklines. The steps double whenever the capture
 * outgrows them, so that memory is fixed however long it runs.
 */
import { localityName } from '../classify/locality.js';

const steps = 128;
const rows = localityName.length;

export class Timeline {
  #stepNs = 1e9 / 16;
  /** Time of the first frame, in two words: the difference of two times is exact where a time in ns is not. */
  #originHigh = 0;
  #originLow = 0;
  /** Steps in use; 0 before the first frame. */
  #used = 0;
  readonly #counts = new Float64Array(steps * rows);

  get stepSeconds(): number {
    return this.#stepNs / 1e9;
  }

  /**
   * Adds frames.
   * @param tsWords as in FrameBatch; a time earlier than the first one counts as the first
   * @param locality one a frame
   */
  add(tsWords: Int32Array, locality: Uint8Array, count: number): void {
    if (this.#used === 0 && count > 0) {
      this.#originLow = tsWords[0] >>> 0;
      this.#originHigh = tsWords[1];
    }
    const counts = this.#counts;
    const originHigh = this.#originHigh;
    const originLow = this.#originLow;
    for (let i = 0; i < count; i++) {
      const highs = tsWords[2 * i + 1] - originHigh;
      const elapsedNs = Math.max(0, highs * 4294967296 + ((tsWords[2 * i] >>> 0) - originLow));
      while (elapsedNs >= steps * this.#stepNs) this.#halve();
      const step = Math.floor(elapsedNs / this.#stepNs);
      if (step >= this.#used) this.#used = step + 1;
      counts[step * rows + locality[i]]++;
    }
  }

  #halve(): void {
    const counts = this.#counts;
    for (let step = 0; step < steps; step++) {
      for (let row = 0; row < rows; row++) {
        const first = 2 * step * rows + row;
        counts[step * rows + row] = step < steps / 2 ? counts[first] + counts[first + rows] : 0;
      }
    }
    this.#stepNs *= 2;
    this.#used = Math.ceil(this.#used / 2);
  }

  /** By Locality value: frames in each step, oldest first. */
  counts(): number[][] {
    return localityName.map((_, row) =>
      Array.from({ length: this.#used }, (_step, step) => this.#counts[step * rows + row]),
    );
  }
}
