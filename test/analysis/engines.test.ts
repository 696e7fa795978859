import test from 'ava';
import type { Summary } from '../../src/analysis/summary.js';
import { CaptureError } from '../../src/capture/capture-error.js';
import { summaryJson } from '../../src/report/summary-json.js';
import { corpusRows, isCorpusHere, ownCaptures } from '../corpus.js';
import { analyze } from './analyze.js';

/** The published record, but for the engine's name. */
function comparable(summary: Summary): string {
  return summaryJson(summary).replaceAll(/"engine": "\w+"/g, '');
}

/** Both engines' view of one file; null when the reference engine cannot read it at all. */
async function compare(file: string): Promise<{ fast: unknown; reference: unknown } | null> {
  try {
    const reference = await analyze(file, 'reference');
    const fast = await analyze(file, 'fast');
    return {
      fast: [comparable(fast.summary), fast.error?.code, fast.error?.byte],
      reference: [comparable(reference.summary), reference.error?.code, reference.error?.byte],
    };
  } catch (error) {
    if (error instanceof CaptureError) return null;
    throw error;
  }
}

test('both engines give the same summary of every own capture that both read', async (t) => {
  let compared = 0;
  for (const file of ownCaptures()) {
    const both = await compare(file);
    if (both === null) continue;
    compared++;
    t.deepEqual(both.reference, both.fast, file);
  }
  t.log(`${compared} captures compared`);
  t.true(compared >= 20);
});

test('both engines give the same summary of every file of the corpus that both read', async (t) => {
  if (!isCorpusHere) {
    t.log('skipped: the corpus is not here');
    t.pass();
    return;
  }
  let compared = 0;
  for (const row of corpusRows()) {
    const both = await compare(row.path);
    if (both === null) continue;
    compared++;
    t.deepEqual(both.reference, both.fast, row.path);
  }
  t.log(`${compared} files compared`);
  t.true(compared > 900);
});
