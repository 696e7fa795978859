/**
 * Rows of a filtered packet list: how many frames match up to each block of frames. A row is found by its block and a
 * look through that one, so that the memory is a number for every 16,384 frames, and 20 million take about 30 ms, in steps.
 *
 *     blocks    [ 1 … 16384 ][ 16385 … 32768 ][ …           matches before each:  0, 117, 305 …
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { packVerdict } from '../classify/locality.js';
import type { FrameKeeper, VerdictSlab } from './frame-keeper.js';
import type { ViewFilter } from './port.js';
import { matcherBlockFrames as blockFrames, type OriginOf, TextMatcher } from './text-matcher.js';

/** Filters whose counts are kept: those of the views, and those one comes back to. */
const keptScans = 4;
/** A step of a scan; other work has a turn after it. */
const stepMs = 4;
/** A page that is known already is not held back for longer by the rest of the scan. */
const patienceMs = 50;

export interface FoundPage {
  readonly total: number;
  readonly numbers: number[];
  /** `total` counts those only that were looked at so far. */
  readonly isPartial: boolean;
}

export class FrameIndex {
  #scans = new Map<string, FilterScan>();

  constructor(
    readonly store: FrameKeeper,
    readonly originOf: OriginOf,
  ) {}

  /** Forgets what was found, because the store forgot its frames. */
  clear(): void {
    this.#scans.clear();
  }

  #scanOf(filter: ViewFilter): FilterScan {
    const key = JSON.stringify(filter);
    const scan = this.#scans.get(key) ?? new FilterScan(this.store, filter, this.originOf);
    this.#scans.delete(key);
    this.#scans.set(key, scan);
    if (this.#scans.size > keptScans) this.#scans.delete(this.#scans.keys().next().value!);
    return scan;
  }

  /** Looks on for a moment. @returns whether all frames were looked at */
  step(filter: ViewFilter): boolean {
    return isEverything(filter) || this.#scanOf(filter).step(stepMs);
  }

  /** Looks on, in steps, at all frames; after a while only until there are `rows` rows and frame `number` was seen. */
  async prepare(filter: ViewFilter, rows: number, number: number): Promise<void> {
    const scan = this.#scanOf(filter);
    const began = performance.now();
    while (!scan.step(stepMs) && [...this.#scans.values()].includes(scan)) {
      // A text takes long to look through a large file: what is known of it is shown meanwhile.
      const isEnough = (filter.text !== undefined || scan.total >= rows) && scan.scanned >= number;
      if (isEnough && performance.now() - began > patienceMs) return;
      await nextTurn();
    }
  }

  /** Flows with a frame that matches, among those looked at so far. */
  flowsOf(filter: ViewFilter): { flows: ReadonlySet<number>; isPartial: boolean } | null {
    if (filter.text === undefined) return null;
    const scan = this.#scanOf(filter);
    const isPartial = !scan.step(stepMs);
    return { flows: scan.flows, isPartial };
  }

  /** Frame numbers of rows `from` to `from + count`, and how many rows there are. */
  page(from: number, count: number, filter: ViewFilter): FoundPage {
    if (isEverything(filter)) {
      const { first, held: total } = this.store;
      const len = Math.max(0, Math.min(count, total - from));
      return { total, numbers: Array.from({ length: len }, (_, i) => first + from + i), isPartial: false };
    }
    const scan = this.#scanOf(filter);
    const isPartial = !scan.step(stepMs);
    return { total: scan.total, numbers: scan.numbers(from, count), isPartial };
  }

  /** Row of frame `number`, or of the next frame that matches. */
  rowOf(number: number, filter: ViewFilter): number {
    if (isEverything(filter)) return Math.min(this.store.held, Math.max(0, number - this.store.first));
    const scan = this.#scanOf(filter);
    scan.step(stepMs);
    return scan.rowOf(number);
  }
}

/** What matches one filter. */
class FilterScan {
  /** Number of the last frame that was looked at. */
  scanned = 0;
  /** Of a text: flows with a frame that matched. */
  readonly flows = new Set<number>();
  /** Matches before each block; one more than the blocks begun. */
  readonly #before = [0];
  /** By packed verdict: 1 where it matches. */
  readonly #wanted = new Uint8Array(256);
  readonly #flow: number;
  readonly #text: TextMatcher | null;

  /** @throws FilterError for a text that was not checked before */
  constructor(
    readonly store: FrameKeeper,
    { localities, flow = 0, text }: ViewFilter,
    originOf: OriginOf,
  ) {
    this.#flow = flow;
    this.#text = text === undefined ? null : new TextMatcher(text, store, originOf);
    if (localities === undefined) this.#wanted.fill(1);
    else
      for (const locality of localities)
        this.#wanted.fill(1, packVerdict(locality, 0), packVerdict(locality + 1, 0));
  }

