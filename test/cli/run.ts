/**
 * The program as a user runs it: a process of its own.
 */
import { type ChildProcessWithoutNullStreams, type SpawnOptions, spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { root } from '../corpus.js';

export const bin = path.join(root, 'bin', 'loscope');

/** A capture of captures/. */
export function capture(name: string): string {
  return path.join(root, 'captures', name);
}

export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the program. */
export function start(args: readonly string[], options: SpawnOptions = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [bin, ...args], {
    ...options,
    stdio: 'pipe',
  }) as ChildProcessWithoutNullStreams;
}

/** What a started program printed and how it ended. */
export function finished(child: ChildProcessWithoutNullStreams): Promise<Result> {
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Runs the program to its end, with `input` on its standard input. */
export function run(args: readonly string[], input: Uint8Array | string = ''): Promise<Result> {
  const child = start(args);
  child.stdin.on('error', () => {}); // It may end before it has read everything.
  child.stdin.end(input);
  return finished(child);
}

/** Resolves when the program's output holds `text`. */
export function printed(child: ChildProcessWithoutNullStreams, text: string): Promise<void> {
  let seen = '';
  return new Promise((resolve, reject) => {
    const look = (chunk: Buffer): void => {
      seen += chunk.toString();
      if (seen.includes(text)) resolve();
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.on('close', () => reject(new Error(`ended without ${text}: ${seen}`)));
  });
}
