/**
 * The suite `filters`: `loscope read` beside `tcpdump -r` with the same filter over the same cached capture, whole
 * processes, from simple to heavy; and what compiling a filter takes.
 *
 * tcpdump writes what it selects, to a scratch file: with nothing to write, or /dev/null, it would do less than is asked.
 * Its file tells that both have selected the same.
 */
import fs from 'node:fs';
import { formatCount } from '../../src/format/units.js';
import { compileTimes } from './compile-times.js';
import { loscope } from './file-peers.js';
import { usualFlows } from './files.js';
import { isInstalled, lastLine, measure } from './measure.js';
import { inRounds, notMeasured, notMeasuredRow, type Outcome } from './rounds.js';
import { median, most } from './statistics.js';
import { type Bench, type SuiteResult, sized, type Table } from './suite.js';

/** Of the generated packets: three quarters, hardly any, all, none, half. */
const filters = [
  'tcp',
  'host 10.1.1.1',
  'tcp port 443 or udp port 53',
  'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0',
  '(tcp dst port (80 or 443 or 8080 or 8443) and src net (10.1.1.0/24 or 10.1.2.0/24)) or ' +
    '(udp port (53 or 67 or 68 or 123 or 5353) and not net 192.168.0.0/16) or ip[8] < 5 or icmp',
];

const packets = 5_000_000;
const pcapHeaderLen = 24;
const recordHeaderLen = 16;

interface Pair {
  readonly ownSeconds: number;
  readonly peerSeconds: number;
  readonly frames: number;
}
type Outcomes = ReadonlyMap<{ readonly name: string }, Outcome<Pair>>;

export async function filterSpeed(bench: Bench): Promise<SuiteResult> {
  const input = bench.inputs.get({ packets: sized(bench, packets), flows: usualFlows, sizes: 'small' });
  const output = bench.scratch.path('selected.pcap');
  const missing = isInstalled('tcpdump') ? '' : 'tcpdump is not installed';
  const outcomes = await inRounds(
    filters.map((name) => ({ name })),
    { counted: bench.runs, warmUp: true },
    () => missing,
    ({ name }) => {
      bench.say(name);
      return runPair(name, input.file, output);
    },
  );
  const compiling = compileTimes(bench);
  const ratios = [...outcomes.values()].map(ratioOf);
  return {
    tables: [pairTable(input.packets, outcomes), compiling.table],
    figures: { readOverTcpdump: ratios.some(Number.isNaN) ? Number.NaN : most(ratios), ...compiling.figures },
  };
}

/** One run of each, one right after the other. */
async function runPair(filter: string, file: string, output: string): Promise<Pair> {
  const own = await measure([...loscope, 'read', '--format', 'none', file, filter]);
  const [, frames, bytes] = /([\d,]+) frames, ([\d,]+) bytes/.exec(own.stderr) ?? [];
  if (own.status !== 0 || bytes === undefined) throw new Error(`loscope failed: ${lastLine(own.stderr)}`);
  // Not as the user tcpdump, who may not write to the scratch folder.
  const peer = await measure(['tcpdump', '-n', '-Z', 'root', '-r', file, '-w', output, filter]);
  if (peer.status !== 0) throw new Error(`tcpdump failed: ${lastLine(peer.stderr)}`);
  const wrote = fs.statSync(output).size;
  fs.rmSync(output);
  const count = (text: string): number => Number(text.replaceAll(',', ''));
  const expected = pcapHeaderLen + count(frames) * recordHeaderLen + count(bytes);
  if (wrote !== expected) throw new Error(`tcpdump wrote ${wrote} bytes, not ${expected}: they differ`);
  return { ownSeconds: own.seconds, peerSeconds: peer.seconds, frames: count(frames) };
}

/** The median of the ratios within a pair. */
function ratioOf({ runs }: Outcome<Pair>): number {
  return median(runs.map(({ ownSeconds, peerSeconds }) => ownSeconds / peerSeconds));
}

function pairTable(packetCount: number, outcomes: Outcomes): Table {
  const columns = ['', 'selected', 'loscope read', 'tcpdump -r -w', 'ratio'];
  const rows = [...outcomes].map(([{ name }, outcome]) => {
    const { runs, note } = outcome;
    if (note !== '') return notMeasuredRow(name, columns);
    return [
      name.length > 60 ? `${name.slice(0, 60)}…` : name,
      formatCount(runs[0].frames),
      `${median(runs.map(({ ownSeconds }) => ownSeconds)).toFixed(3)} s`,
      `${median(runs.map(({ peerSeconds }) => peerSeconds)).toFixed(3)} s`,
      ratioOf(outcome).toFixed(2),
    ];
  });
  const notes = [
    'Whole processes, in pairs; the ratio is the median of the pairs’. `--format none` counts what is selected, tcpdump writes it.',
    ...notMeasured(outcomes),
  ];
  return { title: `Filters: ${formatCount(packetCount)} small packets`, notes, columns, rows };
}
