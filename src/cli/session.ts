/**
 * One run from open sources to an exit code: signals, progress, errors and the closing line are the same for
 * every command.
 */

import type { BatchObserver } from '../analysis/batch-observer.js';
import type { Outcome } from '../analysis/port.js';
import { type AnalysisSpec, Session } from '../analysis/session.js';
import type { Source } from '../capture/source.js';
import { closingLine, complain } from './diagnostics.js';
import { ExitCode } from './exit-code.js';
import type { Options } from './options.js';
import { packageVersion } from './package-version.js';
import { showProgress } from './progress.js';

/** The options that the analyzer has to know. */
export function analysisSpec(options: Options, retainBytes: number): AnalysisSpec {
  const { hostAddresses, roles, maxFrames, captureFile } = options;
  const record =
    captureFile === null ? null : { path: captureFile, application: `loscope ${packageVersion()}` };
  return { hostAddresses, roles, retainBytes, maxFrames, record };
}

/** The analyzer of sources that are printed or summed up here and not shown again. */
export function openSession(sources: readonly Source[], options: Options): Session {
  return new Session(sources, analysisSpec(options, 0));
}

/** What stopped a run from outside, as an exit code; 0 when nothing did. */
export interface Interruption {
  code: number;
}

/**
 * Closes the analyzer on SIGINT and SIGTERM, so that what was read is reported. A second signal ends at once.
 * @returns what happened, and how to stop listening
 */
export function closeOnSignals(analyzer: { close(): Promise<void> }): {
  interruption: Interruption;
  stop: () => void;
} {
  const interruption: Interruption = { code: 0 };
  const onSignal = (code: number) => () => {
    if (interruption.code !== 0) process.exit(code);
    interruption.code = code;
    void analyzer.close();
  };
  const onInterrupt = onSignal(ExitCode.interrupted);
  const onTerminate = onSignal(ExitCode.terminated);
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  const stop = (): void => {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onTerminate);
  };
  return { interruption, stop };
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
  await run.onEnd();
  return concludeSession(outcome, options, interruption);
}

/** `--for`: closes the analyzer after so long. */
export function closeAfter(
  analyzer: { close(): Promise<void> },
  seconds: number,
): NodeJS.Timeout | undefined {
  if (!Number.isFinite(seconds)) return undefined;
  return setTimeout(() => void analyzer.close(), seconds * 1000);
}

/** Says what was wrong and the closing line. @returns the exit code */
export function concludeSession(
  { errors, snapshot }: Outcome,
  options: Options,
  interruption: Interruption,
): number {
  for (const error of errors) complain(error.message);
  if (!options.isQuiet) process.stderr.write(`${closingLine(snapshot)}\n`);
  if (interruption.code !== 0) return interruption.code;
  const isUnopened = errors.some(
    (error) => !error.isDamage && error.code !== 'interface' && error.code !== 'unwritable',
  );
  if (isUnopened) return ExitCode.usage;
  return errors.length > 0 || (snapshot.dropped ?? 0) > 0 ? ExitCode.blind : ExitCode.ok;
}
