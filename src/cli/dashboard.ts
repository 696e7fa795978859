/**
 * The dashboard over any sources, and what `loscope` alone does: lo, live, or the bundled captures where this
 * user may not capture.
 */
import fs from 'node:fs';
import path from 'node:path';
import tty from 'node:tty';
import { openSources } from '../analysis/open-sources.js';
import { CaptureError } from '../capture/capture-error.js';
import { openCapture } from '../capture/open-capture.js';
import { dropPrivilege } from '../capture/privilege.js';
import type { Source } from '../capture/source.js';
import { complain } from './diagnostics.js';
import { UsageError } from './exit-code.js';
import type { Options } from './options.js';
import { packageRoot } from './package-root.js';
import { printPackets, wantsDashboard } from './print.js';
import { closeOnSignals, concludeSession, makeAnalyzer, openRecorder } from './session.js';
import { interfaceTitle, liveSpec } from './sources.js';
import { dashboardColor, isAsciiLocale } from './terminal.js';

const refreshMs = 100;
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

export interface DashboardTitle {
  readonly title: string;
  readonly isLive: boolean;
  /** One line to show at the start, or null. */
  readonly notice: string | null;
}

/** Runs sources under the dashboard until the user quits. @returns the exit code */
export async function showDashboard(
  sources: readonly Source[],
  options: Options,
  { title, isLive, notice }: DashboardTitle,
): Promise<number> {
  // Loaded here, so that commands without a dashboard do not pay for it.
  const { runDashboard } = await import('../tui/app.js');
  const isTaken = sources.some((source) => source.name === '-') || process.stdin.isTTY !== true;
  const input = isTaken ? openTerminal() : process.stdin;
  const analyzer = makeAnalyzer(sources, options, options.retainBytes);
  const { interruption, stop } = closeOnSignals(analyzer);
  const abort = new AbortController();
  /** SIGHUP or SIGQUIT, which end the process as they would have, once the terminal is restored. */
  let fatal: NodeJS.Signals | null = null;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGHUP' || signal === 'SIGQUIT') fatal = signal;
    abort.abort();
  };
  for (const signal of endingSignals) process.on(signal, onSignal);
  const deadline = Number.isFinite(options.forSeconds)
    ? setTimeout(() => void analyzer.close(), options.forSeconds * 1000)
    : undefined;
  let failure: unknown = null;
  const recorder = openRecorder(analyzer, options);
  const running = analyzer
    .run((source, batch) => recorder?.write(analyzer, source, batch))
    .catch((error: unknown) => {
      failure = error;
      abort.abort();
    });
  try {
    await runDashboard(analyzer, {
      title,
      live: isLive,
      notice,
      input,
      output: process.stdout,
      ascii: options.isAscii || isAsciiLocale(),
      color: dashboardColor(options),
      clock: Date.now,
      refreshMs,
      signal: abort.signal,
    });
  } finally {
    for (const signal of endingSignals) process.off(signal, onSignal);
    stop();
    clearTimeout(deadline);
    await analyzer.close();
    await running;
    recorder?.close(analyzer);
  }
  if (failure !== null) throw failure;
  // After a hang-up nothing can be said there, and Node would abort on trying to restore the terminal's modes.
  if (fatal !== null) process.kill(process.pid, fatal);
  return concludeSession(analyzer, options, interruption, recorder);
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
  let sources: Source[];
  try {
    sources = await openSources(liveSpec(options, ''));
    dropPrivilege();
  } catch (error) {
    if (!(error instanceof CaptureError) || !wantsDashboard(options)) throw error;
    complain(`${error.message}; opening the bundled captures instead`);
    const bundled = await openBundledCaptures();
    const isRefused = error.code === 'permission';
    const remedy = `no right to capture ${error.where}: run as root, or see loscope interfaces`;
    const notice = `not live: ${isRefused ? remedy : error.message}`;
    return showDashboard(bundled, options, { title: 'bundled captures', isLive: false, notice });
  }
  if (!wantsDashboard(options)) return printPackets(sources, options);
  return showDashboard(sources, options, { title: interfaceTitle(sources), isLive: true, notice: null });
}

/** Every whole capture that comes with the program. */
async function openBundledCaptures(): Promise<Source[]> {
  const folder = path.join(packageRoot(), 'captures');
  const files = fs
    .readdirSync(folder)
    .filter((name) => /\.pcap(ng)?(\.gz)?$/.test(name) && !name.includes('truncated'));
  return Promise.all(files.sort().map((name) => openCapture(path.join(folder, name), 'fast')));
}
