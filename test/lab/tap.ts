/**
 * A capture tool running in a namespace: tcpdump for pcap, dumpcap for pcapng. `startTap` returns when the tool's
 * packet socket is open, `settled` when the frames of the traffic are in the file, `stop` when the file is complete.
 *
 * Why `settled` before `stop`: on SIGINT libpcap leaves its loop at once and what is still in the ring is lost.
 */
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Namespace } from './netns.js';
import { countRecords } from './pcap-file.js';

const POLL_MS = 50;
/** Polls without a new frame before the traffic counts as over; dumpcap flushes every 100 ms. */
const QUIET_POLLS = 6;
const SETTLE_SECONDS = 10;

export interface TapOptions {
  /** More than one needs dumpcap. */
  readonly devices: readonly string[];
  readonly filter?: string;
  readonly tool?: 'tcpdump' | 'dumpcap';
  readonly snapLen?: number;
  /** tcpdump's name, as in `-y LINUX_SLL2`. */
  readonly linkType?: string;
  readonly nanoseconds?: boolean;
}

export interface Tap {
  /** Resolves with the number of frames in the file once it is at least `atLeast` and no longer grows. */
  settled(atLeast: number): Promise<number>;
  stop(): Promise<void>;
}

export async function startTap(namespace: Namespace, file: string, options: TapOptions): Promise<Tap> {
  const argv = options.tool === 'dumpcap' ? dumpcapArgv(file, options) : tcpdumpArgv(file, options);
  // dumpcap opens its output, and says so, after the devices and their filters.
  const child = await namespace.start(options.tool === 'dumpcap' ? /^File: /m : /listening on/, ...argv);
  return { settled: (atLeast) => settled(file, atLeast), stop: () => stop(child) };
}

function tcpdumpArgv(file: string, options: TapOptions): string[] {
  const argv = ['tcpdump', '-n', '-U', '--immediate-mode', '-Z', 'root', '-i', options.devices[0]!];
  if (options.linkType) argv.push('-y', options.linkType);
  if (options.snapLen) argv.push('-s', String(options.snapLen));
  if (options.nanoseconds) argv.push('--time-stamp-precision=nano');
  argv.push('-w', file);
  if (options.filter) argv.push(options.filter);
  return argv;
}

function dumpcapArgv(file: string, options: TapOptions): string[] {
  const argv = ['dumpcap', '-q', '-w', file];
  // Before the first -i, so that it is the default of every interface.
  if (options.filter) argv.push('-f', options.filter);
  for (const device of options.devices) argv.push('-i', device);
  return argv;
}

async function settled(file: string, atLeast: number): Promise<number> {
  let frames = 0;
  let quiet = 0;
  for (let polls = 0; polls < (SETTLE_SECONDS * 1000) / POLL_MS; polls++) {
    const now = countRecords(await readFile(file));
    quiet = now === frames ? quiet + 1 : 0;
    frames = now;
    if (frames >= atLeast && quiet >= QUIET_POLLS) return frames;
    await delay(POLL_MS);
  }
  throw new Error(`${frames} frames after ${SETTLE_SECONDS} seconds, expected at least ${atLeast}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const closed = new Promise((done) => child.once('close', done));
  child.kill('SIGINT');
  await closed;
}
