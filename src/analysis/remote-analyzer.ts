/**
 * The analyzer in a thread of its own, from the outside: the port, as questions that are answered later. This thread
 * keeps nothing but the last snapshot, so that keys are answered whatever the load.
 */
import { Worker } from 'node:worker_threads';
import type { FlowRecord } from '../flow/flow-record.js';
import type {
  AnalyzerPort,
  FlowSort,
  FrameDetail,
  Outcome,
  PacketRow,
  Page,
  Snapshot,
  ViewFilter,
} from './port.js';
import type { AnalysisSpec } from './session.js';
import type { SourcesSpec } from './source-spec.js';
import {
  type AnalysisService,
  captureErrorOf,
  errorOf,
  type FromWorker,
  news,
  type OpenedSource,
  type Question,
  type QuestionName,
} from './worker-protocol.js';

/** A worker that was told to stop and has not after so long is ended: it may wait for a disk that does not answer. */
const defaultGraceMs = 3000;

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class RemoteAnalyzer implements AnalyzerPort {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #onNews: () => void = () => {};
  #onDeath: () => void = () => {};
  /** Why the worker is gone, or null. */
  #death: Error | null = null;
  #ended: Promise<Outcome> | null = null;
  #lastSnapshot: Snapshot | null = null;

  /** Starts the thread, which loads while this one goes on. */
  constructor(readonly graceMs = defaultGraceMs) {
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), {
      // A FIFO's descriptor is a socket's in the end, which closes it: closing it again would close somebody else's.
      trackUnmanagedFds: false,
    });
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', ({ message, stack }) => {
      this.#die(Object.assign(new Error(`the analyzer’s thread failed: ${message}`), { stack }));
    });
    this.#worker.on('exit', () => this.#die(new Error('the analyzer’s thread ended')));
  }

  #ask<Name extends QuestionName>(
    name: Name,
    ...args: Parameters<AnalysisService[Name]>
  ): ReturnType<AnalysisService[Name]> {
    const answer = new Promise((resolve, reject) => {
      if (this.#death !== null) {
        reject(this.#death);
        return;
      }
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve, reject });
      const question: Question = { id, name, args };
      this.#worker.postMessage(question);
    });
    return answer as ReturnType<AnalysisService[Name]>;
  }

  #receive(message: FromWorker): void {
    if (message === news) {
      this.#onNews();
      return;
    }
    const { id, value, error } = message;
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) pending?.resolve(value);
    else pending?.reject(errorOf(error));
  }

  #die(error: Error): void {
    this.#death ??= error;
    this.#onDeath();
    for (const { reject } of this.#pending.values()) reject(this.#death);
    this.#pending.clear();
  }

  /** Opens the sources in the worker. @throws CaptureError; another attempt may follow */
  open(sources: SourcesSpec, spec: AnalysisSpec): Promise<readonly OpenedSource[]> {
    return this.#ask('open', sources, spec);
  }

  /**
   * Begins to read or capture.
   * @returns how the run ended, once it has; rejected when the worker failed
   * @throws CaptureError `unwritable`
   */
  async start(): Promise<{ readonly ended: Promise<Outcome> }> {
    await this.#ask('start');
    const ended = this.#ask('ended').then(({ errors, snapshot }) => ({
      errors: errors.map(captureErrorOf),
      snapshot,
    }));
    ended.catch(() => {});
    this.#ended = ended;
    return { ended };
  }

  /**
   * Ends the run and the worker. One that does not stop is ended where it stands, and the outcome is what it last told.
   * @throws what the worker failed by
   */
  async finish(): Promise<{ readonly outcome: Outcome; readonly isComplete: boolean }> {
    try {
      if (this.#death !== null) throw this.#death;
      if (this.#ended === null) throw new Error('nothing was started');
      void this.close();
      const outcome = await within(this.graceMs, this.#ended);
      if (outcome !== null) return { outcome, isComplete: true };
      const snapshot = this.#lastSnapshot;
      if (snapshot === null) throw new Error('the analyzer does not answer');
      return { outcome: { errors: [], snapshot }, isComplete: false };
    } finally {
      await this.terminate();
    }
  }

  /** Ends the worker where it stands. */
  async terminate(): Promise<void> {
    await within(this.graceMs, this.#worker.terminate());
  }

  async snapshot(): Promise<Snapshot> {
    this.#lastSnapshot = await this.#ask('snapshot');
    return this.#lastSnapshot;
  }

  rows(from: number, count: number, filter: ViewFilter): Promise<Page<PacketRow>> {
    return this.#ask('rows', from, count, filter);
  }

  indexOf(number: number, filter: ViewFilter): Promise<number> {
    return this.#ask('indexOf', number, filter);
  }

  detail(number: number): Promise<FrameDetail | null> {
    return this.#ask('detail', number);
  }

  flows(
    sort: FlowSort,
    descending: boolean,
    from: number,
    count: number,
    filter: ViewFilter,
  ): Promise<Page<FlowRecord>> {
    return this.#ask('flows', sort, descending, from, count, filter);
  }

  clear(): Promise<void> {
    return this.#ask('clear');
  }

  /** Ends the capture or reading; of a worker that is gone nothing is left to end. */
  close(): Promise<void> {
    return this.#ask('close').catch(() => {});
  }

  onNews(listener: () => void): void {
    this.#onNews = listener;
  }

  /** Calls `listener` when the worker is gone, which finish() then says why. */
  onDeath(listener: () => void): void {
    this.#onDeath = listener;
  }
}

/** The value of a promise, or null when it takes longer. */
async function within<Value>(ms: number, promise: Promise<Value>): Promise<Value | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
