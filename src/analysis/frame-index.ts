/**
 * Row numbers of a filtered packet list: which frames match, found once and extended as frames arrive.
 */
import type { FrameStore } from './frame-store.js';
import type { ViewFilter } from './port.js';

export class FrameIndex {
  #key = '';
  #numbers: number[] = [];
  /** Matches before this index are no longer held. */
  #gone = 0;
  #scanned = 0;

  constructor(readonly store: FrameStore) {}

  /** Forgets what was found, because the store forgot its frames. */
  clear(): void {
    this.#numbers = [];
    this.#gone = 0;
    this.#scanned = 0;
  }

  /** Brings the index up to date for a filter. */
  #update(filter: ViewFilter): void {
    const key = JSON.stringify(filter);
    if (key !== this.#key) {
      this.clear();
      this.#key = key;
    }
    this.store.scan(this.#scanned + 1, filter, (number) => this.#numbers.push(number));
    this.#scanned = this.store.last;
    while (this.#gone < this.#numbers.length && this.#numbers[this.#gone] < this.store.first) this.#gone++;
    if (this.#gone > 65536) {
      this.#numbers = this.#numbers.slice(this.#gone);
      this.#gone = 0;
    }
  }

  /** Frame numbers of rows `from` to `from + count`, and how many rows there are. */
  page(from: number, count: number, filter: ViewFilter): { total: number; numbers: number[] } {
    if (isEverything(filter)) {
      const { first, held: total } = this.store;
      const len = Math.max(0, Math.min(count, total - from));
      return { total, numbers: Array.from({ length: len }, (_, i) => first + from + i) };
    }
    this.#update(filter);
    const start = this.#gone + from;
    return { total: this.#numbers.length - this.#gone, numbers: this.#numbers.slice(start, start + count) };
  }

  /** Row of frame `number`, or of the next frame that matches. */
  rowOf(number: number, filter: ViewFilter): number {
    if (isEverything(filter)) return Math.min(this.store.held, Math.max(0, number - this.store.first));
    this.#update(filter);
    let low = this.#gone;
    let high = this.#numbers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#numbers[middle] < number) low = middle + 1;
      else high = middle;
    }
    return low - this.#gone;
  }
}

function isEverything(filter: ViewFilter): boolean {
  return filter.localities === undefined && filter.flow === undefined;
}
