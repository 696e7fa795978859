/**
 * The command line's operands and options as sources to open.
 */
import fs from 'node:fs';
import type { FilesSpec, LiveSpec } from '../analysis/source-spec.js';
import { checkFilterText } from '../analysis/view-filter.js';
import type { OpenedSource } from '../analysis/worker-protocol.js';
import { UsageError } from './exit-code.js';
import { filterText } from './filter-text.js';
import { type Options, splitOperands } from './options.js';

/**
 * The files among the operands of read and summary.
 * @param isShown their frames can be asked for again, in the dashboard
 * @throws UsageError
 */
export async function filesSpec(
  operands: readonly string[],
  options: Options,
  isShown: boolean,
): Promise<FilesSpec> {
  const { files: paths, filter: text } = splitOperands(operands, fs.existsSync);
  const filter = await filterText(text, options);
  // Checked at once, so that a mistake in it is said before anything is opened.
  checkFilterText(filter);
  if (paths.filter((path) => path === '-').length > 1)
    throw new UsageError('- is named twice: there is one standard input');
  const { engine, isFollowing: follow } = options;
  if (follow && paths.includes('-'))
    throw new UsageError('--follow -: standard input is followed to its end anyway');
  const spoolBytes = isShown ? Number.POSITIVE_INFINITY : 0;
  return { kind: 'files', paths, engine: engine ?? 'fast', follow, spoolBytes, filter };
}

/** The interfaces of live. */
export function liveSpec(options: Options, filter: string): LiveSpec {
  const { interfaces, engine, snapLen, bufferBytes, netns, observesCopies } = options;
  return { kind: 'live', interfaces, engine, filter, snapLen, bufferBytes, netns, observesCopies };
}

/** The interfaces' names. */
export function interfaceTitle(sources: readonly OpenedSource[]): string {
  return sources.map((source) => source.name).join(', ');
}
