/**
 * `loscope live [FILTER]`: captures; the dashboard on a terminal, else a line a packet.
 */

import { type LiveFilter, planLiveFilter, planReferenceFilter } from '../analysis/live-filter.js';
import { LinkType } from '../capture/link-type.js';
import { complain } from './diagnostics.js';
import { filterText } from './filter-text.js';
import type { Options } from './options.js';
import { interfaceTitle, liveSpec } from './sources.js';
import { wantsDashboard } from './terminal.js';

/** @returns the exit code */
export async function live(operands: readonly string[], options: Options): Promise<number> {
  const filter = await filterText(operands.join(' '), options);
  // Compiled at once, so that a mistake in it is shown with a caret; the reference engine knows more words.
  if (filter !== '') {
    const linkTypes = options.interfaces.map((name) =>
      name === 'any' ? LinkType.linuxSll2 : LinkType.ethernet,
    );
    const plan =
      options.engine === 'reference'
        ? planReferenceFilter(filter)
        : planLiveFilter(filter, new Set([LinkType.ethernet, ...linkTypes]));
    if (options.isVerbose) describeSplit(plan);
  }
  if (options.dumpForm !== null) return (await import('./dump-bpf.js')).dumpLive(filter, options.dumpForm);
  const sources = liveSpec(options, filter);
  if (!wantsDashboard(options)) return (await import('./print.js')).printPackets(sources, options);
  const { showDashboard } = await import('./dashboard.js');
  return showDashboard({ sources, titleOf: interfaceTitle, fallback: null }, options);
}

/** `-v`: which part of the filter is decided where. */
function describeSplit({ text, kernelText, hereText }: LiveFilter): void {
  const kernel = kernelText === '' ? 'lets everything through' : `decides \`${kernelText}\``;
  const rest =
    kernelText === text ? 'frames with a VLAN tag are decided here' : `\`${text}\` is decided here`;
  const here = hereText === '' ? 'nothing is left to decide here' : rest;
  complain(`filter: the kernel ${kernel}; ${here}`);
}
