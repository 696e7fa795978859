import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import test, { type ExecutionContext } from 'ava';
import { finished } from '../cli/run.js';
import { root } from '../corpus.js';
import { bars, barsTable, verdictOf } from './bars.js';
import { capturers } from './capturers.js';
import { generate } from './generate.js';
import { formatPeak, isInstalled, measure, start } from './measure.js';
import { parseOptions } from './options.js';
import { inRounds, notMeasured } from './rounds.js';
import { median, most } from './statistics.js';
import { tableMarkdown, tableText } from './table.js';

const runJs = path.join(root, 'dist', 'test', 'bench', 'run.js');
const canMeasure = isInstalled('python3');

test('the median is the middle one, or the mean of the two in the middle', (t) => {
  t.is(median([9, 1, 5]), 5);
  t.is(median([10, 2, 8, 4]), 6);
  t.is(most([3, 11, 7]), 11);
  t.true(Number.isNaN(median([])));
  t.true(Number.isNaN(most([])));
});

test('contenders take turns, the first round is not counted, and one that fails is out', async (t) => {
  const order: string[] = [];
  const contenders = ['a', 'b', 'absent', 'failing'].map((name) => ({ name }));
  const outcomes = await inRounds(
    contenders,
    { counted: 2, warmUp: true },
    ({ name }) => (name === 'absent' ? 'not installed' : ''),
    async ({ name }) => {
      order.push(name);
      if (name === 'failing' && order.length > 4) throw new Error('failed: no disk');
      return order.length;
    },
  );
  t.deepEqual(order, ['a', 'b', 'failing', 'a', 'b', 'failing', 'a', 'b']);
  t.deepEqual(
    [...outcomes.values()].map(({ runs }) => runs),
    [[4, 7], [5, 8], [], []],
  );
  t.deepEqual(notMeasured(outcomes), ['Not measured: absent (not installed); failing (failed: no disk).']);
});

test('a bar is met at its limit, missed beyond it, and neither where nothing was measured', (t) => {
  const atMost = { text: '', figure: 'x', most: 1.2, unit: '×' };
  const atLeast = { text: '', figure: 'x', least: 8, unit: '×' };
  t.is(verdictOf(atMost, { x: 1.2 }), 'pass');
  t.is(verdictOf(atMost, { x: 1.201 }), 'miss');
  t.is(verdictOf(atLeast, { x: 8 }), 'pass');
  t.is(verdictOf(atLeast, { x: 7.9 }), 'miss');
  t.is(verdictOf(atLeast, { x: Number.NaN }), 'not measured');
  t.is(verdictOf(atLeast, {}), 'not measured');
});

test('the table of bars has those of the suites that ran, also where a peer was absent', (t) => {
  const { rows } = barsTable({ lostPlain: 0, plainCpuOverTcpdump: Number.NaN, firstScreenMs: 501.2 }, []);
  t.deepEqual(rows, [
    ['most datagrams lost, live, text off', '≤ 0', '0', 'pass'],
    ['CPU of live, text off ÷ of tcpdump -w', '≤ 1 ×', '', 'not measured'],
    ['first screen of a 2 GB file', '≤ 500 ms', '501 ms', 'miss'],
  ]);
  t.true(bars.every(({ most, least }) => (most === undefined) !== (least === undefined)));
});

test('a table reads in a terminal and as markdown', (t) => {
  const table = { title: 'Title', notes: ['A note.'], columns: ['', 'n'], rows: [['a|b', '12']] };
  t.is(tableText(table), 'Title\n  A note.\n\n        n\n  a|b  12\n');
  t.is(tableMarkdown(table), '## Title\n\nA note.\n\n|  | n |\n|---|---:|\n| a\\|b | 12 |\n');
});

test('a peak at the measuring program’s own is said to be no more than that', (t) => {
  const cost = { seconds: 1, cpuSeconds: 1, floorMebibytes: 9.2 };
  t.is(formatPeak([{ ...cost, peakMebibytes: 9.2 }]), '≤ 10 MiB');
  t.is(
    formatPeak([
      { ...cost, peakMebibytes: 9.2 },
      { ...cost, peakMebibytes: 73.4 },
    ]),
    '73 MiB',
  );
});

test('options name suites, and unknown ones are refused', (t) => {
  t.deepEqual(parseOptions(['screen', 'files', '--quick', '--runs', '2']), {
    suites: ['files', 'screen'],
    runs: 2,
    isQuick: true,
    isWriting: false,
    isHelp: false,
  });
  t.deepEqual(parseOptions([]).suites, ['files', 'filters', 'live', 'verify', 'growth', 'screen', 'micro']);
  t.throws(() => parseOptions(['nothing']), { message: /nothing: no such suite/ });
  t.throws(() => parseOptions(['--runs', '0']), { message: /a whole number/ });
});

