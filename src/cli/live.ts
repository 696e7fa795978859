/**
 * `loscope live [FILTER]`: captures; the dashboard on a terminal, else a line a packet.
 */
import { showDashboard } from './dashboard.js';
import { interfaceTitle, openInterfaces } from './open-interfaces.js';
import type { Options } from './options.js';
import { printPackets, wantsDashboard } from './print.js';

/** @returns the exit code */
export async function live(operands: readonly string[], options: Options): Promise<number> {
  const sources = await openInterfaces(options, operands.join(' '));
  if (!wantsDashboard(options)) return printPackets(sources, options);
  return showDashboard(sources, options, { title: interfaceTitle(sources), isLive: true, notice: null });
}
