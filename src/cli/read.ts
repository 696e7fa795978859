/**
 * `loscope read FILE...`: the dashboard over captures on a terminal, else a line a packet.
 */

import type { OpenedSource } from '../analysis/worker-protocol.js';
import type { Options } from './options.js';
import { filesSpec } from './sources.js';
import { wantsDashboard } from './terminal.js';

/** @returns the exit code */
export async function read(operands: readonly string[], options: Options): Promise<number> {
  if (options.dumpForm !== null) {
    const { dumpForFiles } = await import('./dump-bpf.js');
    return dumpForFiles(await filesSpec(operands, options, false), options.dumpForm);
  }
  const isShown = wantsDashboard(options);
  const sources = await filesSpec(operands, options, isShown);
  if (!isShown) return (await import('./print.js')).printPackets(sources, options);
  const { showDashboard } = await import('./dashboard.js');
  // All packets are read: the filter is the view's, and can be changed there.
  const filter = sources.filter?.trim() ?? '';
  return showDashboard({ sources: { ...sources, filter: '' }, filter, titleOf, fallback: null }, options);
}

/** The files' names, the rest counted when there are many. */
function titleOf(opened: readonly OpenedSource[]): string {
  const names = opened.map(({ name }) => (name === '-' ? 'standard input' : name));
  return names.length <= 2 ? names.join(', ') : `${names[0]} and ${names.length - 1} more`;
}
