/**
 * How every run is ended and what is said of it: signals, the deadline, errors, the closing line and the exit code are
 * the same for every command, in whichever thread the analyzer is.
 */
import type { Outcome } from '../analysis/port.js';
import type { AnalysisSpec } from '../analysis/session.js';
import { closingLine, complain, unseenLine } from './diagnostics.js';
import { ExitCode } from './exit-code.js';
import type { Options } from './options.js';
import { packageVersion } from './package-version.js';

/** The options that the analyzer has to know. */
export function analysisSpec(options: Options, retainBytes: number, filter = ''): AnalysisSpec {
  const { hostAddresses, roles, maxFrames, captureFile } = options;
  const record =
    captureFile === null ? null : { path: captureFile, application: `loscope ${packageVersion()}` };
  return { hostAddresses, roles, retainBytes, maxFrames, record, filter };
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
  if (!options.isQuiet) process.stderr.write(`${closingLine(snapshot)}\n${unseenLine(snapshot)}`);
  if (interruption.code !== 0) return interruption.code;
  const isUnopened = errors.some(
    (error) => !error.isDamage && error.code !== 'interface' && error.code !== 'unwritable',
  );
  if (isUnopened) return ExitCode.usage;
  return errors.length > 0 || snapshot.wasBlind || (snapshot.dropped ?? 0) > 0 ? ExitCode.blind : ExitCode.ok;
}
