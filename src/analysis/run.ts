/**
 * Takes the batches of one or several sources to whoever consumes them, without ever keeping the event loop
 * for long: signals, the dashboard and live sources go on beside it.
 */
import { CaptureError } from '../capture/capture-error.js';
import type { FrameBatch } from '../capture/frame-batch.js';
import { mergeByTime } from '../capture/merge.js';
import type { Source } from '../capture/source.js';
import { Turns } from '../capture/turns.js';
import type { FrameFilter } from '../filter/frame-filter.js';
import { originOf } from './origin.js';

export interface RunOptions {
  /** Called with each batch, which is released afterwards. */
  readonly onBatch: (sourceIndex: number, batch: FrameBatch) => void;
  /** What must be waited for before the next batch; null for nothing. */
  readonly ready: () => Promise<void> | null;
  /** Called when a source ends early; the others go on. */
  readonly onError: (sourceIndex: number, error: CaptureError) => void;
  /** Called when there were enough frames, before the rest of the sources was read. */
  readonly onStop: () => void;
  /** Frames after which everything is closed; of those that the filter selects. */
  readonly maxFrames: number;
  /** onBatch takes frames out of the batch, and no more than maxFrames in all are left. */
  readonly selectsLater?: boolean;
  /** Takes frames out before anyone else sees them. */
  readonly filter?: FrameFilter | null;
}

/** Runs until every source has ended. Files are merged by time; what goes on growing is taken as it comes. */
export async function runSources(sources: readonly Source[], options: RunOptions): Promise<void> {
  const run = new Run(sources, options);
  const isGrowing = sources.every(({ format, isFollowed }) => format === 'live' || isFollowed === true);
  if (!isGrowing) return run.takeMerged();
  const ends = await Promise.allSettled(sources.map((source, i) => run.takeGrowing(source, i)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

class Run {
  #framesLeft: number;
  readonly #turns = new Turns();

  constructor(
    readonly sources: readonly Source[],
    readonly options: RunOptions,
  ) {
    this.#framesLeft = options.maxFrames;
  }

  async takeGrowing(source: Source, index: number): Promise<void> {
    try {
      for await (const batch of source) {
        if (!this.#take(index, batch)) return;
        await this.#giveTurn();
      }
    } catch (error) {
      if (!(error instanceof CaptureError)) {
        for (const other of this.sources) void other.close();
        throw error;
      }
      this.options.onError(index, error);
    }
  }

  async takeMerged(): Promise<void> {
    for await (const { source, batch } of mergeByTime(this.sources, this.options.onError)) {
      if (!this.#take(source, batch)) return;
      await this.#giveTurn();
    }
  }

  /** Waits for who must be waited for, and lets the event loop run when it has waited for long enough. */
  async #giveTurn(): Promise<void> {
    const wait = this.options.ready();
    if (wait !== null) await wait;
    await this.#turns.give();
  }

  /** @returns false when there were enough frames */
  #take(index: number, batch: FrameBatch): boolean {
    const { filter } = this.options;
    if (filter) filter.apply(batch, originOf(this.sources[index], batch));
    if (batch.count === 0) {
      batch.release();
      return true;
    }
    if (!this.options.selectsLater) batch.count = Math.min(batch.count, this.#framesLeft);
    this.options.onBatch(index, batch);
    this.#framesLeft -= batch.count;
    batch.release();
    if (this.#framesLeft > 0) return true;
    this.options.onStop();
    for (const source of this.sources) void source.close();
    return false;
  }
}
