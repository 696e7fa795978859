/**
 * Ways: selecting one filters the other views to it at once.
 */
import type { Command } from './keymap.js';
import { movedTo } from './list-motion.js';
import { refilterPackets } from './reduce-packets.js';
import { type DashboardState, emptied } from './state.js';
import { shownWays } from './way.js';

export function waysCommand(state: DashboardState, command: Command): DashboardState {
  if (command === 'enter') return { ...state, view: 'packets' };
  const ways = shownWays(state.shown.snapshot);
  const at = ways.findIndex((way) => way.id === state.way);
  // Nothing selected is the place before the first: up from the first way shows everything again.
  const moved = movedTo(command, at + 1, ways.length + 1, 5);
  if (moved === null) return state;
  return selectWay(state, command === 'first' ? ways[0].id : (ways[moved - 1]?.id ?? null));
}

/** Restricts packets and flows to a way; null shows all. */
export function selectWay(state: DashboardState, way: string | null): DashboardState {
  if (way === state.way) return state;
  const filtered = refilterPackets({ ...state, way, flow: 0 });
  return { ...filtered, flows: { ...emptied(filtered.flows), selectedId: 0 } };
}
