/**
 * `loscope summary FILE...`: one report over all packets.
 */
import type { Analyzer } from '../analysis/analyzer.js';
import { openSources } from '../analysis/open-sources.js';
import { summarize } from '../analysis/summary.js';
import { plain } from '../format/color.js';
import { summaryJson } from '../report/summary-json.js';
import { summaryText } from '../report/summary-text.js';
import type { Options } from './options.js';
import { openSession, runSession } from './session.js';
import { filesSpec } from './sources.js';
import { paintFor } from './terminal.js';
import { checkReportFile, writeReport } from './write-report.js';

/** @returns the exit code */
export async function summary(operands: readonly string[], options: Options): Promise<number> {
  const spec = await filesSpec(operands, options, false);
  checkReportFile(options.outputFile, spec.paths);
  const sources = await openSources(spec);
  const session = openSession(sources, options, { filter: spec.filter });
  return runSession(session, {
    options,
    hasProgress: true,
    observers: [],
    onEnd: () => report(session.analyzer, options),
  });
}

async function report(analyzer: Analyzer, options: Options): Promise<void> {
  const found = await summarize(analyzer);
  const { outputFile } = options;
  const paint = outputFile === null ? paintFor(options) : plain;
  writeReport(options.format === 'json' ? summaryJson(found) : summaryText(found, paint), outputFile);
}
