/**
 * `loscope live [FILTER]`: captures; the dashboard on a terminal, else a line a packet.
 */

import { openSources } from '../analysis/open-sources.js';
import { showDashboard } from './dashboard.js';
import type { Options } from './options.js';
import { printPackets, wantsDashboard } from './print.js';
import { interfaceTitle, liveSpec } from './sources.js';

/** @returns the exit code */
export async function live(operands: readonly string[], options: Options): Promise<number> {
  const sources = liveSpec(options, operands.join(' '));
  if (!wantsDashboard(options)) return printPackets(await openSources(sources), options);
  return showDashboard({ sources, titleOf: interfaceTitle, fallback: null }, options);
}
