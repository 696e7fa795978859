/**
 * `loscope read FILE...`: the dashboard over captures on a terminal, else a line a packet.
 */

import { openSources } from '../analysis/open-sources.js';
import type { OpenedSource } from '../analysis/worker-protocol.js';
import { showDashboard } from './dashboard.js';
import type { Options } from './options.js';
import { printPackets, wantsDashboard } from './print.js';
import { filesSpec } from './sources.js';

/** @returns the exit code */
export async function read(operands: readonly string[], options: Options): Promise<number> {
  const isShown = wantsDashboard(options);
  const sources = filesSpec(operands, options, isShown);
  if (!isShown) return printPackets(await openSources(sources), options);
  return showDashboard({ sources, titleOf, fallback: null }, options);
}

/** The files' names, the rest counted when there are many. */
function titleOf(opened: readonly OpenedSource[]): string {
  const names = opened.map(({ name }) => (name === '-' ? 'standard input' : name));
  return names.length <= 2 ? names.join(', ') : `${names[0]} and ${names.length - 1} more`;
}
