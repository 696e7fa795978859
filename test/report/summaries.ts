/**
 * Summaries of captures, by the bare name of the file: no path of this machine may stand in a golden.
 */
import path from 'node:path';
import type { AnalyzerOptions } from '../../src/analysis/analyzer.js';
import { type Summary, summarize } from '../../src/analysis/summary.js';
import { analyzerOf, openFile } from '../analysis/sources.js';
import { root } from '../corpus.js';

/** The analyzer of captures in captures/, read to the end. */
export async function ownAnalyzer(names: readonly string[], options: Partial<AnalyzerOptions> = {}) {
  const open = (name: string) => openFile(path.join(root, 'captures', name), name);
  return analyzerOf(await Promise.all(names.map(open)), options);
}

export async function ownSummary(
  names: readonly string[],
  options: Partial<AnalyzerOptions> = {},
): Promise<Summary> {
  return summarize(await ownAnalyzer(names, options));
}

/** The host that captures/ was made on, as captures/README.md gives it. */
export const labHost = ['10.77.0.1/30', 'fd00:77::1/64', 'fe80::ff:fe00:1/64'];

/** Escape characters made visible. */
export function visible(text: string): string {
  return text.replaceAll('\u001b', '\\e');
}
