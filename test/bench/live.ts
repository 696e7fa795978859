/**
 * The suite `live`: one capturer at a time on the same load, in a network namespace of its own: how many packets
 * there were, how many it saw, and what that cost.
 */
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { formatCount } from '../../src/format/units.js';
import { makeNamespace, type Namespace, removeLeftovers } from '../lab/netns.js';
import { type Capturer, capturers, dashboard, plain, tcpdump } from './capturers.js';
import { datagrams, isCapturing, type Load, packetsOnLoopback, stream } from './load.js';
import { type Cost, formatPeak, isInstalled, lastLine, type Running, start } from './measure.js';
import { inRounds, notMeasured, notMeasuredRow, type Outcome } from './rounds.js';
import { median, most } from './statistics.js';
import { type Bench, type SuiteResult, sized, type Table } from './suite.js';

const datagramCount = 1_000_000;
const streamSeconds = 10;
/** A stream is long: fewer of them. */
const mostStreamRuns = 3;
const terminal = { columns: 160, lines: 50 } as const;
const patienceMs = 10_000;
/** From a bound socket to one whose filter is set, and from the last packet to the last that is counted. */
const settleMs = 500;
const drainMs = 1500;

interface LiveRun extends Cost {
  readonly offered: number;
  readonly seen: number;
  readonly dropped: number | null;
  /** How fast the load went beside this capturer. */
  readonly speed: string;
}

type LiveOutcomes = ReadonlyMap<Capturer, Outcome<LiveRun>>;

export async function live(bench: Bench): Promise<SuiteResult> {
  const count = sized(bench, datagramCount);
  const seconds = sized(bench, streamSeconds);
  const asked = `Live: ${formatCount(count)} datagrams of 64 bytes from one sender on lo`;
  const streamed = `Live: a TCP stream of ${seconds} s by iperf3 on lo`;
  if (process.getuid?.() !== 0) {
    const skipped = ['Skipped: capturing needs root.'];
    return {
      tables: [asked, streamed].map((title) => ({ title, notes: skipped, columns: [''], rows: [] })),
      figures: {},
    };
  }
  removeLeftovers();
  const namespace = await makeNamespace();
  try {
    const first = await onLoad(bench, namespace, datagrams(bench.scratch, count), bench.runs);
    const second = await onLoad(bench, namespace, stream(seconds), Math.min(bench.runs, mostStreamRuns));
    return {
      tables: [liveTable(asked, first), liveTable(streamed, second)],
      figures: { ...datagramFigures(first), ...streamFigures(second) },
    };
  } finally {
    namespace.remove();
  }
}

/** Every capturer in turns on one load; nothing warms up here but the first of a few runs. */
function onLoad(
  bench: Bench,
  namespace: Namespace,
  load: Load | string,
  counted: number,
): Promise<LiveOutcomes> {
  const missing = ({ program }: Capturer): string => {
    if (typeof load === 'string') return load;
    return isInstalled(program) ? '' : 'not installed';
  };
  return inRounds(capturers, { counted, warmUp: false }, missing, (capturer) => {
    bench.say(`${capturer.name}, ${(load as Load).name}`);
    return capture(capturer, load as Load, namespace, bench.scratch.memory);
  });
}

async function capture(
  capturer: Capturer,
  load: Load,
  namespace: Namespace,
  memory: string,
): Promise<LiveRun> {
  const folder = fs.mkdtempSync(path.join(memory, 'capture-'));
  const prefix = ['ip', 'netns', 'exec', namespace.name];
  const running = start(
    capturer.command(load, folder),
    capturer.inTerminal ? { terminal, prefix } : { prefix },
  );
  try {
    // `ip netns exec` replaces itself, so this is a process inside.
    const pid = running.child.pid!;
    await captures(running, pid);
    const before = packetsOnLoopback(pid);
    const speed = await load.run(namespace);
    const offered = packetsOnLoopback(pid) - before;
    await pause(drainMs);
    running.child.kill('SIGTERM');
    const ended = await running.ended;
    const counted = capturer.counted(ended.stdout + ended.stderr);
    if (counted === null) throw new Error(`failed, status ${ended.status}: ${lastLine(ended.stderr)}`);
    return { ...ended, ...counted, offered, speed };
  } finally {
    running.child.kill('SIGTERM');
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Resolves when the program captures. @throws when it ended, or takes too long */
async function captures(running: Running, pid: number): Promise<void> {
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  running.ended.then(over, over);
  const deadline = performance.now() + patienceMs;
  // A namespace that the process has not entered yet has packet sockets of others.
  await running.startedNs;
  while (!isOver && !isCapturing(pid)) {
    if (performance.now() > deadline)
      throw new Error(`failed, does not capture: ${lastLine(running.said())}`);
    await pause(20);
  }
  if (!isOver) await pause(settleMs);
  if (isOver) throw new Error(`failed: ${lastLine(running.said())}`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function lostOf({ offered, seen }: LiveRun): number {
  return offered - seen;
}

/** Median CPU seconds a million packets offered. */
function cpuPerMillion(outcomes: LiveOutcomes, name: string): number {
  for (const [capturer, { runs }] of outcomes) {
    if (capturer.name === name) return median(runs.map((run) => (run.cpuSeconds / run.offered) * 1e6));
  }
  return Number.NaN;
}

function mostLost(outcomes: LiveOutcomes, name: string): number {
  for (const [capturer, { runs }] of outcomes) if (capturer.name === name) return most(runs.map(lostOf));
  return Number.NaN;
}

function datagramFigures(outcomes: LiveOutcomes): Record<string, number> {
  const reference = cpuPerMillion(outcomes, tcpdump);
  return {
    lostPlain: mostLost(outcomes, plain),
    lostDashboard: mostLost(outcomes, dashboard),
    plainCpuOverTcpdump: cpuPerMillion(outcomes, plain) / reference,
    dashboardCpuOverTcpdump: cpuPerMillion(outcomes, dashboard) / reference,
  };
}

function streamFigures(outcomes: LiveOutcomes): Record<string, number> {
  return { streamLostPlain: mostLost(outcomes, plain), streamLostDashboard: mostLost(outcomes, dashboard) };
}

function liveTable(title: string, outcomes: LiveOutcomes): Table {
  const columns = ['', 'offered', 'seen', 'lost', 'most lost', 'CPU a million', 'peak', 'load'];
  const notes = [
    'Offered: what the interface counted. Seen: from each program’s own last words. Lost: the difference.',
    'CPU of the whole process tree from start to end; peak of its largest process.',
    ...notMeasured(outcomes),
  ];
  const rows = [...outcomes].map(([{ name }, { runs, note }]) => {
    if (note !== '') return notMeasuredRow(name, columns);
    const of = (value: (run: LiveRun) => number): string => formatCount(median(runs.map(value)));
    const lost = runs.map(lostOf);
    return [
      name,
      of((run) => run.offered),
      of((run) => run.seen),
      formatCount(median(lost)),
      formatCount(most(lost)),
      `${cpuPerMillion(outcomes, name).toFixed(2)} s`,
      formatPeak(runs),
      runs.map((run) => run.speed).toSorted()[runs.length >> 1],
    ];
  });
  return { title, notes, columns, rows };
}
