/**
 * Several sources as one sequence in order of time, each in its own order (which may run backwards).
 *
 *     source 0   [ 1 2 | 5 6 ]       runs: 0:[1 2]  1:[3 4]  0:[5 6]  1:[7]
 *     source 1   [ 3 4 | 7 ]         a run ends where the next frame of another source comes first
 *
 * Frame bytes are never copied: a run is a batch over its source's memory with its own columns, copied into one
 * buffer per source. A run that is a whole batch is that batch.
 */
import { CaptureError } from './capture-error.js';
import { batchCapacity, type FrameBatch, FrameBatchBuffer } from './frame-batch.js';
import type { Source } from './source.js';

/** A batch and the index of the source it came from; both are the caller's until it asks for the next. */
export interface MergedBatch {
  readonly source: number;
  readonly batch: FrameBatch;
}

/**
 * Merges by time; equal times come in the order of the sources. With one source, its batches pass untouched.
 * @param onError is told of each source's CaptureError, after all that the source delivered before it was
 *   yielded; the others go on. Any other error ends the merge.
 */
export async function* mergeByTime(
  sources: readonly Source[],
  onError: (source: number, error: CaptureError) => void,
): AsyncGenerator<MergedBatch, void, void> {
  const lanes = sources.map((source, index) => new Lane(index, source));
  try {
    const open: Lane[] = [];
    for (const lane of lanes) if (await lane.advance(onError)) open.push(lane);
    while (open.length > 0) {
      const lane = earliest(open);
      const isLast = lane.takeRun(open);
      yield lane;
      if (isLast && !(await lane.advance(onError))) open.splice(open.indexOf(lane), 1);
    }
  } finally {
    for (const lane of lanes) await lane.close();
  }
}

/** The lane whose next frame comes first; the lanes stand in the order of their sources. */
function earliest(lanes: readonly Lane[]): Lane {
  let first = lanes[0];
  for (const lane of lanes) if (lane.isBefore(first)) first = lane;
  return first;
}

/** One source: its batch, how far that was yielded, and the run that is being yielded. */
class Lane implements MergedBatch {
  batch: FrameBatch;
  readonly #frames: AsyncIterator<FrameBatch>;
  readonly #run = new FrameBatchBuffer(batchCapacity);
  #whole: FrameBatch | null = null;
  #next = 0;

  constructor(
    readonly source: number,
    from: Source,
  ) {
    this.#frames = from[Symbol.asyncIterator]();
    this.batch = this.#run;
  }

  /** Gives the batch back and asks for the next. @returns false at the source's end */
  async advance(onError: (source: number, error: CaptureError) => void): Promise<boolean> {
    this.#release();
    try {
      for (;;) {
        const { done, value } = await this.#frames.next();
        if (done) return false;
        this.#whole = value;
        this.#next = 0;
        if (value.count > 0) return true;
        this.#release();
      }
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      onError(this.source, error);
      return false;
    }
  }

  #release(): void {
    // A consumer that was given the whole batch may have released it, and then it is empty.
    if (this.#whole !== null && this.batch !== this.#whole) this.#whole.release();
    this.#whole = null;
  }

  /** Whether this lane's next frame is earlier than the other's. */
  isBefore(other: Lane): boolean {
    return isEarlier(this.#whole!.tsWords, this.#next, other.#whole!.tsWords, other.#next);
  }

  /**
   * Sets `batch` to the frames from the next on that come before every other lane's next frame.
   * @returns whether they end the batch
   */
  takeRun(lanes: readonly Lane[]): boolean {
    const whole = this.#whole!;
    const start = this.#next;
    let end = whole.count;
    for (const other of lanes) if (other !== this) end = this.#endBefore(other, end);
    if (start === 0 && end === whole.count) {
      this.batch = whole;
      return true;
    }
    end = Math.min(end, start + batchCapacity);
    copyColumns(whole, start, end, this.#run);
    this.batch = this.#run;
    this.#next = end;
    return end === whole.count;
  }

  /** Index of the first frame, up to `end`, that the other lane's next frame precedes. */
  #endBefore(other: Lane, end: number): number {
    const words = this.#whole!.tsWords;
    const otherWords = other.#whole!.tsWords;
    const goesFirstAtTie = this.source < other.source;
    let index = this.#next + 1;
    for (; index < end; index++) {
      const isOthersTurn = goesFirstAtTie
        ? isEarlier(otherWords, other.#next, words, index)
        : !isEarlier(words, index, otherWords, other.#next);
      if (isOthersTurn) break;
    }
    return index;
  }

  async close(): Promise<void> {
    this.#release();
    await this.#frames.return?.();
  }
}

/** a[i] < b[j], of 64-bit times in two words each. */
function isEarlier(a: Int32Array, i: number, b: Int32Array, j: number): boolean {
  const highA = a[i * 2 + 1];
  const highB = b[j * 2 + 1];
  return highA === highB ? a[i * 2] >>> 0 < b[j * 2] >>> 0 : highA < highB;
}

/** Makes `run` the frames [start, end) of `whole`; a loop, because most runs are short. */
function copyColumns(whole: FrameBatch, start: number, end: number, run: FrameBatchBuffer): void {
  run.rebind(whole.bytes, whole.view, whole.interfaceId, whole.linkType);
  for (let from = start, to = 0; from < end; from++, to++) {
    run.offset[to] = whole.offset[from];
    run.capLen[to] = whole.capLen[from];
    run.origLen[to] = whole.origLen[from];
    run.tsWords[to * 2] = whole.tsWords[from * 2];
    run.tsWords[to * 2 + 1] = whole.tsWords[from * 2 + 1];
    run.direction[to] = whole.direction[from];
    run.flags[to] = whole.flags[from];
    run.position[to] = whole.position[from];
  }
  run.count = end - start;
}
