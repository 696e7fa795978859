/**
 * The analyzer's thread: opens the sources, runs them through the pipeline, keeps frames, records, and answers. The
 * run gives the event loop a turn every few milliseconds (run.ts), in which questions are answered.
 */
import { parentPort } from 'node:worker_threads';
import type { BatchObserver } from './batch-observer.js';
import { openSources } from './open-sources.js';
import type { FlowSort, Outcome, ViewFilter } from './port.js';
import { type AnalysisSpec, Session } from './session.js';
import type { SourcesSpec } from './source-spec.js';
import {
  type AnalysisService,
  type FromWorker,
  news,
  type OpenedSource,
  type PlainOutcome,
  plainCaptureError,
  plainError,
  type Question,
} from './worker-protocol.js';

class Service implements AnalysisService, BatchObserver {
  #session: Session | null = null;
  #outcome: Promise<Outcome> | null = null;
  /** True when the other side has looked since it was last told: it is told once between two looks. */
  #isNewsWanted = true;

  constructor(readonly tell: () => void) {}

  get #analyzer() {
    if (this.#session === null) throw new Error('no source is open');
    return this.#session.analyzer;
  }

  async open(sources: SourcesSpec, spec: AnalysisSpec): Promise<OpenedSource[]> {
    const opened = await openSources(sources);
    this.#session = new Session(opened, spec);
    return opened.map(({ name, format, needsPrivilege = false }) => ({ name, format, needsPrivilege }));
  }

  async start(): Promise<void> {
    if (this.#session === null) throw new Error('no source is open');
    this.#session.openRecorder();
    this.#outcome = this.#session.run([this]);
    // Whoever asks how it ended is told; nobody having asked yet is no fault.
    this.#outcome.catch(() => {});
  }

  async ended(): Promise<PlainOutcome> {
    if (this.#outcome === null) throw new Error('nothing was started');
    const { errors, snapshot } = await this.#outcome;
    return { errors: errors.map(plainCaptureError), snapshot };
  }

  onBatch(): void {
    if (!this.#isNewsWanted) return;
    this.#isNewsWanted = false;
    this.tell();
  }

  onEnd(): void {
    this.tell();
  }

  snapshot() {
    this.#isNewsWanted = true;
    return this.#analyzer.snapshot();
  }

  rows(from: number, count: number, filter: ViewFilter) {
    return this.#analyzer.rows(from, count, filter);
  }

  indexOf(number: number, filter: ViewFilter) {
    return this.#analyzer.indexOf(number, filter);
  }

  detail(number: number) {
    return this.#analyzer.detail(number);
  }

  flows(sort: FlowSort, descending: boolean, from: number, count: number, filter: ViewFilter) {
    return this.#analyzer.flows(sort, descending, from, count, filter);
  }

  clear() {
    return this.#analyzer.clear();
  }

  async close(): Promise<void> {
    await this.#session?.analyzer.close();
  }
}

/** Answers questions at a port, each by itself: one that fails leaves the others alone. */
function serve(port: NonNullable<typeof parentPort>): void {
  const send = (message: FromWorker): void => port.postMessage(message);
  const service = new Service(() => send(news));
  port.on('message', async ({ id, name, args }: Question) => {
    try {
      const method = service[name] as (...given: readonly unknown[]) => Promise<unknown>;
      send({ id, value: await method.apply(service, [...args]) });
    } catch (error) {
      send({ id, error: plainError(error) });
    }
  });
}

if (parentPort !== null) serve(parentPort);
