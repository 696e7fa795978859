/**
 * Starts a program under measure.py and collects what it said and what it cost.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { root } from '../corpus.js';

const measurePy = path.join(root, 'test', 'bench', 'measure.py');
/** Output kept of a program: its last words are what matters. */
const keptOutput = 1 << 16;

/** Measuring programs that run: whatever ends this process ends them, before folders are removed under them. */
const alive = new Set<ChildProcess>();
process.prependListener('exit', () => {
  for (const child of alive) child.kill('SIGTERM');
});

export interface Cost {
  readonly seconds: number;
  /** User and system time of the whole process tree. */
  readonly cpuSeconds: number;
  /** Peak of the largest process. */
  readonly peakMebibytes: number;
  /** A peak at or below this is only known to be no more. */
  readonly floorMebibytes: number;
}

export interface Ended extends Cost {
  /** Exit code, or minus the number of the signal. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  /** Gives it a terminal of this size. */
  readonly terminal?: { readonly columns: number; readonly lines: number };
  /** What stands before the measuring program: to enter a network namespace. */
  readonly prefix?: readonly string[];
  /** Gets everything written to standard output, as it comes. */
  readonly onOutput?: (chunk: Buffer) => void;
}

/** A started program. */
export interface Running {
  /** The measuring program; a signal to it goes to the program measured. */
  readonly child: ChildProcess;
  /** When it was started, on the clock of process.hrtime. */
  readonly startedNs: Promise<bigint>;
  readonly ended: Promise<Ended>;
  /** The last of what it wrote so far. */
  readonly said: () => string;
}

export function start(command: readonly string[], options: StartOptions = {}): Running {
  const { terminal, prefix = [] } = options;
  const size = terminal === undefined ? [] : ['--pty', `${terminal.columns}x${terminal.lines}`];
  const [program, ...words] = [...prefix, 'python3', measurePy, '3', ...size, '--', ...command];
  // Node would read these certificates at each start: that is this machine's and nothing of what is measured.
  const env = { ...process.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8', NODE_EXTRA_CA_CERTS: undefined };
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe', 'pipe'], env });
  alive.add(child);
  child.once('close', () => alive.delete(child));
  child.stdin!.on('error', () => {}); // It may have ended before a key reaches it.
  const stdout = lastOf(child.stdout!, options.onOutput);
  const stderr = lastOf(child.stderr!);
  let report = '';
  let tellStart: (ns: bigint) => void;
  const startedNs = new Promise<bigint>((resolve) => {
    tellStart = resolve;
  });
  (child.stdio[3] as Readable).setEncoding('utf8').on('data', (text: string) => {
    report += text;
    const [, ns] = /"startedNs": "(\d+)"/.exec(report) ?? [];
    if (ns !== undefined) tellStart(BigInt(ns));
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      const [, cost] = report.trimEnd().split('\n');
      if (cost === undefined) reject(new Error(`not measured: ${lastLine(stderr())}`));
      else resolve({ ...costOf(cost), stdout: stdout(), stderr: stderr() });
    });
  });
  return { child, startedNs, ended, said: () => stdout() + stderr() };
}

/** Runs a program to its end. */
export function measure(command: readonly string[]): Promise<Ended> {
  const running = start(command);
  running.child.stdin!.end();
  return running.ended;
}

function costOf(json: string): Cost & { status: number } {
  const { status, seconds, cpuSeconds, peakKib, floorKib } = JSON.parse(json) as Record<string, number>;
  return { status, seconds, cpuSeconds, peakMebibytes: peakKib / 1024, floorMebibytes: floorKib / 1024 };
}

/** What a program that fails says last. */
export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)!.trim();
}

function lastOf(stream: Readable, onOutput: (chunk: Buffer) => void = () => {}): () => string {
  let kept = '';
  stream.on('data', (chunk: Buffer) => {
    kept = (kept + chunk.toString()).slice(-keptOutput);
    onOutput(chunk);
  });
  return () => kept;
}

export function isInstalled(program: string): boolean {
  return program.includes('/') || spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/** `73 MiB`, or `≤ 10 MiB` where no more is known. */
export function formatPeak(costs: readonly Cost[]): string {
  const peak = Math.max(...costs.map((cost) => cost.peakMebibytes));
  const floor = Math.max(...costs.map((cost) => cost.floorMebibytes));
  return peak <= floor ? `≤ ${Math.ceil(floor)} MiB` : `${Math.round(peak)} MiB`;
}
