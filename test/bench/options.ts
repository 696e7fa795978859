/**
 * The command line of the benchmark.
 */
import { parseArgs } from 'node:util';
import { type SuiteName, suiteNames } from './suite.js';

export const usage = `usage: npm run bench -- [${suiteNames.join('|')}]... [--runs N] [--quick] [--write]

  no suite    all of them
  --runs N    measured runs of each program; 5 by default
  --quick     a tenth of the sizes; its figures say nothing about the bars
  --write     also write test/bench/RESULTS.md
`;

export interface BenchOptions {
  readonly suites: readonly SuiteName[];
  readonly runs: number;
  readonly isQuick: boolean;
  readonly isWriting: boolean;
  readonly isHelp: boolean;
}

/** @throws with one line for people when the words mean nothing */
export function parseOptions(words: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '5' },
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs}: a whole number from 1`);
  const unknown = positionals.find((name) => !suiteNames.some((suite) => suite === name));
  if (unknown !== undefined)
    throw new Error(`${unknown}: no such suite (there are ${suiteNames.join(', ')})`);
  const suites = suiteNames.filter((suite) => positionals.length === 0 || positionals.includes(suite));
  return { suites, runs, isQuick: values.quick, isWriting: values.write, isHelp: values.help };
}
