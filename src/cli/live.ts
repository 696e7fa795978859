/**
 * `loscope live [FILTER]`: captures; the dashboard on a terminal, else a line a packet.
 */

import { LinkType } from '../capture/link-type.js';
import { compile } from '../filter/compile.js';
import type { Options } from './options.js';
import { interfaceTitle, liveSpec } from './sources.js';
import { wantsDashboard } from './terminal.js';

/** @returns the exit code */
export async function live(operands: readonly string[], options: Options): Promise<number> {
  const filter = operands.join(' ');
  // Compiled at once, so that a mistake in it is shown with a caret; the reference engine knows more words.
  if (filter !== '' && options.engine !== 'reference') compile(filter, LinkType.ethernet, { inKernel: true });
  if (options.dumpForm !== null) return (await import('./dump-bpf.js')).dumpLive(filter, options.dumpForm);
  const sources = liveSpec(options, filter);
  if (!wantsDashboard(options)) return (await import('./print.js')).printPackets(sources, options);
  const { showDashboard } = await import('./dashboard.js');
  return showDashboard({ sources, titleOf: interfaceTitle, fallback: null }, options);
}
