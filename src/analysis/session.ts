/**
 * One run of the analyzer over open sources, from the first frame to its outcome: the same in the main thread, which
 * prints, and in the worker, which answers the dashboard.
 */
import type { CaptureError } from '../capture/capture-error.js';
import type { InterfaceRole, Source } from '../capture/source.js';
import { FrameFilter } from '../filter/frame-filter.js';
import type { HostModel } from '../host/host-model.js';
import { linuxHostOf, readLinuxHost } from '../host/linux-host.js';
import { Analyzer } from './analyzer.js';
import type { BatchObserver } from './batch-observer.js';
import { vocabulary } from './filter-words.js';
import { planLiveFilter, planReferenceFilter } from './live-filter.js';
import type { Outcome } from './port.js';
import { Recorder, type RecordSpec } from './recorder.js';

/** What the user wants of an analysis, as plain data. */
export interface AnalysisSpec {
  readonly hostAddresses: readonly string[];
  readonly roles: ReadonlyMap<string, InterfaceRole>;
  /** Memory for frames of live sources that can be shown again; 0 keeps none of any source. */
  readonly retainBytes: number;
  readonly maxFrames: number;
  /** Filter text over frames as they come from the sources, '' for all. */
  readonly filter?: string;
  /** Frames, bytes and times are all that is asked for. */
  readonly countsOnly?: boolean;
  /** `-w`, or null. */
  readonly record: RecordSpec | null;
}

/** The host whose interfaces are captured: all live sources are of one network namespace. */
function liveHostOf(sources: readonly Source[]): HostModel {
  const tables = sources.find(({ hostTables }) => (hostTables ?? null) !== null)?.hostTables?.();
  return tables === undefined ? readLinuxHost() : linuxHostOf(tables);
}

/** The text that has to be asked here: live, the kernel or libpcap may have decided it all. */
function filterHere(text: string, sources: readonly Source[]): string {
  const live = sources.find(({ format }) => format === 'live');
  if (text === '' || live === undefined) return text;
  if (live.engine !== 'fast') return planReferenceFilter(text).hereText;
  return planLiveFilter(text, new Set(live.interfaces.map(({ linkType }) => linkType))).hereText;
}

export class Session {
  readonly analyzer: Analyzer;
  readonly frameFilter: FrameFilter | null;
  #recorder: Recorder | null = null;

  constructor(
    readonly sources: readonly Source[],
    readonly spec: AnalysisSpec,
  ) {
    const { hostAddresses, roles, retainBytes, maxFrames, countsOnly = false } = spec;
    const isLive = sources.some((source) => source.format === 'live');
    const text = filterHere(spec.filter ?? '', sources);
    const filter = text === '' ? null : new FrameFilter(text, vocabulary);
    this.frameFilter = filter;
    const liveHost = isLive ? () => liveHostOf(sources) : null;
    const options = { hostAddresses, liveHost, roles, retainBytes, maxFrames, filter };
    this.analyzer = new Analyzer(sources, { ...options, countsOnly });
  }

  /**
   * Opens what is written to. Apart from the constructor, so that the right to capture can be given up before.
   * @throws CaptureError `unwritable`, with the sources closed
   */
  openRecorder(): void {
    const { record } = this.spec;
    if (record === null) return;
    const { analyzer } = this;
    try {
      this.#recorder = new Recorder(this.sources, record, () => void analyzer.close());
    } catch (error) {
      void analyzer.close();
      throw error;
    }
  }

  /** Reads or captures until every source has ended or was closed. */
  async run(observers: readonly BatchObserver[]): Promise<Outcome> {
    const { analyzer } = this;
    await analyzer.run(this.#recorder === null ? observers : [this.#recorder, ...observers]);
    const errors = [...analyzer.errors, this.#recorder?.error ?? null];
    return {
      errors: errors.filter((error): error is CaptureError => error !== null),
      snapshot: analyzer.snapshotNow(),
    };
  }
}
