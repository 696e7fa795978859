/**
 * `loscope verify`: watches interfaces, or reads captures, and tells whether anything of loopback was on a wire.
 */
import { openSources } from '../analysis/open-sources.js';
import { CaptureError } from '../capture/capture-error.js';
import { LinkType } from '../capture/link-type.js';
import { outOfFiles } from '../capture/out-of-files.js';
import { plain } from '../format/color.js';
import { printable } from '../format/printable.js';
import { verdictJson } from '../report/verdict-json.js';
import { verdictJunit } from '../report/verdict-junit.js';
import { verdictSarif } from '../report/verdict-sarif.js';
import { headline, verdictText } from '../report/verdict-text.js';
import { CapturesCheck } from '../verify/captures-check.js';
import { CopiesWatch } from '../verify/copies-watch.js';
import { Except } from '../verify/except.js';
import { HostCheck } from '../verify/host-check.js';
import { NamespacesCheck } from '../verify/namespaces-check.js';
import { unmadeProbe } from '../verify/probe-result.js';
import { judge, type Observations, type Verdict } from '../verify/verdict.js';
import { closeOnSignals } from './conclusion.js';
import { complain } from './diagnostics.js';
import { UsageError } from './exit-code.js';
import type { Options } from './options.js';
import { packageVersion } from './package-version.js';
import { paintFor } from './terminal.js';
import { checkReportFile, writeReport } from './write-report.js';

const defaultSeconds = 10;
const mostNames = 10;

/** @returns the exit code */
export async function verify(files: readonly string[], options: Options): Promise<number> {
  checkReportFile(options.outputFile, files);
  const check = files.length === 0 ? watchInterfaces(options) : readCaptures(files, options);
  const { observations, interruption } = await check;
  const verdict = judge(observations, interruption);
  // A reader of the report that goes away takes no verdict with it.
  process.exitCode = verdict.exitCode;
  try {
    writeReport(reportOf(verdict, options), options.outputFile);
  } catch (error) {
    complain(headline(verdict));
    throw error;
  }
  sayVerdict(verdict, options);
  return verdict.exitCode;
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

function refuseLiveOptions(options: Options): void {
  const given = [
    options.interfaces.length > 0 ? '-i' : '',
    options.netns === null ? '' : '--netns',
    options.isEveryNetns ? '--all-netns' : '',
    Number.isFinite(options.forSeconds) ? '--for' : '',
    options.isBufferGiven ? '-B' : '',
    options.isProbing ? '--probe' : '',
    options.observesCopies ? '--observe-copies' : '',
  ].find((name) => name !== '');
  if (given !== undefined)
    throw new UsageError(`${given}: is for watching, and files were named (leave one out)`);
}

function refuseCaptureOptions({ hostAddresses, roles }: Options): void {
  const given = hostAddresses.length > 0 ? '--host' : roles.size > 0 ? '--interface-role' : null;
  if (given !== null)
    throw new UsageError(`${given}: is for captures; this host is asked itself (name files)`);
}

/** `--all-netns` looks at everything. */
function refuseNarrowing({ isEveryNetns, netns, interfaces, isProbing }: Options): void {
  if (!isEveryNetns) return;
  const given = [
    netns === null ? '' : '--netns',
    interfaces.length > 0 ? '-i' : '',
    isProbing ? '--probe' : '',
  ].find((name) => name !== '');
  if (given !== undefined)
    throw new UsageError(
      `--all-netns: watches every interface of every network namespace, and ${given} is for one (leave one out)`,
    );
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
  const seen = check.observations();
  // Who asked for longer has not seen what he asked for.
  const reasons = [seen.blindBecause, interruption.code === 0 ? null : 'it was interrupted'];
  const blindBecause = reasons.filter((reason) => reason !== null).join('; ') || null;
  return { observations: { ...seen, blindBecause }, interruption: interruption.code };
}

async function watchInterfaces(options: Options): Promise<Checked> {
  refuseCaptureOptions(options);
  refuseNarrowing(options);
  let check: LiveCheck;
  try {
    check = await openCheck(options);
  } catch (thrown) {
    const error = outOfFiles(thrown, 'live') ?? thrown;
    // Without the addon, the right to enter the namespace, or descriptors, nothing can be seen at all.
    const isBlind = error instanceof CaptureError && (error.code === 'engine' || error.code === 'permission');
    if (!isBlind) throw error;
    return { observations: blindObservations(error.message, options.isProbing), interruption: 0 };
  }
  const seconds = Number.isFinite(options.forSeconds) ? options.forSeconds : defaultSeconds;
  return untilSignal(check, () => check.run(seconds, () => sayWatching(check.names, seconds, options)));
}

/** One network namespace, or all. */
type LiveCheck = HostCheck | NamespacesCheck;

async function openCheck(options: Options): Promise<LiveCheck> {
  const { interfaces, netns, isProbing, observesCopies } = options;
  const bufferBytes = options.isBufferGiven ? options.bufferBytes : null;
  const except = exceptOf(options);
  if (options.isEveryNetns) return new NamespacesCheck({ bufferBytes, except, observesCopies });
  const copies = await openCopiesWatch(netns, observesCopies);
  try {
    return await HostCheck.open({ interfaces, netns, bufferBytes, except, isProbing }, copies);
  } catch (error) {
    void copies.close();
    throw error;
  }
}

/** @throws UsageError: who asked to observe copies is not served by a check without them */
async function openCopiesWatch(netns: string | null, isObserving: boolean): Promise<CopiesWatch> {
  try {
    return await CopiesWatch.open(netns, isObserving);
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    throw new UsageError(error.message);
  }
}

/** Nothing was seen, and so nothing was probed. */
function blindObservations(because: string, isProbing: boolean): Observations {
  const probe = isProbing ? unmadeProbe('nothing could be watched') : null;
  return { seconds: 0, watched: [], findings: [], blindBecause: because, canary: null, copies: null, probe };
}

/** On standard error, when it begins: what has to be sent may be sent from now on. */
function sayWatching(names: readonly string[], seconds: number, { isQuiet }: Options): void {
  if (isQuiet) return;
  const shown = names.length > mostNames ? [...names.slice(0, mostNames), '…'] : names;
  process.stderr.write(`watching ${printable(shown.join(', ')) || 'nothing yet'} for ${seconds} s\n`);
}

/** On standard error, where the report is in a file: a log shows what came of it. */
function sayVerdict(verdict: Verdict, { outputFile, isQuiet }: Options): void {
  if (outputFile === null || isQuiet) return;
  process.stderr.write(`${headline(verdict)}\n`);
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
