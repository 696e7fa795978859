/**
 * One run in this thread, from open sources to an exit code, for commands that print.
 */

import type { BatchObserver } from '../analysis/batch-observer.js';
import type { Outcome } from '../analysis/port.js';
import { Session } from '../analysis/session.js';
import type { Source } from '../capture/source.js';
import type { FrameFilter } from '../filter/frame-filter.js';
import { analysisSpec, closeAfter, closeOnSignals, concludeSession } from './conclusion.js';
import { complain } from './diagnostics.js';
import type { Options } from './options.js';
import { showProgress } from './progress.js';

/** The analyzer of sources that are printed or summed up here and not shown again. */
export function openSession(
  sources: readonly Source[],
  options: Options,
  {
    filter = '',
    countsOnly = false,
  }: { readonly filter?: string | undefined; readonly countsOnly?: boolean },
): Session {
  return new Session(sources, { ...analysisSpec(options, 0, filter), countsOnly });
}

export interface RunOptions {
  readonly options: Options;
  readonly hasProgress: boolean;
  readonly observers: readonly BatchObserver[];
  /** Called when all is read, also after damage or a signal, before the closing line. */
  readonly onEnd: () => void | Promise<void>;
}

/** Runs an analyzer to its end in this thread. @returns the exit code */
export async function runSession(session: Session, run: RunOptions): Promise<number> {
  const { options } = run;
  const { analyzer } = session;
  session.openRecorder();
  const { interruption, stop } = closeOnSignals(analyzer);
  const stopProgress =
    run.hasProgress && !options.isQuiet ? showProgress(() => analyzer.snapshotNow()) : () => {};
  const deadline = closeAfter(analyzer, options.forSeconds);
  let outcome: Outcome;
  try {
    outcome = await session.run(run.observers);
  } finally {
    stop();
    clearTimeout(deadline);
    stopProgress();
  }
  tellOfMistakes(session.frameFilter);
  await run.onEnd();
  return concludeSession(outcome, options, interruption);
}

/**
 * Of several link types some may have nothing for what a filter asks; that none has is a mistake in the filter.
 * @throws FilterError
 */
function tellOfMistakes(filter: FrameFilter | null): void {
  if (filter === null) return;
  if (filter.isOfNoUse) throw filter.mistakes[0];
  for (const { what } of filter.mistakes) complain(`filter: ${what}: none of them is selected`);
}
