/**
 * What the state lacks and the analyzer can tell: derived from the state alone, so that there is no list of
 * pending questions to keep in step with it. asker.ts puts the questions, one of a kind at a time.
 */
import type { FlowSort, ViewFilter } from '../analysis/port.js';
import { flowListRows, packetListRows } from './layout.js';
import {
  type DashboardState,
  flowsFilter,
  flowsKey,
  type ListState,
  packetsFilter,
  packetsKey,
  rowAt,
} from './state.js';

interface Range {
  readonly key: string;
  readonly from: number;
  readonly count: number;
  readonly filter: ViewFilter;
}

export interface Wants {
  readonly packets: Range | null;
  readonly index: { readonly key: string; readonly number: number; readonly filter: ViewFilter } | null;
  readonly detail: { readonly number: number } | null;
  readonly flows: (Range & { readonly sort: FlowSort; readonly descending: boolean }) | null;
  readonly search: Range | null;
}

export function wants(state: DashboardState): Wants {
  return {
    packets: wantedPackets(state),
    index: wantedIndex(state),
    detail: wantedDetail(state),
    flows: wantedFlows(state),
    search: wantedSearch(state),
  };
}

function wantedPackets(state: DashboardState): Range | null {
  const { packets } = state;
  if (state.view !== 'packets' || packets.anchor !== 0) return null;
  const rows = packetListRows(state);
  const range = packets.following ? tailRange(packets, rows) : windowRange(packets, packets.top, rows);
  return range === null ? null : { key: packetsKey(state), filter: packetsFilter(state), ...range };
}

function wantedFlows(state: DashboardState): Wants['flows'] {
  if (state.view !== 'flows') return null;
  const range = windowRange(state.flows, state.flows.top, flowListRows(state));
  if (range === null) return null;
  const { sort, descending } = state.flows;
  return { key: flowsKey(state), filter: flowsFilter(state), sort, descending, ...range };
}

/** The last rows of a list that grows: asked for again where it has grown while being asked for. */
function tailRange(list: ListState<unknown>, rows: number): { from: number; count: number } | null {
  const from = Math.max(0, list.total - rows);
  const held = list.from === from && list.from + list.rows.length >= list.total;
  return list.known && held && !list.due ? null : { from, count: rows };
}

/** The rows on screen and as many before and after, so that scrolling rarely has to wait. */
function windowRange(
  list: ListState<unknown>,
  top: number,
  rows: number,
): { from: number; count: number } | null {
  const end = Math.min(top + rows, list.total);
  const held = list.from <= top && list.from + list.rows.length >= end;
  if (list.known && held && !list.due) return null;
  const from = Math.max(0, top - rows);
  return { from, count: top + 2 * rows - from };
}

function wantedIndex(state: DashboardState): Wants['index'] {
  const { anchor } = state.packets;
  if (state.view !== 'packets' || anchor === 0) return null;
  return { key: packetsKey(state), number: anchor, filter: packetsFilter(state) };
}

function wantedDetail(state: DashboardState): Wants['detail'] {
  if (state.view !== 'packets') return null;
  const number = rowAt(state.packets, state.packets.selected)?.number ?? 0;
  return number === 0 || number === state.packets.detailNumber ? null : { number };
}

function wantedSearch(state: DashboardState): Range | null {
  const { job } = state.search;
  if (job === null) return null;
  return { key: packetsKey(state), filter: packetsFilter(state), from: job.from, count: job.count };
}
