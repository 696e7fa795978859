/**
 * The mouse: a click selects, a double click is Enter, the wheel moves through what is under the pointer.
 */
import type { MouseAction } from './event.js';
import { bodyRect, packetsLayout, type Rect } from './layout.js';
import { byteAt } from './packet-hex.js';
import { fold, selectByte, selectNode, treeNodes } from './reduce-detail.js';
import { flowsCommand, selectFlow } from './reduce-flows.js';
import { packetsCommand, selectPacket, withPackets } from './reduce-packets.js';
import { selectWay, waysCommand } from './reduce-ways.js';
import type { DashboardState, Pane, ViewName } from './state.js';
import { tabAt } from './tabs.js';
import { waysLayout } from './ways-layout.js';

const doubleClickMs = 400;
const wheelRows = 3;

interface MouseEvent {
  readonly action: MouseAction;
  readonly x: number;
  readonly y: number;
  readonly atMs: number;
}

export function mouse(
  state: DashboardState,
  event: MouseEvent,
  show: (state: DashboardState, view: ViewName) => DashboardState,
): DashboardState {
  if (event.action !== 'click') return wheel(state, event);
  const { x, y, atMs } = event;
  const last = state.lastClick;
  const double = last !== null && last.x === x && last.y === y && atMs - last.atMs <= doubleClickMs;
  const clicked = { ...state, lastClick: double ? null : { x, y, atMs } };
  if (y === 1) {
    const view = tabAt(x);
    return view === null ? clicked : show(clicked, view);
  }
  if (state.help) return clicked;
  return click(clicked, x, y, double);
}

function click(state: DashboardState, x: number, y: number, double: boolean): DashboardState {
  if (state.view === 'packets') return clickPackets(state, x, y, double);
  if (state.view === 'ways') {
    const place = waysLayout(state).places.find((one) => one.y === y);
    if (place === undefined) return state;
    const selected = selectWay(state, place.way.id);
    return double ? waysCommand(selected, 'enter') : selected;
  }
  const index = state.flows.top + y - bodyRect(state).y - 1;
  if (y === bodyRect(state).y || index >= state.flows.total) return state;
  const selected = selectFlow(state, index);
  return double ? flowsCommand(selected, 'enter') : selected;
}

function contains(rect: Rect | null, x: number, y: number): rect is Rect {
  return rect !== null && x >= rect.x && x < rect.x + rect.columns && y >= rect.y && y < rect.y + rect.rows;
}

function paneAt(state: DashboardState, x: number, y: number): { pane: Pane; at: Rect } | null {
  const { list, tree, hex } = packetsLayout(state);
  if (contains(list, x, y)) return { pane: 'list', at: list };
  if (contains(tree, x, y)) return { pane: 'tree', at: tree };
  return contains(hex, x, y) ? { pane: 'hex', at: hex } : null;
}

function clickPackets(state: DashboardState, x: number, y: number, double: boolean): DashboardState {
  const found = paneAt(state, x, y);
  if (found === null) return state;
  const following = found.pane === 'list' && state.packets.following;
  const focused = withPackets(state, { focus: found.pane, following });
  const row = y - found.at.y - 1;
  if (row < 0) return focused;
  const { packets } = focused;
  if (found.pane === 'list') {
    if (packets.top + row >= packets.total) return focused;
    const selected = selectPacket(focused, packets.top + row);
    return double ? packetsCommand(selected, 'enter') : selected;
  }
  if (found.pane === 'tree') {
    const node = treeNodes(packets)[packets.treeTop + row];
    if (node === undefined) return focused;
    const onMark = x <= found.at.x + 2 + 2 * node.depth;
    return node.open !== null && (double || onMark) ? fold(focused, node) : selectNode(focused, node);
  }
  const byte = byteAt(x - found.at.x, packets.hexTop + row, packetsLayout(state).bytesPerRow);
  return byte === null || byte >= (packets.detail?.bytes.length ?? 0) ? focused : selectByte(focused, byte);
}

function wheel(state: DashboardState, event: MouseEvent): DashboardState {
  const command = event.action === 'wheel-up' ? 'up' : 'down';
  const step = command === 'up' ? -wheelRows : wheelRows;
  if (state.help) return { ...state, helpTop: Math.max(0, state.helpTop + step) };
  if (state.view === 'ways') return waysCommand(state, command);
  if (state.view === 'flows') return selectFlow(state, state.flows.selected + step);
  const pane = paneAt(state, event.x, event.y)?.pane;
  if (pane === undefined) return state;
  if (pane === 'list') return selectPacket(state, state.packets.selected + step);
  let moved = withPackets(state, { focus: pane, following: false });
  for (let i = 0; i < wheelRows; i++) moved = packetsCommand(moved, command);
  return moved;
}
