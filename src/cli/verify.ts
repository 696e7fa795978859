/**
 * `loscope verify`: watches interfaces, or reads captures, and tells whether anything of loopback was on a wire.
 */
import { CaptureError } from '../capture/capture-error.js';
import { plain } from '../format/color.js';
import { verdictJson } from '../report/verdict-json.js';
import { verdictText } from '../report/verdict-text.js';
import { Except } from '../verify/except.js';
import { judge, type Observations, type Verdict } from '../verify/verdict.js';
import { Watch } from '../verify/watch.js';
import { closeOnSignals } from './conclusion.js';
import type { Options } from './options.js';
import { paintFor } from './terminal.js';
import { writeReport } from './write-report.js';

const defaultSeconds = 10;

/** @returns the exit code */
export async function verify(_files: readonly string[], options: Options): Promise<number> {
  const { observations, interruption } = await watchInterfaces(options);
  const verdict = judge(observations);
  writeReport(reportOf(verdict, options), options.outputFile);
  return interruption === 0 ? verdict.exitCode : interruption;
}

async function watchInterfaces(
  options: Options,
): Promise<{ observations: Observations; interruption: number }> {
  const { interfaces, netns, forSeconds } = options;
  const except = options.except === '' ? null : new Except(options.except);
  const bufferBytes = options.isBufferGiven ? options.bufferBytes : null;
  let watch: Watch;
  try {
    watch = new Watch({ interfaces, netns, bufferBytes, except });
  } catch (error) {
    // Without the addon, or the right to enter the namespace, nothing can be seen at all.
    if (!(error instanceof CaptureError) || (error.code !== 'engine' && error.code !== 'permission'))
      throw error;
    const observations = { seconds: 0, watched: [], findings: [], blindBecause: error.message };
    return { observations, interruption: 0 };
  }
  const { interruption, stop } = closeOnSignals(watch);
  try {
    await watch.run(Number.isFinite(forSeconds) ? forSeconds : defaultSeconds);
  } finally {
    stop();
  }
  return { observations: watch.observations(), interruption: interruption.code };
}

function reportOf(verdict: Verdict, options: Options): string {
  const paint = options.outputFile === null ? paintFor(options) : plain;
  return options.format === 'json' ? verdictJson(verdict) : verdictText(verdict, paint);
}
