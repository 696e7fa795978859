/**
 * One file through the whole pipeline, as the summary command does it.
 */
import { Analyzer, type AnalyzerOptions } from '../../src/analysis/analyzer.js';
import { type Summary, summarize } from '../../src/analysis/summary.js';
import type { CaptureError } from '../../src/capture/capture-error.js';
import { openCapture } from '../../src/capture/open-capture.js';
import type { EngineName } from '../../src/capture/source.js';

export const plainOptions: AnalyzerOptions = {
  hostAddresses: [],
  liveHost: null,
  roles: new Map(),
  retainBytes: 0,
  maxFrames: Number.POSITIVE_INFINITY,
};

/**
 * @throws CaptureError when the file cannot be opened
 */
export async function analyze(
  file: string,
  engine: EngineName = 'fast',
  options: Partial<AnalyzerOptions> = {},
): Promise<{ summary: Summary; error: CaptureError | null }> {
  const analyzer = new Analyzer([await openCapture(file, engine)], { ...plainOptions, ...options });
  await analyzer.run();
  return { summary: await summarize(analyzer), error: analyzer.errors[0] };
}
