/**
 * The flow table as a sorted, filtered list, one page at a time. Sorting looks at typed columns only; records
 * are made for the rows that are shown.
 */
import { Locality } from '../classify/locality.js';
import { Word } from '../flow/flow-entry.js';
import type { FlowRecord } from '../flow/flow-record.js';
import { entryOfFlow, flowRecord, localityBit } from '../flow/flow-report.js';
import type { FlowTable } from '../flow/flow-table.js';
import type { Pipeline } from './pipeline.js';
import type { FlowSort, Page, ViewFilter } from './port.js';

/** Above this many flows text sorts, which need a record a flow, fall back to order of appearance. */
const maxTextSort = 20_000;
/** Above this many flows the list is sorted again no more often than this. */
const largeTable = 20_000;
const resortMs = 2000;

export class FlowList {
  /** What #ids answer: the question, the table, how many frames there were then, and when that was. */
  #key = '';
  #frames = 0;
  #sortedMs = 0;
  #flows: FlowTable | null = null;
  #ids: Uint32Array = new Uint32Array(0);

  constructor(readonly pipeline: Pipeline) {}

  /** @param only ids of the flows that may be listed, null for all */
  page(
    sort: FlowSort,
    descending: boolean,
    from: number,
    count: number,
    filter: ViewFilter,
    only: ReadonlySet<number> | null = null,
  ): Page<FlowRecord> {
    const ids = this.#ascending(sort, filter, only);
    // Row i of the descending list is row total - 1 - i of the ascending one.
    const last = ids.length - from;
    const shown = descending
      ? ids.subarray(Math.max(0, last - count), Math.max(0, last)).toReversed()
      : ids.subarray(from, from + count);
    return { total: ids.length, rows: Array.from(shown, (id) => this.#record(id)) };
  }

  #record(id: number): FlowRecord {
    const { flows, flowNumbers } = this.pipeline;
    const record = flowRecord(flows, id);
    return flowNumbers === null ? record : { ...record, id: flowNumbers.shownOf(id) };
  }

  /**
   * Ids of all flows that match, sorted: those of the last question again while no frame has come since, and for a
   * large table a little longer, because sorting it takes longer than a key may wait.
   */
  #ascending(sort: FlowSort, filter: ViewFilter, only: ReadonlySet<number> | null): Uint32Array {
    const { flows, counters } = this.pipeline;
    const key = JSON.stringify([sort, filter, only?.size ?? -1]);
    const now = performance.now();
    const isFresh =
      counters.frames === this.#frames || (flows.size > largeTable && now < this.#sortedMs + resortMs);
    if (key !== this.#key || flows !== this.#flows || !isFresh) {
      this.#key = key;
      this.#flows = flows;
      this.#frames = counters.frames;
      this.#sortedMs = now;
      this.#ids = this.#matching(filter, only);
      this.#sort(this.#ids, sort);
    }
    return this.#ids;
  }

  #matching(filter: ViewFilter, only: ReadonlySet<number> | null): Uint32Array {
    const { flows, flowNumbers } = this.pipeline;
    const wanted = (filter.localities ?? Object.values(Locality)).reduce<number>(
      (bits, each) => bits | localityBit(each),
      0,
    );
    const ids = new Uint32Array(flows.size);
    let count = 0;
    const shownOf = (id: number): number => flowNumbers?.shownOf(id) ?? id;
    const { flow } = filter;
    const one = flow === undefined ? undefined : (flowNumbers?.countedOf(flow) ?? flow);
    for (let id = Math.max(1, one ?? 1); id <= Math.min(one ?? flows.size, flows.size); id++) {
      if (only !== null && !only.has(shownOf(id))) continue;
      const kind = flows.entries[entryOfFlow(id) + Word.kind];
      if ((kind & wanted) !== 0) ids[count++] = id;
    }
    return ids.subarray(0, count);
  }

  #sort(ids: Uint32Array, sort: FlowSort): void {
    if (sort === 'first') return; // Ids are given in that order.
    if (sort === 'initiator' || sort === 'responder' || sort === 'state') {
      if (ids.length > maxTextSort) return;
      const keys = new Map(Array.from(ids, (id) => [id, this.#textKey(id, sort)]));
      const order = new Intl.Collator('en', { numeric: true });
      ids.sort((a, b) => order.compare(keys.get(a)!, keys.get(b)!) || a - b);
      return;
    }
    const keys = new Float64Array(this.pipeline.flows.size + 1);
    for (const id of ids) keys[id] = this.#numberKey(id, sort);
    ids.sort((a, b) => keys[a] - keys[b] || a - b);
  }

  #numberKey(id: number, sort: 'last' | 'frames' | 'bytes'): number {
    const { flows } = this.pipeline;
    const at = entryOfFlow(id);
    const { entries, doubles } = flows;
    if (sort === 'frames')
      return (entries[at + Word.forwardFrames] >>> 0) + (entries[at + Word.reverseFrames] >>> 0);
    if (sort === 'bytes')
      return doubles[(at + Word.forwardBytes) >> 1] + doubles[(at + Word.reverseBytes) >> 1];
    return entries[at + Word.lastTime + 1] * 4294967296 + (entries[at + Word.lastTime] >>> 0);
  }

  #textKey(id: number, sort: 'initiator' | 'responder' | 'state'): string {
    const record = flowRecord(this.pipeline.flows, id);
    if (sort === 'state') return `${record.protocol} ${record.state}`;
    const end = record[sort];
    return `${end.address} ${String(end.port).padStart(5, '0')}`;
  }
}
