/**
 * Frames by locality in equal steps of capture time, for sparklines. The steps double whenever the capture
 * outgrows them, so that memory is fixed however long it runs.
 */
import { localityName } from '../classify/locality.js';

const two32 = 4294967296;
const steps = 128;
/** Counts of one step. */
export const timelineRows = localityName.length;

export class Timeline {
  #stepNs = 1e9 / 16;
  /** Time of the first frame, in two words: the difference of two times is exact where a time in ns is not. */
  #originHigh = 0;
  #originLow = 0;
  /** Steps in use; 0 before the first frame. */
  #used = 0;
  /** The step at which seek() stands, and the time when it ends, in two signed words. */
  here = 0;
  endHigh = 0;
  endLow = 0;
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
      this.#originLow = tsWords[2 * first] >>> 0;
      this.#originHigh = tsWords[2 * first + 1];
    }
    const counts = this.counts;
    const originHigh = this.#originHigh;
    const originLow = this.#originLow;
    for (let i = first; i < count; i++) {
      const highs = tsWords[2 * i + 1] - originHigh;
      const elapsedNs = Math.max(0, highs * two32 + ((tsWords[2 * i] >>> 0) - originLow));
      while (elapsedNs >= steps * this.#stepNs) this.#halve();
      const step = Math.floor(elapsedNs / this.#stepNs);
      if (step >= this.#used) this.#used = step + 1;
      counts[step * timelineRows + locality[i]]++;
    }
  }

  /** Stands at the step of a time, given in two words; one before the first time counts as the first. */
  seek(high: number, low: number): void {
    if (this.#used === 0) {
      this.#originHigh = high;
      this.#originLow = low >>> 0;
    }
    const elapsedNs = (high - this.#originHigh) * two32 + ((low >>> 0) - this.#originLow);
    while (elapsedNs >= steps * this.#stepNs) this.#halve();
    this.here = Math.max(0, Math.floor(elapsedNs / this.#stepNs));
    const end = (this.here + 1) * this.#stepNs + this.#originLow;
    this.endHigh = this.#originHigh + Math.floor(end / two32);
    this.endLow = end | 0;
    if (this.here >= this.#used) this.#used = this.here + 1;
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
