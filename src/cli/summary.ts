/**
 * `loscope summary FILE...`: one report over all packets.
 */
import fs from 'node:fs';
import { openSources } from '../analysis/open-sources.js';
import { startSecondHalf } from '../analysis/second-half.js';
import { summarize } from '../analysis/summary.js';
import { plain } from '../format/color.js';
import { summaryJson } from '../report/summary-json.js';
import { summaryText } from '../report/summary-text.js';
import { UsageError } from './exit-code.js';
import type { Options } from './options.js';
import { openSession, runSession } from './session.js';
import { filesSpec } from './sources.js';
import { paintFor } from './terminal.js';

/** @returns the exit code */
export async function summary(operands: readonly string[], options: Options): Promise<number> {
  const spec = filesSpec(operands, options, false);
  // Started first: the other thread takes a while to begin.
  const half =
    spec.paths.length === 1 && spec.filter === '' && isWhole(options)
      ? startSecondHalf(spec.paths[0], options)
      : null;
  const sources = await openSources(spec);
  const session = openSession(sources, options, spec.filter);
  half?.attach(sources[0], session.analyzer.pipeline);
  const { outputFile } = options;
  return runSession(session, {
    options,
    hasProgress: true,
    observers: [],
    onEnd: async () => {
      half?.stop();
      const report = await summarize(session.analyzer);
      const paint = outputFile === null ? paintFor(options) : plain;
      writeReport(options.format === 'json' ? summaryJson(report) : summaryText(report, paint), outputFile);
    },
  });
}

/** All frames are wanted, by the reader that can be cut. */
function isWhole({ engine, maxFrames }: Options): boolean {
  return engine !== 'reference' && maxFrames === Number.POSITIVE_INFINITY;
}

function writeReport(text: string, file: string | null): void {
  if (file === null) {
    process.stdout.write(text);
    return;
  }
  try {
    fs.writeFileSync(file, text);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? 'the folder does not exist' : message;
    throw new UsageError(`-o ${file}: ${what} (name a file that can be written)`);
  }
}
