/**
 * `tcpdump -r`: what it selects from a capture, or why it does not.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import process from 'node:process';
import type { Frame } from './bpf-machine.js';

const fileHeaderLen = 24;
const recordHeaderLen = 16;
const microsecondsPerSecond = 1_000_000;
const mostMs = 60_000;

/** As root it would become another user, who may not write everywhere. */
const asRoot = process.getuid?.() === 0 ? ['-Z', 'root'] : [];

export const isTcpdumpHere = spawnSync('tcpdump', ['--version']).status === 0;

/** A frame, and its time in microseconds. */
export interface TimedFrame extends Frame {
  readonly microseconds: number;
}

export interface Selection {
  /** Also those before damage. */
  readonly frames: TimedFrame[];
  /** More of no frame is kept. */
  readonly snapLen: number;
  /** What it ended with, or ''. */
  readonly complaint: string;
}

/** @param output a file to write, which is removed again */
export function tcpdumpSelects(capture: string, text: string, output: string): Selection {
  const args = [...asRoot, '-n', '-r', capture, '-w', output, '--', text];
  const { status, stderr } = spawnSync('tcpdump', args, { encoding: 'utf8', timeout: mostMs });
  const complaint = status === 0 ? '' : stderr.trim().split('\n').at(-1)!;
  if (!fs.existsSync(output)) return { frames: [], snapLen: 0, complaint };
  const file = fs.readFileSync(output);
  fs.rmSync(output);
  const frames: TimedFrame[] = [];
  // It writes in this machine's order.
  for (let at = fileHeaderLen; at + recordHeaderLen <= file.length; ) {
    const capLen = file.readUInt32LE(at + 8);
    const start = at + recordHeaderLen;
    frames.push({
      bytes: file.subarray(start, start + capLen),
      origLen: file.readUInt32LE(at + 12),
      microseconds: file.readUInt32LE(at) * microsecondsPerSecond + file.readUInt32LE(at + 4),
    });
    at = start + capLen;
  }
  return { frames, snapLen: file.length === 0 ? 0 : file.readUInt32LE(16), complaint };
}
