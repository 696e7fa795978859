/**
 * One run from open sources to an exit code: signals, progress, errors and the closing line are the same for
 * every command.
 */

import { Analyzer } from '../analysis/analyzer.js';
import type { FrameBatch } from '../capture/frame-batch.js';
import type { Source } from '../capture/source.js';
import type { HostModel } from '../host/host-model.js';
import { linuxHostOf, readLinuxHost } from '../host/linux-host.js';
import { closingLine, complain } from './diagnostics.js';
import { ExitCode } from './exit-code.js';
import type { Options } from './options.js';
import { showProgress } from './progress.js';
import { Recorder } from './record.js';

/** Makes the analyzer of a command's sources. */
export function makeAnalyzer(sources: readonly Source[], options: Options, retainBytes: number): Analyzer {
  const isLive = sources.some((source) => source.format === 'live');
  return new Analyzer(sources, {
    hostAddresses: options.hostAddresses,
    liveHost: isLive ? () => liveHostOf(sources) : null,
    roles: options.roles,
    retainBytes,
    maxFrames: options.maxFrames,
  });
}

/** The host whose interfaces are captured: all live sources are of one network namespace. */
function liveHostOf(sources: readonly Source[]): HostModel {
  const tables = sources.find(({ hostTables }) => (hostTables ?? null) !== null)?.hostTables?.();
  return tables === undefined ? readLinuxHost() : linuxHostOf(tables);
}

/** What stopped a run from outside, as an exit code; 0 when nothing did. */
export interface Interruption {
  code: number;
}

/**
 * Closes the analyzer on SIGINT and SIGTERM, so that what was read is reported. A second signal ends at once.
 * @returns what happened, and how to stop listening
 */
export function closeOnSignals(analyzer: Analyzer): { interruption: Interruption; stop: () => void } {
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

export interface SessionOptions {
  readonly options: Options;
  readonly hasProgress: boolean;
  /** Called with each batch after it went through the pipeline. */
  readonly onBatch: (sourceIndex: number, batch: FrameBatch) => void;
  /** Called when all is read, also after damage or a signal, before the closing line. */
  readonly onEnd: () => void | Promise<void>;
}

/** Runs an analyzer to its end. @returns the exit code */
export async function runSession(analyzer: Analyzer, session: SessionOptions): Promise<number> {
  const { options } = session;
  const { interruption, stop } = closeOnSignals(analyzer);
  const stopProgress =
    session.hasProgress && !options.isQuiet ? showProgress(() => analyzer.snapshotNow()) : () => {};
  const deadline = Number.isFinite(options.forSeconds)
    ? setTimeout(() => void analyzer.close(), options.forSeconds * 1000)
    : undefined;
  const recorder = openRecorder(analyzer, options);
  try {
    await analyzer.run((source, batch) => {
      recorder?.write(analyzer, source, batch);
      session.onBatch(source, batch);
    });
  } finally {
    recorder?.close(analyzer);
    stop();
    clearTimeout(deadline);
    stopProgress();
  }
  await session.onEnd();
  return concludeSession(analyzer, options, interruption, recorder);
}

/** The recorder that `-w` asks for, or null. @throws CaptureError `unwritable`, with the sources closed */
export function openRecorder(analyzer: Analyzer, { captureFile }: Options): Recorder | null {
  if (captureFile === null) return null;
  try {
    return new Recorder(analyzer.sources, captureFile);
  } catch (error) {
    void analyzer.close();
    throw error;
  }
}

/** Says what was wrong and the closing line. @returns the exit code */
export function concludeSession(
  analyzer: Analyzer,
  options: Options,
  interruption: Interruption,
  recorder: Recorder | null,
): number {
  const errors = [...analyzer.errors, recorder?.error ?? null].filter((error) => error !== null);
  for (const error of errors) complain(error.message);
  const snapshot = analyzer.snapshotNow();
  if (!options.isQuiet) process.stderr.write(`${closingLine(snapshot)}\n`);
  if (interruption.code !== 0) return interruption.code;
  const isUnopened = errors.some(
    (error) => !error.isDamage && error.code !== 'interface' && error.code !== 'unwritable',
  );
  if (isUnopened) return ExitCode.usage;
  return errors.length > 0 || (snapshot.dropped ?? 0) > 0 ? ExitCode.blind : ExitCode.ok;
}