  /** Looks on for so long. @returns whether all frames were looked at */
  step(ms: number): boolean {
    const began = performance.now();
    while (this.scanned < this.store.last) {
      const from = this.scanned + 1;
      const block = blockOf(from);
      const end = Math.min((block + 1) * blockFrames, this.store.last);
      const to = this.#text?.look(from, end) ?? end;
      const before = this.#before[block + 1] ?? this.#before[block];
      this.#before[block + 1] = before + this.#count(from, to);
      if (this.#text !== null) this.#noteFlows(from, to);
      this.scanned = to;
      if (performance.now() - began > ms) return this.scanned >= this.store.last;
    }
    return true;
  }

  /** Matches among the frames looked at that are no longer held. */
  get #gone(): number {
    const { first } = this.store;
    if (first <= 1) return first === 1 ? 0 : this.#before[this.#before.length - 1];
    if (first > this.scanned) return this.#before[this.#before.length - 1];
    const block = blockOf(first);
    const end = Math.min((block + 1) * blockFrames, this.scanned);
    return this.#before[block + 1] - this.#count(first, end);
  }

  /** Matches that are held, as far as was looked. */
  get total(): number {
    return this.#before[this.#before.length - 1] - this.#gone;
  }

  /** Numbers of the frames of `count` rows from row `from` on. */
  numbers(from: number, count: number): number[] {
    const found: number[] = [];
    const wanted = this.#gone + from;
    let block = this.#blockOfMatch(wanted);
    let skip = wanted - Math.max(this.#before[block], this.#gone);
    for (; found.length < count && block < this.#before.length - 1; block++) {
      if (this.#before[block + 1] === this.#before[block]) continue;
      const end = Math.min((block + 1) * blockFrames, this.scanned);
      for (const number of this.#matches(Math.max(block * blockFrames + 1, this.store.first), end)) {
        if (skip-- > 0) continue;
        found.push(number);
        if (found.length === count) break;
      }
      skip = 0;
    }
    return found;
  }

  rowOf(number: number): number {
    if (number > this.scanned) return this.total;
    const from = Math.max(number, this.store.first, 1);
    if (from > this.scanned) return 0;
    const block = blockOf(from);
    const end = Math.min((block + 1) * blockFrames, this.scanned);
    return this.#before[block + 1] - this.#count(from, end) - this.#gone;
  }

  /** The block that match `wanted` is in, counted from 0 over all that were found. */
  #blockOfMatch(wanted: number): number {
    let low = 0;
    let high = this.#before.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#before[middle + 1] <= wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** How many of the frames `from` to `to` match, as far as they are held. */
  #count(from: number, to: number): number {
    let count = 0;
    for (let number = Math.max(from, this.store.first); number <= to; ) {
      const slab = this.store.slabOf(number);
      if (slab === null) break;
      const end = Math.min(slab.count, to - slab.first + 1);
      count += this.#countIn(slab, number - slab.first, end);
      number = slab.first + end;
    }
    return count;
  }

  #countIn(slab: VerdictSlab, start: number, end: number): number {
    const { verdict, flow } = slab;
    const wanted = this.#wanted;
    const id = this.#flow;
    let count = 0;
    if (this.#text !== null) for (let i = start; i < end; i++) count += Number(this.#isMatch(slab, i));
    else if (id === 0) for (let i = start; i < end; i++) count += wanted[verdict[i]];
    else for (let i = start; i < end; i++) if (flow[i] === id) count += wanted[verdict[i]];
    return count;
  }

  #isMatch({ verdict, flow, first }: VerdictSlab, i: number): boolean {
    if (this.#wanted[verdict[i]] === 0 || (this.#flow !== 0 && flow[i] !== this.#flow)) return false;
    return this.#text === null || this.#text.isMatch(first + i);
  }

  *#matches(from: number, to: number): Generator<number> {
    for (let number = from; number <= to; number++) {
      const slab = this.store.slabOf(number);
      if (slab === null) return;
      const end = Math.min(slab.count, to - slab.first + 1);
      for (let i = number - slab.first; i < end; i++) {
        if (this.#isMatch(slab, i)) yield slab.first + i;
      }
      number = slab.first + end - 1;
    }
  }

  #noteFlows(from: number, to: number): void {
    for (let number = Math.max(from, this.store.first); number <= to; ) {
      const slab = this.store.slabOf(number);
      if (slab === null) return;
      const end = Math.min(slab.count, to - slab.first + 1);
      for (let i = number - slab.first; i < end; i++) {
        if (slab.flow[i] !== 0 && this.#isMatch(slab, i)) this.flows.add(slab.flow[i]);
      }
      number = slab.first + end;
    }
  }
}

/** The block that frame `number` is in, from 0. */
function blockOf(number: number): number {
  return Math.floor((number - 1) / blockFrames);
}

function isEverything(filter: ViewFilter): boolean {
  return filter.localities === undefined && filter.flow === undefined && filter.text === undefined;
}
