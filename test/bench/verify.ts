/**
 * The suite `verify`: what watching costs on an interface that carries 190,000 packets a second, beside tcpdump with the
 * same filter, both for a short and for a long time: what is more in the long one is what the watch itself costs, the
 * rest is starting and ending.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { LinkType } from '../../src/capture/link-type.js';
import { formatCount } from '../../src/format/units.js';
import { suspectText } from '../../src/verify/suspect-filter.js';
import { root } from '../corpus.js';
import { type Lab, makeLab } from '../lab/lab.js';
import { type Namespace, removeLeftovers } from '../lab/netns.js';
import { loscope } from './file-peers.js';
import { type Cost, isInstalled, lastLine, start } from './measure.js';
import { inRounds, notMeasured, notMeasuredRow, type Outcome } from './rounds.js';
import { median } from './statistics.js';
import type { Bench, SuiteResult, Table } from './suite.js';

const packetsPerSecond = 190_000;
const seconds = [1, 10] as const;
const quickSeconds = [1, 3] as const;

interface Contender {
  readonly name: string;
  readonly program: string;
  readonly forSeconds: number;
  readonly command: (file: string) => string[];
}

interface Run extends Cost {
  readonly packetsPerSecond: number;
}
type Outcomes = ReadonlyMap<Contender, Outcome<Run>>;

export async function verifyCost(bench: Bench): Promise<SuiteResult> {
  const title = `Verify: watching an interface with ${formatCount(packetsPerSecond)} packets a second`;
  const pace = bench.scratch.path('pace');
  const missing = process.getuid?.() === 0 ? build(pace) : 'watching needs root';
  if (missing !== '') {
    return { tables: [{ title, notes: [`Skipped: ${missing}.`], columns: [''], rows: [] }], figures: {} };
  }
  const [short, long] = bench.isQuick ? quickSeconds : seconds;
  removeLeftovers();
  const lab = await makeLab();
  try {
    await lab.neighbour.sh('ip route add 10.99.0.0/16 via 10.77.0.1');
    const outcomes = await inRounds(
      [watching(short), watching(long), dumping(short), dumping(long)],
      { counted: bench.runs, warmUp: false },
      ({ program }) => (isInstalled(program) ? '' : 'not installed'),
      (contender) => {
        bench.say(`${contender.name} for ${contender.forSeconds} s`);
        return beside(contender, lab, pace, bench.scratch.path('suspects.pcap'));
      },
    );
    return { tables: [costTable(title, outcomes)], figures: figures(outcomes) };
  } finally {
    lab.remove();
  }
}

/** @returns why there is no sender, or '' */
function build(pace: string): string {
  if (!isInstalled('cc')) return 'the sender needs cc';
  const source = path.join(root, 'test', 'bench', 'pace.c');
  const { status, stderr } = spawnSync('cc', ['-O2', '-o', pace, source], { encoding: 'utf8' });
  return status === 0 ? '' : `the sender does not compile: ${stderr.trim()}`;
}

function watching(forSeconds: number): Contender {
  const command = [...loscope, 'verify', '-i', 'eth0', '--for', `${forSeconds}`];
  return { name: 'loscope verify', program: loscope[0], forSeconds, command: () => command };
}

/** With the same filter but for own addresses. It does not end by itself when nothing passes. */
function dumping(forSeconds: number): Contender {
  const timed = ['timeout', '--preserve-status', '--signal=INT', `${forSeconds}`];
  const filter = suspectText(LinkType.ethernet);
  return {
    name: 'tcpdump -w',
    program: 'tcpdump',
    forSeconds,
    command: (file) => [...timed, 'tcpdump', '-n', '-Z', 'root', '-i', 'eth0', '-w', file, filter],
  };
}

/** One run on the load, which nobody answers: its addresses are behind the host, which does not route. */
async function beside({ command }: Contender, lab: Lab, pace: string, file: string): Promise<Run> {
  const sender = await lab.neighbour.start(/ready/, pace, '10.99.0.1', '9', `${packetsPerSecond}`);
  try {
    const before = await received(lab.host);
    const running = start(command(file), { prefix: ['ip', 'netns', 'exec', lab.host.name] });
    const ended = await running.ended;
    const after = await received(lab.host);
    if (ended.status !== 0) throw new Error(`failed, status ${ended.status}: ${lastLine(ended.stderr)}`);
    return {
      ...ended,
      packetsPerSecond: ((after.packets - before.packets) * 1000) / (after.atMs - before.atMs),
    };
  } finally {
    sender.kill('SIGKILL');
    fs.rmSync(file, { force: true });
  }
}

async function received(namespace: Namespace): Promise<{ packets: number; atMs: number }> {
  const text = await namespace.sh('cat /proc/net/dev');
  const packets = Number(/^ *eth0:(.*)$/m.exec(text)![1].trim().split(/\s+/)[1]);
  return { packets, atMs: performance.now() };
}

const percent = (cpuSeconds: number, ofSeconds: number): number => (100 * cpuSeconds) / ofSeconds;
const cpuOf = ({ runs }: Outcome<Run>): number => median(runs.map(({ cpuSeconds }) => cpuSeconds));

/** Medians of the CPU of a contender in its short and its long runs, as what a second costs and what is spent besides. */
function costOf(outcomes: Outcomes, name: string): { steady: number; besides: number; whole: number } {
  const [short, long] = [...outcomes].filter(([contender]) => contender.name === name);
  const [cpu, more] = [cpuOf(short[1]), cpuOf(long[1])];
  const [atLeast, atMost] = [short[0].forSeconds, long[0].forSeconds];
  const aSecond = (more - cpu) / (atMost - atLeast);
  return { steady: 100 * aSecond, besides: cpu - aSecond * atLeast, whole: percent(more, atMost) };
}

function figures(outcomes: Outcomes): Record<string, number> {
  const { steady, whole } = costOf(outcomes, 'loscope verify');
  return { verifyWholePercent: whole, verifySteadyPercent: steady };
}

function costTable(title: string, outcomes: Outcomes): Table {
  const columns = [
    '',
    'for',
    'packets a second',
    'CPU',
    'of one core',
    'starting and ending',
    'a second of watching',
  ];
  const notes = [
    'CPU of the whole process tree, of which starting and ending is what is left of the long run when every second costs ' +
      'what a second of the difference between the two does.',
    ...notMeasured(outcomes),
  ];
  const rows = [...outcomes].map(([{ name, forSeconds }, outcome]) => {
    if (outcome.note !== '') return notMeasuredRow(name, columns);
    const cpu = cpuOf(outcome);
    const { steady, besides } = costOf(outcomes, name);
    return [
      name,
      `${forSeconds} s`,
      formatCount(Math.round(median(outcome.runs.map((run) => run.packetsPerSecond)))),
      `${cpu.toFixed(3)} s`,
      `${percent(cpu, forSeconds).toFixed(2)} %`,
      `${besides.toFixed(3)} s`,
      `${steady.toFixed(2)} %`,
    ];
  });
  return { title, notes, columns, rows };
}
