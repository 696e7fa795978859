/**
 * What it takes to compile a filter, from text to a function, for every expression of the tests.
 */
import { LinkType } from '../../src/capture/link-type.js';
import { compile } from '../../src/filter/compile.js';
import { toBatchFilter } from '../../src/filter/to-javascript.js';
import { expressions } from '../filter/expressions.js';
import { median, most } from './statistics.js';
import type { Bench, Figures, Table } from './suite.js';

const linkTypes = [LinkType.ethernet, LinkType.raw, LinkType.linuxSll2];

/** Passes that are not counted: V8 has then compiled the compiler. */
const warmUps = 5;
/** A pause of the garbage collector or of the machine in one of several is not the compiler's. */
const leastRuns = 5;

export function compileTimes(bench: Bench): { readonly table: Table; readonly figures: Figures } {
  bench.say('compiling');
  const works = [...new Set(expressions)].flatMap((text) =>
    linkTypes.flatMap((linkType) => (isFor(text, linkType) ? [{ text, linkType }] : [])),
  );
  const firstMs = works.map(({ text, linkType }) => compileMs(text, linkType));
  const samples: number[][] = works.map(() => []);
  for (let run = -warmUps; run < Math.max(bench.runs, leastRuns); run++) {
    for (const [i, { text, linkType }] of works.entries()) {
      const ms = compileMs(text, linkType);
      if (run >= 0) samples[i].push(ms);
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
      `${works.length} programs of ${new Set(expressions).size} expressions. Slowest when warm: ${works[warmMs.indexOf(slowestMs)].text}`,
    ],
    columns: ['', 'median', 'slowest'],
    rows: [row('the first time', firstMs), row('warm, median of each', warmMs)],
  };
  return { table, figures: { slowestCompileMs: slowestMs } };
}

/** Some ask for what a link type does not have. */
function isFor(text: string, linkType: LinkType): boolean {
  try {
    compile(text, linkType);
    return true;
  } catch {
    return false;
  }
}

function compileMs(text: string, linkType: LinkType): number {
  const began = performance.now();
  toBatchFilter(compile(text, linkType));
  return performance.now() - began;
}
