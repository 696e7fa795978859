/**
 * Whole programs over files: one run of a contender, and the table that sets them side by side.
 */
import fs from 'node:fs';
import { formatCount } from '../../src/format/units.js';
import type { Contender } from './file-peers.js';
import { type Ended, formatPeak, isInstalled, lastLine, measure } from './measure.js';
import { inRounds, notMeasured, notMeasuredRow, type Outcome } from './rounds.js';
import { median } from './statistics.js';
import type { Bench, Table } from './suite.js';

export type Outcomes = ReadonlyMap<Contender, Outcome<Ended>>;

/** Every contender in turns. */
export function runContenders(bench: Bench, contenders: readonly Contender[]): Promise<Outcomes> {
  const missing = ({ command }: Contender): string => (isInstalled(command[0]) ? '' : 'not installed');
  return inRounds(contenders, { counted: bench.runs, warmUp: true }, missing, async (contender) => {
    bench.say(contender.name);
    const { output } = contender;
    if (output !== null) prepare(output);
    const ended = await measure(contender.command);
    if (ended.status !== 0) throw new Error(`failed, status ${ended.status}: ${lastLine(ended.stderr)}`);
    const wrong = contender.check(ended);
    if (wrong !== '') throw new Error(wrong);
    if (output !== null) fs.rmSync(output, { recursive: true, force: true });
    return ended;
  });
}

/** nfpcapd wants its folder to be there; it is the one output without an ending. */
function prepare(output: string): void {
  fs.rmSync(output, { recursive: true, force: true });
  if (!output.includes('.')) fs.mkdirSync(output);
}

/** Median seconds a packet of a contender by name; NaN where it did not run. */
export function secondsPerPacket(outcomes: Outcomes, name: string): number {
  for (const [contender, { runs }] of outcomes) {
    if (contender.name === name) return median(runs.map((run) => run.seconds)) / contender.packets;
  }
  return Number.NaN;
}

/** Side by side; the first contender is what the others are compared with. */
export function workTable(title: string, notes: readonly string[], outcomes: Outcomes): Table {
  const [first] = outcomes.keys();
  const columns = ['', 'packets', 'median', 'a packet', 'bytes', 'CPU', 'peak', `× ${first.name}`];
  const own = secondsPerPacket(outcomes, first.name);
  const rows = [...outcomes].map(([contender, { runs, note }]) => {
    if (note !== '') return notMeasuredRow(contender.name, columns);
    const seconds = median(runs.map((run) => run.seconds));
    const perPacket = seconds / contender.packets;
    return [
      contender.name,
      formatCount(contender.packets),
      `${seconds.toFixed(3)} s`,
      `${(perPacket * 1e9).toFixed(0)} ns`,
      `${(contender.bytes / seconds / 1e6).toFixed(0)} MB/s`,
      `${median(runs.map((run) => run.cpuSeconds)).toFixed(2)} s`,
      formatPeak(runs),
      (perPacket / own).toFixed(2),
    ];
  });
  return { title, notes: [...notes, ...notMeasured(outcomes)], columns, rows };
}
