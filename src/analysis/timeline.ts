/**
 * Frames by locality in equal steps of capture time, for sparklines. The steps double whenever the capture
 * outgrows them, so that memory is fixed however long it runs.
 */
import { localityName } from '../classify/locality.js';

const steps = 128;
/** Counts of one step. */
export const timelineRows = localityName.length;

export class Timeline {
  #stepNs = 1e9 / 16;
  /** Time of the first frame, in two words: the difference of two times is exact where a time in ns is not. */
  originHigh = 0;
  originLow = 0;
  /** Steps in use; 0 before the first frame. */
  #used = 0;
  /** The step at which seek() stands, and when it ends, in nanoseconds since the first time. */
  here = 0;
  stepEndNs = 0;
  /** Frames by step and locality: step · timelineRows + locality. */
  readonly counts = new Float64Array(steps * timelineRows);

  get stepSeconds(): number {
    return this.#stepNs / 1e9;
  }

  /**
   * Adds the frames from `first` to `count`.
   * @param tsWords as in FrameBatch; a time earlier than the first one counts as the first
   * @param locality one a frame
   */
  add(tsWords: Int32Array, locality: Uint8Array, first: number, count: number): void {
    if (this.#used === 0 && count > first) {
      this.originLow = tsWords[2 * first] >>> 0;
      this.originHigh = tsWords[2 * first + 1];
    }
    const counts = this.counts;
    const originHigh = this.originHigh;
    const originLow = this.originLow;
    for (let i = first; i < count; i++) {
      const highs = tsWords[2 * i + 1] - originHigh;
      const elapsedNs = Math.max(0, highs * 4294967296 + ((tsWords[2 * i] >>> 0) - originLow));
      while (elapsedNs >= steps * this.#stepNs) this.#halve();
      const step = Math.floor(elapsedNs / this.#stepNs);
      if (step >= this.#used) this.#used = step + 1;
      counts[step * timelineRows + locality[i]]++;
    }
  }

  /**
   * Stands at the step of a time, given in two words; one before the first time counts as the first.
   * @returns nanoseconds since the first time
   */
  seek(high: number, low: number): number {
    if (this.#used === 0) {
      this.originHigh = high;
      this.originLow = low;
    }
    const elapsedNs = (high - this.originHigh) * 4294967296 + (low - this.originLow);
    while (elapsedNs >= steps * this.#stepNs) this.#halve();
    this.here = Math.max(0, Math.floor(elapsedNs / this.#stepNs));
    this.stepEndNs = (this.here + 1) * this.#stepNs;
    if (this.here >= this.#used) this.#used = this.here + 1;
    return elapsedNs;
  }

  #halve(): void {
    const counts = this.counts;
    for (let step = 0; step < steps; step++) {
      for (let row = 0; row < timelineRows; row++) {
        const first = 2 * step * timelineRows + row;
        counts[step * timelineRows + row] =
          step < steps / 2 ? counts[first] + counts[first + timelineRows] : 0;
      }
    }
    this.#stepNs *= 2;
    this.#used = Math.ceil(this.#used / 2);
  }

  /** By Locality value: frames in each step, oldest first. */
  countsByLocality(): number[][] {
    return localityName.map((_, row) =>
      Array.from({ length: this.#used }, (_step, step) => this.counts[step * timelineRows + row]),
    );
  }
}
