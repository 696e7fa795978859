/**
 * `loscope verify`: watches interfaces, or reads captures, and tells whether anything of loopback was on a wire.
 */
import { openSources } from '../analysis/open-sources.js';
import { CaptureError } from '../capture/capture-error.js';
import { LinkType } from '../capture/link-type.js';
import { plain } from '../format/color.js';
import { printable } from '../format/printable.js';
import { verdictJson } from '../report/verdict-json.js';
import { verdictJunit } from '../report/verdict-junit.js';
import { verdictSarif } from '../report/verdict-sarif.js';
import { verdictText } from '../report/verdict-text.js';
import { CapturesCheck } from '../verify/captures-check.js';
import { Except } from '../verify/except.js';
import { unmadeProbe } from '../verify/probe-result.js';
import { SettingsWatch } from '../verify/settings-watch.js';
import { judge, type Observations, type Verdict } from '../verify/verdict.js';
import { Watch } from '../verify/watch.js';
import { closeOnSignals } from './conclusion.js';
import { UsageError } from './exit-code.js';
import type { Options } from './options.js';
import { packageVersion } from './package-version.js';
import { paintFor } from './terminal.js';
import { writeReport } from './write-report.js';

const defaultSeconds = 10;
const mostNames = 10;

/** @returns the exit code */
export async function verify(files: readonly string[], options: Options): Promise<number> {
  const check = files.length === 0 ? watchInterfaces(options) : readCaptures(files, options);
  const { observations, interruption } = await check;
  const verdict = judge(observations);
  writeReport(reportOf(verdict, options), options.outputFile);
  return interruption === 0 ? verdict.exitCode : interruption;
}

interface Checked {
  readonly observations: Observations;
  /** Exit code of the signal that ended it, or 0. */
  readonly interruption: number;
}

async function readCaptures(paths: readonly string[], options: Options): Promise<Checked> {
  refuseLiveOptions(options);
  if (paths.filter((path) => path === '-').length > 1)
    throw new UsageError('- is named twice: there is one standard input');
  const except = exceptOf(options);
  const sources = await openSources({ kind: 'files', paths, engine: 'fast', follow: false, spoolBytes: 0 });
  const check = new CapturesCheck(sources, options, except);
  return untilSignal(check, () => check.run());
}

function refuseLiveOptions({ interfaces, netns, forSeconds, isBufferGiven, isProbing }: Options): void {
  const given = [
    interfaces.length > 0 ? '-i' : '',
    netns === null ? '' : '--netns',
    Number.isFinite(forSeconds) ? '--for' : '',
    isBufferGiven ? '-B' : '',
    isProbing ? '--probe' : '',
  ].find((name) => name !== '');
  if (given !== undefined)
    throw new UsageError(`${given}: is for watching, and files were named (leave one out)`);
}

function refuseCaptureOptions({ hostAddresses, roles }: Options): void {
  const given = hostAddresses.length > 0 ? '--host' : roles.size > 0 ? '--interface-role' : null;
  if (given !== null)
    throw new UsageError(`${given}: is for captures; this host is asked itself (name files)`);
}

/** @throws FilterError at once, before anything is opened */
function exceptOf({ except: text }: Options): Except | null {
  if (text === '') return null;
  const except = new Except(text);
  except.prepare(LinkType.ethernet);
  return except;
}

async function untilSignal(
  check: { close(): Promise<void>; observations(): Observations },
  run: () => Promise<void>,
): Promise<Checked> {
  const { interruption, stop } = closeOnSignals(check);
  try {
    await run();
  } finally {
    stop();
  }
  return { observations: check.observations(), interruption: interruption.code };
}

async function watchInterfaces(options: Options): Promise<Checked> {
  const { interfaces, netns, forSeconds, isProbing } = options;
  refuseCaptureOptions(options);
  const bufferBytes = options.isBufferGiven ? options.bufferBytes : null;
  const except = exceptOf(options);
  let watch: Watch;
  try {
    watch = new Watch({ interfaces, netns, bufferBytes, except, isProbing });
  } catch (error) {
    // Without the addon, or the right to enter the namespace, nothing can be seen at all.
    const isBlind = error instanceof CaptureError && (error.code === 'engine' || error.code === 'permission');
    if (!isBlind) throw error;
    return { observations: blindObservations(error.message, isProbing), interruption: 0 };
  }
  const seconds = Number.isFinite(forSeconds) ? forSeconds : defaultSeconds;
  const settings = new SettingsWatch(netns);
  const checked = await untilSignal(watch, () =>
    watch.run(seconds, () => sayWatching(watch.names, seconds, options)),
  );
  const { observations } = checked;
  const findings = [...observations.findings, ...settings.findings()];
  return { ...checked, observations: { ...observations, findings } };
}

/** Nothing was seen, and so nothing was probed. */
function blindObservations(because: string, isProbing: boolean): Observations {
  const probe = isProbing ? unmadeProbe('nothing could be watched') : null;
  return { seconds: 0, watched: [], findings: [], blindBecause: because, canary: null, probe };
}

/** On standard error, when it begins: what has to be sent may be sent from now on. */
function sayWatching(names: readonly string[], seconds: number, { isQuiet }: Options): void {
  if (isQuiet) return;
  const shown = names.length > mostNames ? [...names.slice(0, mostNames), '…'] : names;
  process.stderr.write(`watching ${printable(shown.join(', ')) || 'nothing yet'} for ${seconds} s\n`);
}

function reportOf(verdict: Verdict, options: Options): string {
  switch (options.format) {
    case 'json':
      return verdictJson(verdict);
    case 'junit':
      return verdictJunit(verdict);
    case 'sarif':
      return verdictSarif(verdict, packageVersion());
    default:
      return verdictText(verdict, options.outputFile === null ? paintFor(options) : plain);
  }
}
