/**
 * `loscope read FILE...`: the dashboard over captures on a terminal, else a line a packet.
 */

import { openSources } from '../analysis/open-sources.js';
import type { Source } from '../capture/source.js';
import { showDashboard } from './dashboard.js';
import type { Options } from './options.js';
import { printPackets, wantsDashboard } from './print.js';
import { filesSpec } from './sources.js';

/** @returns the exit code */
export async function read(operands: readonly string[], options: Options): Promise<number> {
  const sources = await openSources(filesSpec(operands, options));
  if (!wantsDashboard(options)) return printPackets(sources, options);
  return showDashboard(sources, options, { title: titleOf(sources), isLive: false, notice: null });
}

/** The files' names, the rest counted when there are many. */
function titleOf(sources: readonly Source[]): string {
  const names = sources.map((source) => (source.name === '-' ? 'standard input' : source.name));
  return names.length <= 2 ? names.join(', ') : `${names[0]} and ${names.length - 1} more`;
}
