/**
 * `loscope live [FILTER]`: captures; the dashboard on a terminal, else a line a packet.
 */

import { openSources } from '../analysis/open-sources.js';
import { dropPrivilege } from '../capture/privilege.js';
import { showDashboard } from './dashboard.js';
import type { Options } from './options.js';
import { printPackets, wantsDashboard } from './print.js';
import { interfaceTitle, liveSpec } from './sources.js';
import { LiveWatch } from './watch.js';

/** @returns the exit code */
export async function live(operands: readonly string[], options: Options): Promise<number> {
  const sources = await openSources(liveSpec(options, operands.join(' ')));
  dropPrivilege();
  if (!wantsDashboard(options)) return printPackets(sources, options);
  const watch = new LiveWatch(sources, options.bufferBytes, () => {});
  return watch.conclude(
    await showDashboard(sources, options, { title: interfaceTitle(sources), isLive: true, notice: null }),
  );
}
