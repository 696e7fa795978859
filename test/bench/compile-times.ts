/**
 * What it takes to compile a filter, from text to a function, for every expression of the tests.
 */
import { LinkType } from '../../src/capture/link-type.js';
import { compile } from '../../src/filter/compile.js';
import { toBatchFilter } from '../../src/filter/to-javascript.js';
import { expressions } from '../filter/expressions.js';
import { median, most } from './statistics.js';
import type { Bench, Figures, Table } from './suite.js';

const distinct = [...new Set(expressions)];
const linkTypes = [LinkType.ethernet, LinkType.raw, LinkType.linuxSll2];

/** Passes that are not counted: V8 has then compiled the compiler. */
const warmUps = 5;
/** A pause of the garbage collector or of the machine in one of several is not the compiler's. */
const leastRuns = 5;

export function compileTimes(bench: Bench): { readonly table: Table; readonly figures: Figures } {
  bench.say('compiling');
  const works: { readonly text: string; readonly linkType: LinkType }[] = [];
  const firstMs: number[] = [];
  for (const text of distinct) {
    for (const linkType of linkTypes) {
      const ms = compileMs(text, linkType);
      if (ms === null) continue;
      works.push({ text, linkType });
      firstMs.push(ms);
    }
  }
  const samples: number[][] = works.map(() => []);
  for (let run = -warmUps; run < Math.max(bench.runs, leastRuns); run++) {
    for (const [i, { text, linkType }] of works.entries()) {
      const ms = compileMs(text, linkType);
      if (run >= 0 && ms !== null) samples[i].push(ms);
    }
  }
  const warmMs = samples.map(median);
  const slowestMs = most(warmMs);
  const formatMs = (ms: number): string => `${ms.toFixed(2)} ms`;
  const row = (name: string, values: readonly number[]): string[] => [
    name,
    formatMs(median(values)),
    formatMs(most(values)),
  ];
  const table: Table = {
    title: 'Filters: compiling, from text to a function',
    notes: [
      `${works.length} programs of ${distinct.length} expressions. Slowest when warm: ${works[warmMs.indexOf(slowestMs)].text}`,
    ],
    columns: ['', 'median', 'slowest'],
    rows: [row('the first time in a process', firstMs), row('warm, median of each', warmMs)],
  };
  return { table, figures: { slowestCompileMs: slowestMs } };
}

/** Milliseconds, or null where the filter asks for what the link type does not have. */
function compileMs(text: string, linkType: LinkType): number | null {
  const began = performance.now();
  try {
    toBatchFilter(compile(text, linkType));
  } catch {
    return null;
  }
  return performance.now() - began;
}
