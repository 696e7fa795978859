/**
 * The analyzer: runs the sources through the pipeline, keeps what can still be shown, and answers the port.
 */
import type { CaptureError } from '../capture/capture-error.js';
import type { Source } from '../capture/source.js';
import { decode } from '../decode/decode.js';
import { dissectFrame } from '../decode/dissect.js';
import { PacketBatch } from '../decode/packet-batch.js';
import type { FrameFilter } from '../filter/frame-filter.js';
import type { FlowRecord } from '../flow/flow-record.js';
import type { BatchObserver } from './batch-observer.js';
import { FileFrameStore } from './file-frame-store.js';
import { FlowList } from './flow-list.js';
import { FrameIndex } from './frame-index.js';
import type { FrameKeeper, StoredFrame } from './frame-keeper.js';
import { FrameStore } from './frame-store.js';
import { droppedOf, sumOrNull, wasBlind } from './losses.js';
import { originOf } from './origin.js';
import { lostRow, packetRow } from './packet-row.js';
import { Pipeline, type PipelineOptions } from './pipeline.js';
import type {
  AnalyzerPort,
  FlowSort,
  FrameDetail,
  PacketRow,
  Page,
  Retained,
  Snapshot,
  SourceReport,
  ViewFilter,
} from './port.js';
import { runSources } from './run.js';

export interface AnalyzerOptions extends PipelineOptions {
  /** Memory for frames of live sources that can be shown again; 0 keeps none of any source. */
  readonly retainBytes: number;
  /** Frames after which to stop; Infinity for all. */
  readonly maxFrames: number;
  readonly filter?: FrameFilter | null;
  /** Only frames, bytes and times are asked for: nothing is judged unless the filter is about verdicts. */
  readonly countsOnly?: boolean;
}

/** Shares of the kernel's buffer: above the first, only headers are kept, until it is below the second. */
const dangerousBacklog = 0.5;
const calmBacklog = 0.25;
const keptEvents = 20;

