/**
 * `loscope live [FILTER]`: captures; the dashboard on a terminal, else a line a packet.
 */

import type { Options } from './options.js';
import { interfaceTitle, liveSpec } from './sources.js';
import { wantsDashboard } from './terminal.js';

/** @returns the exit code */
export async function live(operands: readonly string[], options: Options): Promise<number> {
  const sources = liveSpec(options, operands.join(' '));
  if (!wantsDashboard(options)) return (await import('./print.js')).printPackets(sources, options);
  const { showDashboard } = await import('./dashboard.js');
  return showDashboard({ sources, titleOf: interfaceTitle, fallback: null }, options);
}
