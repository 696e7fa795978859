/**
 * Puts the questions of wants.ts to the analyzer: never more than one of a kind at a time, and the same question
 * not twice between two ticks, so that a slow or failing analyzer is neither flooded nor waited for. Only where an
 * answer is of what was looked at so far, the question is put again, until all was looked at.
 */
import type { AnalyzerPort } from '../analysis/port.js';
import type { DashboardEvent } from './event.js';
import type { DashboardState } from './state.js';
import { wants } from './wants.js';

export interface Asker {
  /** Asks what `state` lacks. */
  ask(state: DashboardState): void;
  /** Asks for the counters, and allows questions to be repeated. */
  tick(): void;
  /** True while an answer is outstanding. */
  readonly busy: boolean;
}

export function createAsker(
  port: AnalyzerPort,
  clock: () => number,
  dispatch: (event: DashboardEvent) => void,
): Asker {
  const outstanding = new Set<string>();
  const asked = new Map<string, string>();

  /** Frames are still coming: they have the analyzer's thread first. */
  let isRunning = true;

  function put(kind: string, question: string, answer: () => Promise<DashboardEvent>): void {
    if (outstanding.has(kind) || asked.get(kind) === question) return;
    outstanding.add(kind);
    asked.set(kind, question);
    const beganMs = clock();
    const done = (event: DashboardEvent): void => {
      outstanding.delete(kind);
      if (isPartial(event)) setTimeout(lookOn, isRunning ? clock() - beganMs : 0, kind);
      dispatch(event);
    };
    // A search asks for page after page: keys must get their turn between two of them.
    const later = (event: DashboardEvent): void => void setImmediate(done, event);
    answer().then(kind === 'search' ? later : done, (error: unknown) =>
      done({ kind: 'failed', what: kind, message: messageOf(error), atMs: clock() }),
    );
  }

  function lookOn(kind: string): void {
    asked.delete(kind);
    dispatch({ kind: 'tick', atMs: clock() });
  }

  return {
    get busy() {
      return outstanding.size > 0;
    },
    tick() {
      asked.clear();
      put('snapshot', '', async () => ({ kind: 'snapshot', snapshot: await port.snapshot(), atMs: clock() }));
    },
    ask(state) {
      isRunning = state.latest.snapshot?.running ?? true;
      for (const [kind, question, answer] of questions(state, port)) put(kind, question, answer);
    },
  };
}

type Question = readonly [kind: string, question: string, answer: () => Promise<DashboardEvent>];

function* questions(state: DashboardState, port: AnalyzerPort): Generator<Question> {
  const { packets, index, detail, flows, search } = wants(state);
  if (packets !== null) {
    const { key, from, count, filter } = packets;
    const answer = async () =>
      ({ kind: 'packets', key, from, page: await port.rows(from, count, filter) }) as const;
    yield ['packets', `${key} ${from} ${count}`, answer];
  }
  if (index !== null) {
    const { key, number, filter } = index;
    const answer = async () =>
      ({ kind: 'index', key, number, index: await port.indexOf(number, filter) }) as const;
    yield ['index', `${key} ${number}`, answer];
  }
  if (detail !== null) {
    const { number } = detail;
    const answer = async () => ({ kind: 'detail', number, detail: await port.detail(number) }) as const;
    yield ['detail', `${number}`, answer];
  }
  if (flows !== null) {
    const { key, from, count, filter, sort, descending } = flows;
    const answer = async () =>
      ({ kind: 'flows', key, from, page: await port.flows(sort, descending, from, count, filter) }) as const;
    yield ['flows', `${key} ${from} ${count}`, answer];
  }
  if (search !== null) {
    const { key, from, count, filter } = search;
    const answer = async () =>
      ({ kind: 'searched', key, from, page: await port.rows(from, count, filter) }) as const;
    yield ['search', `${key} ${from} ${count}`, answer];
  }
}

function isPartial(event: DashboardEvent): boolean {
  return 'page' in event && event.page.isPartial === true;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