const lastWords: Record<string, [said: string, seen: number, dropped: number | null]> = {
  'loscope --format none': ['99,998 frames, 10,599,788 bytes, 2 dropped\n', 99_998, 2],
  'loscope --engine reference (cap)': ['278,231 frames, 29,492,486 bytes, drops unknown\n', 278_231, null],
  'tcpdump -w': [
    '300000 packets captured\n600000 packets received by filter\n12 packets dropped by kernel\n',
    300_000,
    12,
  ],
  'dumpcap -w': [
    "Packets received/dropped on interface 'Loopback: lo': 29472/44202 (pcap:44202/dumpcap:0) (40.0%)\n",
    29_472,
    44_202,
  ],
};
for (const [name, [said, seen, dropped]] of Object.entries(lastWords)) {
  test(`the last words of ${name} are understood`, (t) => {
    const capturer = capturers.find((each) => each.name === name)!;
    t.deepEqual(capturer.counted(said), { seen, dropped });
    t.is(capturer.counted('permission denied\n'), null);
  });
}

test('the same arguments give the same capture, and the first packets of a longer one are the shorter one', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-bench-test-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  const bytesOf = (packets: number): Buffer => {
    const file = path.join(folder, 'x.pcap');
    generate(file, { packets, flows: 100, sizes: 'mixed' });
    return fs.readFileSync(file);
  };
  const short = bytesOf(100);
  t.deepEqual(bytesOf(100), short);
  t.deepEqual(bytesOf(200).subarray(0, short.length), short);
});

/** A test that needs python3; skipped aloud where there is none. */
function measuringTest(title: string, body: (t: ExecutionContext) => Promise<void>): void {
  test(title, async (t) => {
    if (canMeasure) return body(t);
    t.log('skipped: needs python3');
    t.pass();
  });
}

measuringTest(
  'a program is measured with what it said, how it ended and what its children cost',
  async (t) => {
    const ended = await measure(['sh', '-c', '(head -c 50000000 /dev/zero | md5sum); echo no >&2; exit 7']);
    t.is(ended.status, 7);
    t.is(ended.stderr, 'no\n');
    t.regex(ended.stdout, /^[0-9a-f]{32} /);
    t.true(ended.cpuSeconds > 0);
    t.true(ended.peakMebibytes > 0 && ended.floorMebibytes > 0);
    t.is((await measure(['no-such-program-here'])).status, 127);
  },
);

measuringTest('a program is given a terminal, keys and signals', async (t) => {
  const script =
    'trap "echo told; exit 3" TERM; stty size; read word; echo "<$word>"; while :; do sleep 0.05; done';
  let output = '';
  const onOutput = (chunk: Buffer): void => {
    output += chunk.toString();
    if (output.includes('<key>')) running.child.kill('SIGTERM');
  };
  const running = start(['bash', '-c', script], { terminal: { columns: 99, lines: 33 }, onOutput });
  running.child.stdin!.write('key\n');
  const { status } = await running.ended;
  t.is(status, 3);
  t.regex(output, /^33 99\r\n/m);
  t.regex(output, /told/);
});

/** Starts the benchmark with its folders in `folder`. */
function startBench(words: readonly string[], folder: string) {
  return spawn(process.execPath, [runJs, ...words], {
    stdio: 'pipe',
    env: { ...process.env, TMPDIR: folder },
  });
}

function leftovers(folder: string, pid: number): string[] {
  const inMemory = fs.existsSync('/dev/shm') ? fs.readdirSync('/dev/shm') : [];
  return [...fs.readdirSync(folder), ...inMemory.filter((name) => name.startsWith(`loscope-bench-${pid}-`))];
}

measuringTest('a quick run of the micro-benchmarks prints its tables and leaves nothing', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-bench-test-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  const child = startBench(['micro', '--quick', '--runs', '1'], folder);
  const { code, stdout, stderr } = await finished(child);
  t.is(stderr, '');
  t.is(code, 0);
  t.regex(stdout, /^Micro: hot functions, ns a packet$/m);
  t.regex(stdout, /^ {2}IPv4 TCP( +[\d.]+){8}$/m);
  t.regex(stdout, /^ {2}IPv6 UDP +[\d.]+ +–( +[\d.]+){6}$/m);
  t.regex(stdout, /^ {2}pcap, gzip +[\d.]+ +\d+ MB\/s$/m);
  t.deepEqual(leftovers(folder, child.pid!), []);
});

measuringTest('a quick run over filters finds that tcpdump selects the same', async (t) => {
  if (!isInstalled('tcpdump')) {
    t.log('skipped: needs tcpdump');
    t.pass();
    return;
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-bench-test-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  const child = startBench(['filters', '--quick', '--runs', '1'], folder);
  const { code, stdout, stderr } = await finished(child);
  t.is(stderr, '');
  t.is(code, 0);
  t.is(stdout.match(/ [\d,]+ +[\d.]+ s +[\d.]+ s +[\d.]+$/gm)?.length, 5);
  t.regex(stdout, /^ {2}tcp +37\d,\d{3} /m);
  t.regex(stdout, /^ {2}warm, median of each +[\d.]+ ms +[\d.]+ ms$/m);
  t.deepEqual(leftovers(folder, child.pid!), []);
});

measuringTest('an interrupted run removes its folders', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-bench-test-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  const child = startBench(['growth', '--quick'], folder);
  // The machine's description is printed once the folders are there.
  child.stdout.once('data', () => child.kill('SIGINT'));
  const { code } = await finished(child);
  t.is(code, 130);
  t.deepEqual(leftovers(folder, child.pid!), []);
});
