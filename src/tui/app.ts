/**
 * The dashboard on a terminal: the loop of events, state and screens. Events go into reduce(), its state goes through renderScreen() to the terminal, and what the
 * state lacks is asked of the analyzer.
 */
import type { Readable, Writable } from 'node:stream';
import type { AnalyzerPort } from '../analysis/port.js';
import { createAsker } from './asker.js';
import type { DashboardEvent } from './event.js';
import type { ColorDepth } from './palette.js';
import { toSgr } from './palette.js';
import { reduce } from './reduce.js';
import { renderScreen } from './screen-view.js';
import { type DashboardState, type Effect, initialState } from './state.js';
import { openTerminal } from './terminal.js';

export interface DashboardOptions {
  /** What is captured: `lo`, or the name of a file. */
  readonly title: string;
  readonly live: boolean;
  /** The capture goes on growing: the list begins at its newest packet. As `live` when absent. */
  readonly following?: boolean;
  /** One line to show at the start, such as why an interface cannot be captured; null for none. */
  readonly notice: string | null;
  /** A filter that packets and flows are restricted to from the start; filterMistake() has nothing against it. */
  readonly filter?: string;
  /** The terminal; standard input and output when absent. */
  readonly input?: Readable;
  readonly output?: Writable;
  readonly ascii: boolean;
  readonly color: ColorDepth;
  /** Milliseconds; only differences count. */
  readonly clock: () => number;
  /** Most often that new frames are drawn; where the port tells of none, this often is looked for them. */
  readonly refreshMs: number;
  /** Ends the dashboard, with the terminal restored, when aborted: for signals. */
  readonly signal?: AbortSignal;
  /** Calls `run` every `ms` until the function returned is called; setInterval when absent. */
  readonly every?: (ms: number, run: () => void) => () => void;
  /** Called after each frame drawn; `settled` when no answer of the analyzer is outstanding. */
  readonly onRendered?: (settled: boolean) => void;
}

/**
 * Runs the dashboard until the user quits, `options.signal` is aborted or the terminal is gone. The terminal is then as it was before;
 * also if an error that nobody catches ends the process. The port is left open.
 *
 * @throws what drawing throws, after the terminal was restored.
 */
export async function runDashboard(port: AnalyzerPort, options: DashboardOptions): Promise<void> {
  const { signal } = options;
  if (signal?.aborted) return;
  const terminal = openTerminal(options);
  let stopTicks = (): void => {};
  try {
    await new Promise<void>((resolve, reject) => {
      const loop = startLoop(port, options, terminal, resolve, reject);
      stopTicks = loop.stop;
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    stopTicks();
    terminal.close();
  }
}

type Terminal = ReturnType<typeof openTerminal>;

function startLoop(
  port: AnalyzerPort,
  options: DashboardOptions,
  terminal: Terminal,
  quit: () => void,
  fail: (error: unknown) => void,
): { readonly stop: () => void } {
  const { clock } = options;
  let state: DashboardState = initialState({ ...options, ...terminal.size(), nowMs: clock() });
  let drawPending = false;
  let stopped = false;
  const asker = createAsker(port, clock, (event) => receive(event, false));

  const draw = (): void => {
    drawPending = false;
    if (stopped) return;
    try {
      terminal.draw(renderScreen(state).map((line) => toSgr(line, options.color)));
    } catch (error) {
      fail(error);
      return;
    }
    options.onRendered?.(!asker.busy);
  };
  const soon = (): void => {
    if (!drawPending) setImmediate(draw);
    drawPending = true;
  };

  /** Keys are drawn at once; answers once the last of a chain of them is there, or at the next tick. */
  function receive(event: DashboardEvent, atOnce: boolean): void {
    if (stopped) return;
    try {
      state = reduce(state, event);
    } catch (error) {
      fail(error);
      return;
    }
    for (const effect of state.effects) perform(effect);
    asker.ask(state);
    if (atOnce || !asker.busy) soon();
  }

  function perform(effect: Effect): void {
    if (effect.kind === 'quit') quit();
    else if (effect.kind === 'copy') terminal.copy(effect.text);
    else {
      port.clear().then(
        () => {
          receive({ kind: 'cleared' }, true);
          asker.tick();
        },
        (error: unknown) =>
          receive({ kind: 'failed', what: 'clear', message: String(error), atMs: clock() }, true),
      );
    }
  }

  terminal.onGone(quit);
  terminal.onEvent((event) => receive(event, true), clock);
  const tick = (): void => {
    asker.tick();
    receive({ kind: 'tick', atMs: clock() }, true);
  };
  tick();
  const stopTicks = startTicks(port, options, tick);
  return {
    stop: () => {
      stopped = true;
      stopTicks();
    },
  };
}

/** Without news, the clock and the rates still go on, but seldom: an idle dashboard costs next to nothing. */
const idleRefreshes = 4;

/**
 * Calls `tick` when there is something new: at once after a quiet spell, and never more often than refreshMs.
 * @returns how to end that
 */
function startTicks(port: AnalyzerPort, options: DashboardOptions, tick: () => void): () => void {
  const { refreshMs, clock } = options;
  const every = options.every ?? setIntervalEvery;
  if (port.onNews === undefined) return every(refreshMs, tick);
  let tickedMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | null = null;
  const tickNow = (): void => {
    timer = null;
    tickedMs = clock();
    tick();
  };
  port.onNews(() => {
    timer ??= setTimeout(tickNow, Math.max(0, tickedMs + refreshMs - clock()));
  });
  const stopIdle = every(refreshMs * idleRefreshes, () => {
    if (clock() - tickedMs >= refreshMs) tick();
  });
  return () => {
    stopIdle();
    port.onNews?.(() => {});
    if (timer !== null) clearTimeout(timer);
  };
}

function setIntervalEvery(ms: number, run: () => void): () => void {
  const timer = setInterval(run, ms);
  return () => clearInterval(timer);
}
