/**
 * The dashboard over any sources, and what `loscope` alone does: lo, live, or the bundled captures where this
 * user may not capture. The sources are opened, read and recorded in the analyzer's thread; this one has the terminal.
 */
import fs from 'node:fs';
import path from 'node:path';
import tty from 'node:tty';
import type { Outcome } from '../analysis/port.js';
import { RemoteAnalyzer } from '../analysis/remote-analyzer.js';
import type { SourcesSpec } from '../analysis/source-spec.js';
import type { OpenedSource } from '../analysis/worker-protocol.js';
import { CaptureError } from '../capture/capture-error.js';
import { packageRoot } from '../capture/package-root.js';
import { dropPrivilege } from '../capture/privilege.js';
import type { DashboardOptions } from '../tui/app.js';
import {
  analysisSpec,
  closeAfter,
  closeOnSignals,
  concludeSession,
  type Interruption,
} from './conclusion.js';
import { complain } from './diagnostics.js';
import { ExitCode, UsageError } from './exit-code.js';
import type { Options } from './options.js';
import { interfaceTitle, liveSpec } from './sources.js';
import { dashboardColor, isAsciiLocale, wantsDashboard } from './terminal.js';

const refreshMs = 100;
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

export interface DashboardPlan {
  readonly sources: SourcesSpec;
  /** What packets and flows are restricted to at first; all when absent. */
  readonly filter?: string;
  /** What stands on top, once the sources are open. */
  readonly titleOf: (opened: readonly OpenedSource[]) => string;
  /** What to do where they cannot be opened, or null: it is said, and that is all. */
  readonly fallback: ((error: CaptureError) => DashboardPlan & { readonly notice: string }) | null;
}

/** Runs sources under the dashboard until the user quits. @returns the exit code */
export async function showDashboard(plan: DashboardPlan, options: Options): Promise<number> {
  const input = takesStandardInput(plan.sources) ? openTerminal() : process.stdin;
  // The thread starts while the dashboard is loaded, which commands without one do not pay for.
  const analyzer = new RemoteAnalyzer();
  try {
    const loading = import('../tui/app.js');
    const { title, isLive, notice } = await open(analyzer, plan, options);
    const { runDashboard } = await loading;
    const { ended } = await analyzer.start();
    const shown = {
      title,
      live: isLive,
      following: isLive || isFollowing(plan.sources),
      notice,
      filter: plan.filter ?? '',
      input,
      output: process.stdout,
    };
    const ascii = options.isAscii || isAsciiLocale();
    const looks = { ascii, color: dashboardColor(options), clock: Date.now, refreshMs };
    const run = (signal: AbortSignal) =>
      runDashboard(analyzer, { ...shown, ...looks, signal } as DashboardOptions);
    const interruption = await guard(analyzer, ended, options, run);
    return await conclude(analyzer, options, interruption);
  } finally {
    await analyzer.terminate();
  }
}

/** Opens the sources in the analyzer's thread, or what the plan has in their place. */
async function open(
  analyzer: RemoteAnalyzer,
  plan: DashboardPlan,
  options: Options,
): Promise<{ title: string; isLive: boolean; notice: string | null }> {
  const isLive = plan.sources.kind === 'live';
  const spec = analysisSpec(options, options.retainBytes, plan.sources.filter);
  try {
    const opened = await analyzer.open(plan.sources, spec);
    // In this thread, which alone may, and before anything is written.
    if (isLive) dropPrivilege();
    return { title: plan.titleOf(opened), isLive, notice: null };
  } catch (error) {
    if (!(error instanceof CaptureError) || plan.fallback === null || !isCaptureImpossible(error))
      throw error;
    const other = plan.fallback(error);
    const { title } = await open(analyzer, other, options);
    dropPrivilege();
    return { title, isLive: false, notice: other.notice };
  }
}