export class Analyzer implements AnalyzerPort {
  readonly pipeline: Pipeline;
  /** A filter that needs no verdicts: it is applied before there are any. */
  readonly #frameFilter: FrameFilter | null;
  /** A filter about verdicts, which the pipeline applies. */
  readonly #packetFilter: FrameFilter | null;
  readonly #store: FrameKeeper;
  readonly #index: FrameIndex;
  readonly #flowList: FlowList;
  readonly #errors: (CaptureError | null)[];
  readonly #single = new PacketBatch(1);
  /** By source: its kernel buffer was nearly full. */
  readonly #isInDanger: boolean[];
  #isRunning = false;
  #hasRun = false;
  #end: () => void = () => {};
  /** Resolved by close(). */
  readonly #ending = new Promise<void>((resolve) => {
    this.#end = resolve;
  });
  /** Files were not read to their ends. */
  #wasStopped = false;

  constructor(
    readonly sources: readonly Source[],
    readonly options: AnalyzerOptions,
  ) {
    const { filter = null, maxFrames } = options;
    this.#packetFilter = filter?.isOfPackets === true ? filter : null;
    this.#frameFilter = this.#packetFilter === null ? filter : null;
    this.#packetFilter?.limit(maxFrames);
    this.pipeline = new Pipeline(sources, { ...options, selection: this.#packetFilter });
    this.#store = keeperFor(sources, options.retainBytes);
    this.#index = new FrameIndex(this.#store, (source, id) => originOf(sources[source], { interfaceId: id }));
    this.#flowList = new FlowList(this.pipeline);
    this.#errors = sources.map(() => null);
    this.#isInDanger = sources.map(() => false);
  }

  /**
   * Reads or captures until every source has ended or was closed.
   * @param observers are shown each batch in this order, before its frames can be asked for
   */
  async run(observers: readonly BatchObserver[] = []): Promise<void> {
    this.#isRunning = true;
    const { pipeline } = this;
    const countsOnly = this.options.countsOnly === true && this.#packetFilter === null;
    pipeline.wantsColumns = observers.some((observer) => observer.wantsColumns === true);
    try {
      await runSources(this.sources, {
        maxFrames: this.options.maxFrames,
        ready: () => this.#readyOf(observers),
        filter: this.#frameFilter,
        selectsLater: this.#packetFilter !== null,
        onStop: () => {
          this.#wasStopped = true;
        },
        onError: (source, error) => {
          this.#errors[source] = error;
        },
        onBatch: (source, frames) => {
          if (countsOnly) pipeline.countUnjudged(source, frames);
          else pipeline.ingest(source, frames);
          if (frames.count === 0) return;
          for (const observer of observers) observer.onBatch(source, frames);
          const { locality, evidence, flowId } = pipeline;
          this.#watchBacklog(source);
          this.#store.add({ frames, source, locality, evidence, flowId });
        },
      });
    } finally {
      this.#isRunning = false;
      this.#hasRun = true;
      for (const observer of observers) observer.onEnd();
    }
  }

  /** What the observers wait for; nobody is waited for any more once the run is to end. */
  #readyOf(observers: readonly BatchObserver[]): Promise<void> | null {
    const waits = observers.flatMap((observer) => observer.ready?.() ?? []);
    return waits.length === 0 ? null : Promise.race([Promise.all(waits).then(() => {}), this.#ending]);
  }

  /** Copying whole frames costs most: where the kernel's buffer fills up, only headers are kept until it has drained. */
  #watchBacklog(source: number): void {
    if (!(this.#store instanceof FrameStore) || this.options.retainBytes === 0) return;
    const { backlog } = this.sources[source].stats();
    if (backlog === undefined) return;
    this.#isInDanger[source] = backlog > (this.#isInDanger[source] ? calmBacklog : dangerousBacklog);
    this.#store.isHeadersOnly = this.#isInDanger.includes(true);
  }

  /** Why each source ended early; null where it did not. */
  get errors(): readonly (CaptureError | null)[] {
    return this.#errors;
  }

  async snapshot(): Promise<Snapshot> {
    return this.snapshotNow();
  }

  /** The counters as they stand. */
  snapshotNow(): Snapshot {
    const { counters, flows, timeline } = this.pipeline;
    const sources = this.sources.map((_, i) => this.#sourceReport(i));
    return {
      sources,
      running: this.#isRunning,
      frames: counters.frames,
      capturedBytes: counters.capturedBytes,
      originalBytes: counters.originalBytes,
      firstTimeNs: counters.firstTimeNs,
      lastTimeNs: counters.lastTimeNs,
      dropped: sumOrNull(this.sources.map(droppedOf)),
      protocols: counters.protocols(),
      localities: counters.localities(),
      evidence: counters.evidence(),
      stops: counters.stops(),
      inferredCopies: this.pipeline.copies.inferred,
      flows: { total: flows.size, ...flows.counts, framesNotKept: flows.framesNotKept },
      retained: this.#retained(),
      wasBlind: this.sources.some(wasBlind),
      events: this.sources
        .flatMap(({ events = [] }) => events.slice(-keptEvents))
        .slice(-keptEvents)
        .map(({ text }) => ({ text })),
      ownAddresses: this.pipeline.ownAddresses(),
      timeline: { stepSeconds: timeline.stepSeconds, counts: timeline.countsByLocality() },
    };
  }

  #retained(): Retained {
    const { first, last, headersOnly, notKept } = this.#store;
    return { first, last: first === 0 ? 0 : last, headersOnly, notKept };
  }

  #sourceReport(i: number): SourceReport {
    const source = this.sources[i];
    const error = this.#errors[i];
    const { bytesRead, bytesTotal } = source.stats();
    return {
      name: source.name,
      format: source.format,
      engine: source.engine,
      complete: this.#hasRun && error === null && !(this.#wasStopped && source.format !== 'live'),
      error: error === null ? null : error.message,
      interfaces: this.pipeline.interfaceReports(i),
      bytesRead,
      bytesTotal,
    };
  }

  async rows(from: number, count: number, filter: ViewFilter): Promise<Page<PacketRow>> {
    if (!this.#index.step(filter)) await this.#index.prepare(filter, from + count, 0);
    const { total, numbers, isPartial } = this.#index.page(from, count, filter);
    const rows = numbers.flatMap((number) => {
      const stored = this.#store.get(number);
      return stored === null ? [] : [this.#rowOf(number, stored)];
    });
    return isPartial ? { total, rows, isPartial } : { total, rows };
  }

  async indexOf(number: number, filter: ViewFilter): Promise<number> {
    if (!this.#index.step(filter)) await this.#index.prepare(filter, 0, number);
    return this.#index.rowOf(number, filter);
  }

  async detail(number: number): Promise<FrameDetail | null> {
    const stored = this.#store.get(number);
    if (stored === null) return null;
    const row = this.#rowOf(number, stored);
    const { frame } = stored;
    if (frame === null) return { row, bytes: new Uint8Array(0), fields: [] };
    const from = frame.offset[0];
    const bytes = frame.bytes.slice(from, from + frame.capLen[0]);
    return { row, bytes, fields: dissectFrame(bytes, frame.linkType, frame.origLen[0]) };
  }

  #rowOf(number: number, stored: StoredFrame): PacketRow {
    const { frame, source, interfaceId, capLen, locality, evidence, flow } = stored;
    const seenOn = this.pipeline.seenOn(source, interfaceId);
    if (frame === null) return lostRow(number, stored, seenOn.interface);
    decode(frame, this.#single);
    const { trackedFlows: flows } = this.pipeline;
    const row = packetRow(this.#single, 0, {
      ...{ number, ...seenOn, locality, evidence, flow, flows },
      original: this.pipeline.copies.originalOf(number),
    });
    return row.capLen === capLen ? row : { ...row, capLen, keptLen: row.capLen };
  }

  /**
   * The row of packet i of the batch in hand, inside an observer's onBatch.
   * @param number of the frame, from 1
   */
  currentRow(sourceIndex: number, i: number, number: number): PacketRow {
    const { packets, locality, evidence, flowId, trackedFlows: flows } = this.pipeline;
    return packetRow(packets, i, {
      number,
      ...this.pipeline.seenOn(sourceIndex, packets.frames.interfaceId),
      locality: locality[i] as PacketRow['locality'],
      evidence: evidence[i] as PacketRow['evidence'],
      flow: flowId[i],
      flows,
      original: this.pipeline.copies.originalOf(number),
    });
  }

  async flows(
    sort: FlowSort,
    descending: boolean,
    from: number,
    count: number,
    filter: ViewFilter,
  ): Promise<Page<FlowRecord>> {
    const { text, localities } = filter;
    if (text === undefined) return this.#flowList.page(sort, descending, from, count, filter);
    // The packets decide which flows are listed; their own filter has no single flow.
    const ofPackets = localities === undefined ? { text } : { text, localities };
    await this.#index.prepare(ofPackets, 0, 0);
    const { flows, isPartial } = this.#index.flowsOf(ofPackets)!;
    const page = this.#flowList.page(sort, descending, from, count, filter, flows);
    return isPartial ? { ...page, isPartial } : page;
  }

  async clear(): Promise<void> {
    this.options.filter?.clear();
    this.pipeline.clear();
    this.#store.clear();
    this.#index.clear();
  }

  async close(): Promise<void> {
    if (this.#isRunning) this.#wasStopped = true;
    this.#end();
    await Promise.all(this.sources.map((source) => source.close()));
  }

  /** Frees what frames are read again from: none can be shown after it. */
  dispose(): void {
    this.#store.close();
  }
}

/** Of files where their frames stand, where they can be read again; else the frames themselves. */
function keeperFor(sources: readonly Source[], retainBytes: number): FrameKeeper {
  const readers = sources.flatMap(({ frames }) => frames ?? []);
  const isReadable = retainBytes > 0 && readers.length === sources.length;
  return isReadable ? new FileFrameStore(readers) : new FrameStore(retainBytes);
}
