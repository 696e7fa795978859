/**
 * `npm run bench`: whole-process times of `loscope summary` on 5 million small packets in 28,000 flows, beside peers
 * that are installed, on the same file in the same run. Machines are noisy: read medians and ratios.
 *
 *     npm run bench [RUNS]      5 by default
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { formatTable } from '../../src/format/table.js';
import { formatCount } from '../../src/format/units.js';
import { root } from '../corpus.js';
import { generate } from './generate.js';

const packets = 5_000_000;
const flows = 28_000;
const bin = path.join(root, 'bin', 'loscope');

interface Contender {
  readonly name: string;
  readonly command: readonly string[];
}

function contenders(file: string, scratch: string): Contender[] {
  return [
    { name: 'loscope summary', command: [process.execPath, bin, 'summary', '-q', file] },
    { name: 'tcpdump -w, one host', command: ['tcpdump', '-n', '-r', file, '-w', scratch, 'host 10.1.1.1'] },
    { name: 'capinfos', command: ['capinfos', '-T', file] },
  ];
}

interface Run {
  readonly seconds: number;
  readonly peakMebibytes: number;
}

/** One run from outside; null where the program is not installed or fails. */
function run(command: readonly string[]): Run | null {
  const began = process.hrtime.bigint();
  const script = `import resource,subprocess,sys
code=subprocess.call(sys.argv[1:],stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)`;
  const { status, stdout } = spawnSync('python3', ['-c', script, ...command], { encoding: 'utf8' });
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  return status === 0 ? { seconds, peakMebibytes: Number(stdout) / 1024 } : null;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function isInstalled(command: string): boolean {
  return command === process.execPath || spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}

function main(runs: number): void {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-bench-'));
  try {
    const file = path.join(folder, 'small.pcap');
    generate(file, { packets, flows, sizes: 'small' });
    const all = contenders(file, path.join(folder, 'scratch.pcap'));
    const present = all.filter(({ command }) => isInstalled(command[0]));
    const results = new Map<Contender, Run[]>(present.map((each) => [each, []]));
    for (let i = 0; i <= runs; i++) {
      for (const each of present) {
        const result = run(each.command);
        if (i > 0 && result !== null) results.get(each)!.push(result); // The first round warms the page cache.
      }
    }
    process.stdout.write(`${table(all, results)}\n`);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function table(all: readonly Contender[], results: ReadonlyMap<Contender, Run[]>): string {
  const ours = median(results.get(all[0])!.map((each) => each.seconds));
  const rows = all.map((each) => {
    const found = results.get(each);
    if (found === undefined || found.length === 0) return [each.name, 'not installed'];
    const seconds = median(found.map((result) => result.seconds));
    const peak = Math.max(...found.map((result) => result.peakMebibytes));
    return [
      each.name,
      `${seconds.toFixed(3)} s`,
      `${formatCount(packets / seconds)}/s`,
      `${Math.round(peak)} MiB`,
      `${(ours / seconds).toFixed(2)}`,
    ];
  });
  const [{ model }] = os.cpus();
  const head = `${formatCount(packets)} packets, ${formatCount(flows)} flows; ${os.cpus().length} × ${model}, Node ${process.version}`;
  return [
    head,
    ...formatTable([['', 'median', 'packets', 'peak', 'loscope takes ×'], ...rows], [1, 2, 3, 4]),
  ].join('\n');
}

main(Number(process.argv[2] ?? 5));
