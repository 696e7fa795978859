/**
 * `npm run bench`: times, memory and losses of loscope beside the peers found on this machine, on the same work in
 * the same run. Machines are noisy: read medians and ratios.
 *
 *     npm run bench [-- files|filters|live|verify|growth|screen|micro]... [--runs N] [--quick] [--write]
 */
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { root } from '../corpus.js';
import { barsTable } from './bars.js';
import { files } from './files.js';
import { filterSpeed } from './filters.js';
import { growth } from './growth.js';
import { Inputs } from './inputs.js';
import { live } from './live.js';
import { describeMachine } from './machine.js';
import { isInstalled } from './measure.js';
import { micro } from './micro.js';
import { type BenchOptions, parseOptions, usage } from './options.js';
import { Scratch } from './scratch.js';
import { screen } from './screen.js';
import type { Bench, SuiteName, SuiteResult, Table } from './suite.js';
import { tableMarkdown, tableText } from './table.js';
import { verifyCost } from './verify.js';

const suites: Record<SuiteName, (bench: Bench) => Promise<SuiteResult>> = {
  files,
  filters: filterSpeed,
  live,
  verify: verifyCost,
  growth,
  screen,
  micro,
};
const resultsFile = path.join(root, 'test', 'bench', 'RESULTS.md');

async function main(options: BenchOptions): Promise<void> {
  if (!isInstalled('python3')) throw new Error('python3 is needed: it measures');
  const scratch = new Scratch();
  const say = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  };
  try {
    const { runs, isQuick } = options;
    const bench: Bench = { runs, isQuick, scratch, inputs: new Inputs(scratch, say), say };
    const machine = describeMachine(new Date());
    process.stdout.write(`${machine.join('\n')}\n\n`);
    const tables: Table[] = [];
    const figures: Record<string, number> = {};
    for (const name of options.suites) {
      const result = await suites[name](bench);
      say('');
      for (const table of result.tables) process.stdout.write(`${tableText(table)}\n`);
      tables.push(...result.tables);
      Object.assign(figures, result.figures);
    }
    const verdicts = barsTable(figures, [howMeasured(options)]);
    if (verdicts.rows.length > 0) process.stdout.write(`${tableText(verdicts)}\n`);
    if (options.isWriting) fs.writeFileSync(resultsFile, markdown(options, machine, [verdicts, ...tables]));
  } finally {
    scratch.remove();
  }
}

function howMeasured({ runs, isQuick }: BenchOptions): string {
  const quick = isQuick ? ' A quick run, a tenth of the sizes: these verdicts say nothing.' : '';
  return `Medians of ${runs}, ratios within this one run.${quick}`;
}

function markdown(options: BenchOptions, machine: readonly string[], tables: readonly Table[]): string {
  const command = `npm run bench -- ${process.argv.slice(2).join(' ')}`.trim();
  const head = [
    '# Measured',
    '',
    `Written by \`${command}\`, never by hand. ${howMeasured(options)}`,
    '',
    ...machine.map((line) => `- ${line}`),
    '',
  ];
  return [...head, ...tables.map(tableMarkdown)].join('\n');
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.isHelp) process.stdout.write(usage);
  else await main(options);
} catch (error) {
  process.stderr.write(`bench: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
