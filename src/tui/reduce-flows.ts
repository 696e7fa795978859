/**
 * Flows: the list, its order, and the way from a flow to its packets.
 */
import type { FlowSort, Page } from '../analysis/port.js';
import type { FlowRecord } from '../flow/flow-record.js';
import type { Command } from './keymap.js';
import { flowListRows, keepVisible } from './layout.js';
import { clamp, movedTo } from './list-motion.js';
import { restartPackets } from './reduce-packets.js';
import { type DashboardState, emptied, type FlowsState, rowAt } from './state.js';

/** The order in which `s` goes through the columns. */
const sortOrder: readonly FlowSort[] = [
  'first',
  'last',
  'initiator',
  'responder',
  'state',
  'frames',
  'bytes',
];

/** Most is what people want first of counts and times, A to Z of the rest. */
const startsDescending: ReadonlySet<FlowSort> = new Set(['last', 'frames', 'bytes']);

export function flowsCommand(state: DashboardState, command: Command): DashboardState {
  const { flows } = state;
  if (command === 'sort') {
    const sort = sortOrder[(sortOrder.indexOf(flows.sort) + 1) % sortOrder.length];
    return reorder(state, sort, startsDescending.has(sort));
  }
  if (command === 'reverse') return reorder(state, flows.sort, !flows.descending);
  if (command === 'enter') return openFlow(state);
  const index = movedTo(command, flows.selected, flows.total, flowListRows(state));
  return index === null ? state : selectFlow(state, index);
}

function reorder(state: DashboardState, sort: FlowSort, descending: boolean): DashboardState {
  return { ...state, flows: { ...emptied(state.flows), selectedId: 0, sort, descending } };
}

function openFlow(state: DashboardState): DashboardState {
  const flow = rowAt(state.flows, state.flows.selected);
  if (flow === undefined) return state;
  return restartPackets({ ...state, view: 'packets', flow: flow.id }, false);
}

export function selectFlow(state: DashboardState, index: number): DashboardState {
  const selected = clamp(index, state.flows.total);
  return withFlows(state, { selected, selectedId: rowAt(state.flows, selected)?.id ?? 0 });
}

/** The flow stays selected where it moves within the page; otherwise the row does. */
export function receivedFlows(state: DashboardState, from: number, page: Page<FlowRecord>): DashboardState {
  const { total, rows, isPartial = false } = page;
  const flows: FlowsState = { ...state.flows, total, rows, from, known: true, due: isPartial, isPartial };
  const place = flows.rows.findIndex((row) => row.id === flows.selectedId);
  const selected = place >= 0 ? from + place : clamp(flows.selected, page.total);
  return { ...state, flows: { ...flows, selected, selectedId: rowAt(flows, selected)?.id ?? 0 } };
}

export function settleFlows(state: DashboardState): DashboardState {
  const { flows } = state;
  if (!flows.known) return state;
  const selected = clamp(flows.selected, flows.total);
  const top = keepVisible(flows.top, selected, flowListRows(state), flows.total);
  return selected === flows.selected && top === flows.top ? state : withFlows(state, { selected, top });
}

function withFlows(state: DashboardState, changed: Partial<FlowsState>): DashboardState {
  return { ...state, flows: { ...state.flows, ...changed } };
}