/** Can this user, or this machine, not capture at all? Anything else is a mistake that must be told. */
function isCaptureImpossible({ code }: CaptureError): boolean {
  return code === 'permission' || code === 'engine';
}

/** Runs the dashboard until it ends, a signal comes or the analyzer fails. */
async function guard(
  analyzer: RemoteAnalyzer,
  ended: Promise<Outcome>,
  options: Options,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<Interruption & { fatal: NodeJS.Signals | null }> {
  const { interruption, stop } = closeOnSignals(analyzer);
  const abort = new AbortController();
  /** SIGHUP or SIGQUIT, which end the process as they would have, once the terminal is restored. */
  let fatal: NodeJS.Signals | null = null;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGHUP' || signal === 'SIGQUIT') fatal = signal;
    abort.abort();
  };
  for (const signal of endingSignals) process.on(signal, onSignal);
  ended.catch(() => abort.abort());
  analyzer.onDeath(() => abort.abort());
  const deadline = closeAfter(analyzer, options.forSeconds);
  try {
    await run(abort.signal);
  } finally {
    for (const signal of endingSignals) process.off(signal, onSignal);
    stop();
    clearTimeout(deadline);
  }
  return { code: interruption.code, fatal };
}

/** Ends the run and says how it went. @returns the exit code */
async function conclude(
  analyzer: RemoteAnalyzer,
  options: Options,
  interruption: Interruption & { fatal: NodeJS.Signals | null },
): Promise<number> {
  const { outcome, isComplete } = await analyzer.finish();
  // After a hang-up nothing can be said there, and Node would abort on trying to restore the terminal's modes.
  if (interruption.fatal !== null) process.kill(process.pid, interruption.fatal);
  const code = concludeSession(outcome, options, interruption);
  if (isComplete) return code;
  complain('reading did not stop in time and was ended; the counts are the last ones known');
  return code === ExitCode.ok ? ExitCode.blind : code;
}

/** Does the capture go on growing, so that the newest packets are the ones to show? */
function isFollowing(sources: SourcesSpec): boolean {
  return sources.kind === 'files' && sources.follow;
}

function takesStandardInput(sources: SourcesSpec): boolean {
  const isCapture = sources.kind === 'files' && sources.paths.includes('-');
  return isCapture || process.stdin.isTTY !== true;
}

/** Keys come from the terminal itself when standard input is the capture, or somebody else's list of files. */
function openTerminal(): tty.ReadStream {
  try {
    return new tty.ReadStream(fs.openSync('/dev/tty', 'r'));
  } catch {
    throw new UsageError('standard input is taken and there is no terminal for keys (use --format text)');
  }
}

/** `loscope` without a command. @returns the exit code */
export async function openLoopback(options: Options): Promise<number> {
  const sources = liveSpec(options, '');
  if (!wantsDashboard(options)) return (await import('./print.js')).printPackets(sources, options);
  // What was asked to be recorded is not in the bundled captures.
  const fallback = options.captureFile === null ? bundledCaptures : null;
  return showDashboard({ sources, titleOf: interfaceTitle, fallback }, options);
}

/** Every whole capture that comes with the program, and why these are shown. */
function bundledCaptures(error: CaptureError): DashboardPlan & { notice: string } {
  complain(`${error.message}; opening the bundled captures instead`);
  const isRefused = error.code === 'permission';
  const remedy = `no right to capture ${error.where}: run as root, or see loscope interfaces`;
  const folder = path.join(packageRoot(), 'captures');
  const files = fs
    .readdirSync(folder)
    .filter((name) => /\.pcap(ng)?(\.gz)?$/.test(name) && !name.includes('truncated'));
  const paths = files.sort().map((name) => path.join(folder, name));
  return {
    sources: { kind: 'files', paths, engine: 'fast', follow: false, spoolBytes: Number.POSITIVE_INFINITY },
    titleOf: () => 'bundled captures',
    fallback: null,
    notice: `not live: ${isRefused ? remedy : error.message}`,
  };
}
