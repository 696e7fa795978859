/**
 * The analyzer: runs the sources through the pipeline, keeps what can still be shown, and answers the port.
 */
import type { CaptureError } from '../capture/capture-error.js';
import type { Source } from '../capture/source.js';
import { decode } from '../decode/decode.js';
import { dissectFrame } from '../decode/dissect.js';
import { PacketBatch } from '../decode/packet-batch.js';
import type { FlowRecord } from '../flow/flow-record.js';
import type { BatchObserver } from './batch-observer.js';
import { FlowList } from './flow-list.js';
import { FrameIndex } from './frame-index.js';
import { FrameStore, type StoredFrame } from './frame-store.js';
import { packetRow } from './packet-row.js';
import { Pipeline, type PipelineOptions } from './pipeline.js';
import type {
  AnalyzerPort,
  FlowSort,
  FrameDetail,
  PacketRow,
  Page,
  Snapshot,
  SourceReport,
  ViewFilter,
} from './port.js';
import { runSources } from './run.js';

export interface AnalyzerOptions extends PipelineOptions {
  /** Memory for frames that can be shown again; 0 keeps none. */
  readonly retainBytes: number;
  /** Frames after which to stop; Infinity for all. */
  readonly maxFrames: number;
}

export class Analyzer implements AnalyzerPort {
  readonly pipeline: Pipeline;
  readonly #store: FrameStore;
  readonly #index: FrameIndex;
  readonly #flowList: FlowList;
  readonly #errors: (CaptureError | null)[];
  readonly #single = new PacketBatch(1);
  #isRunning = false;
  #hasRun = false;
  /** Files were not read to their ends. */
  #wasStopped = false;

  constructor(
    readonly sources: readonly Source[],
    readonly options: AnalyzerOptions,
  ) {
    this.pipeline = new Pipeline(sources, options);
    this.#store = new FrameStore(options.retainBytes);
    this.#index = new FrameIndex(this.#store);
    this.#flowList = new FlowList(this.pipeline);
    this.#errors = sources.map(() => null);
  }

  /**
   * Reads or captures until every source has ended or was closed.
   * @param observers are shown each batch in this order, before its frames can be asked for
   */
  async run(observers: readonly BatchObserver[] = []): Promise<void> {
    this.#isRunning = true;
    const { pipeline } = this;
    try {
      await runSources(this.sources, {
        maxFrames: this.options.maxFrames,
        onStop: () => {
          this.#wasStopped = true;
        },
        onError: (source, error) => {
          this.#errors[source] = error;
        },
        onBatch: (source, frames) => {
          pipeline.ingest(source, frames);
          for (const observer of observers) observer.onBatch(source, frames);
          const { locality, evidence, flowId } = pipeline;
          this.#store.add({ frames, source, locality, evidence, flowId });
        },
      });
    } finally {
      this.#isRunning = false;
      this.#hasRun = true;
      for (const observer of observers) observer.onEnd();
    }
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
      flows: { total: flows.size, ...flows.counts, framesNotKept: flows.framesNotKept },
      retained: { first: this.#store.first, last: this.#store.first === 0 ? 0 : this.#store.last },
      ownAddresses: this.pipeline.ownAddresses(),
      timeline: { stepSeconds: timeline.stepSeconds, counts: timeline.counts() },
    };
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
    const { total, numbers } = this.#index.page(from, count, filter);
    const rows = numbers.flatMap((number) => {
      const stored = this.#store.get(number);
      return stored === null ? [] : [this.#rowOf(number, stored)];
    });
    return { total, rows };
  }

  async indexOf(number: number, filter: ViewFilter): Promise<number> {
    return this.#index.rowOf(number, filter);
  }

  async detail(number: number): Promise<FrameDetail | null> {
    const stored = this.#store.get(number);
    if (stored === null) return null;
    const { frame } = stored;
    const from = frame.offset[0];
    const bytes = frame.bytes.slice(from, from + frame.capLen[0]);
    const row = this.#rowOf(number, stored);
    return { row, bytes, fields: dissectFrame(bytes, frame.linkType, frame.origLen[0]) };
  }

  #rowOf(number: number, { frame, source, locality, evidence, flow }: StoredFrame): PacketRow {
    decode(frame, this.#single);
    return packetRow(this.#single, 0, {
      number,
      ...this.pipeline.seenOn(source, frame.interfaceId),
      locality,
      evidence,
      flow,
      flows: this.pipeline.flows,
    });
  }

  /**
   * The row of packet i of the batch in hand, inside an observer's onBatch.
   * @param number of the frame, from 1
   */
  currentRow(sourceIndex: number, i: number, number: number): PacketRow {
    const { packets, locality, evidence, flowId, flows } = this.pipeline;
    return packetRow(packets, i, {
      number,
      ...this.pipeline.seenOn(sourceIndex, packets.frames.interfaceId),
      locality: locality[i] as PacketRow['locality'],
      evidence: evidence[i] as PacketRow['evidence'],
      flow: flowId[i],
      flows,
    });
  }

  async flows(
    sort: FlowSort,
    descending: boolean,
    from: number,
    count: number,
    filter: ViewFilter,
  ): Promise<Page<FlowRecord>> {
    return this.#flowList.page(sort, descending, from, count, filter);
  }

  async clear(): Promise<void> {
    this.pipeline.clear();
    this.#store.clear();
    this.#index.clear();
  }

  async close(): Promise<void> {
    if (this.#isRunning) this.#wasStopped = true;
    await Promise.all(this.sources.map((source) => source.close()));
  }
}

/** What a live engine counts, if it can; what a file's interfaces recorded: reading a file drops nothing itself. */
function droppedOf(source: Source): number | null {
  if (source.format === 'live') return source.stats().dropped;
  return source.interfaces.reduce((sum, { dropped }) => sum + (dropped ?? 0), 0);
}

/** null as soon as one is unknown: a sum that leaves something out would look complete. */
function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>(
    (sum, value) => (sum === null || value === null ? null : sum + value),
    0,
  );
}
