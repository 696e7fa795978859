/**
 * Frames by locality in equal steps of capture time, for sparklines. The steps double whenever the capture
 * outgrows them, so that memory is fixed however long it runs.
 */
import { localityName } from '../classify/locality.js';

const steps = 128;
const rows = localityName.length;

export class Timeline {
  stepSeconds = 1 / 16;
  #origin = -1;
  #used = 0;
  readonly #counts = new Float64Array(steps * rows);

  /**
   * Adds frames at a time.
   * @param seconds since the epoch; earlier than the first time counts as the first
   * @param before and after: frames by locality, whose difference is added
   */
  add(seconds: number, before: Float64Array, after: Float64Array): void {
    if (this.#origin < 0) this.#origin = seconds;
    let step = Math.max(0, Math.floor((seconds - this.#origin) / this.stepSeconds));
    while (step >= steps) {
      this.#halve();
      step = Math.floor((seconds - this.#origin) / this.stepSeconds);
    }
    this.#used = Math.max(this.#used, step + 1);
    for (let row = 0; row < rows; row++) this.#counts[step * rows + row] += after[row] - before[row];
  }

  #halve(): void {
    const counts = this.#counts;
    for (let step = 0; step < steps; step++) {
      for (let row = 0; row < rows; row++) {
        const first = 2 * step * rows + row;
        counts[step * rows + row] = step < steps / 2 ? counts[first] + counts[first + rows] : 0;
      }
    }
    this.stepSeconds *= 2;
    this.#used = Math.ceil(this.#used / 2);
  }

  /** By Locality value: frames in each step, oldest first. */
  counts(): number[][] {
    return localityName.map((_, row) =>
      Array.from({ length: this.#used }, (_step, step) => this.#counts[step * rows + row]),
    );
  }
}
