/**
 * The protocol tree and the bytes of the selected packet, and the links between them: the selected field lights
 * its bytes, the selected byte selects the innermost field over it.
 */
import type { FrameDetail } from '../analysis/port.js';
import { fieldAt, innermost, type TreeNode, visibleNodes } from './field-tree.js';
import type { Command } from './keymap.js';
import { keepVisible, packetsLayout } from './layout.js';
import { clamp, movedTo } from './list-motion.js';
import type { DashboardState, PacketsState } from './state.js';

export function detailCommand(state: DashboardState, command: Command): DashboardState {
  return state.packets.focus === 'tree' ? treeCommand(state, command) : hexCommand(state, command);
}

function treeCommand(state: DashboardState, command: Command): DashboardState {
  const { packets } = state;
  if (command === 'enter') return changed(state, { focus: 'hex' });
  const nodes = treeNodes(packets);
  const at = nodeIndex(nodes, packets.path);
  if (command === 'left') return leave(state, nodes, at);
  if (command === 'right') return descend(state, nodes, at);
  const index = movedTo(command, at, nodes.length, treeRows(state));
  return index === null || nodes.length === 0 ? state : selectNode(state, nodes[index]);
}

/** Folds; then the field above; then the list. */
function leave(state: DashboardState, nodes: readonly TreeNode[], at: number): DashboardState {
  const node = nodes[at];
  if (node?.open === true) return fold(state, node);
  if (node === undefined || node.depth === 0) return changed(state, { focus: 'list' });
  const parent = nodes.slice(0, at).findLast((one) => one.depth < node.depth);
  return parent === undefined ? state : selectNode(state, parent);
}

/** Unfolds; then the first field below; then the bytes. */
function descend(state: DashboardState, nodes: readonly TreeNode[], at: number): DashboardState {
  const node = nodes[at];
  if (node?.open === false) return fold(state, node);
  if (node?.open === true) return selectNode(state, nodes[at + 1]);
  return changed(state, { focus: 'hex' });
}

export function fold(state: DashboardState, node: TreeNode): DashboardState {
  const { folds } = state.packets;
  return changed(selectNode(state, node), { folds: { ...folds, [node.path]: node.open !== true } });
}

export function selectNode(state: DashboardState, node: TreeNode): DashboardState {
  const byte = node.field.len > 0 ? node.field.offset : state.packets.byte;
  return changed(state, { path: node.path, byte });
}

function hexCommand(state: DashboardState, command: Command): DashboardState {
  const { packets } = state;
  const total = packets.detail?.bytes.length ?? 0;
  if (total === 0) return state;
  const { hex, bytesPerRow } = packetsLayout(state);
  if (command === 'left') return selectByte(state, clamp(packets.byte - 1, total));
  if (command === 'right') return selectByte(state, clamp(packets.byte + 1, total));
  if (command === 'first') return selectByte(state, 0);
  if (command === 'last') return selectByte(state, total - 1);
  const row = Math.floor(packets.byte / bytesPerRow);
  const rows = Math.ceil(total / bytesPerRow);
  const moved = movedTo(command, row, rows, (hex?.rows ?? 2) - 1);
  if (moved === null) return state;
  return selectByte(state, clamp(moved * bytesPerRow + (packets.byte % bytesPerRow), total));
}

/** The byte selected, and with it the innermost field over it, unfolded so that it can be seen. */
export function selectByte(state: DashboardState, byte: number): DashboardState {
  const { packets } = state;
  const found = innermost(packets.detail?.fields ?? [], byte);
  const folds = { ...packets.folds };
  for (const path of found?.above ?? []) folds[path] = true;
  return changed(state, { byte, path: found?.path ?? '', folds });
}

export function receivedDetail(
  state: DashboardState,
  number: number,
  detail: FrameDetail | null,
): DashboardState {
  const next = changed(state, { detailNumber: number, detail });
  if (detail === null) return next;
  const byte = clamp(state.packets.byte, detail.bytes.length);
  if (state.packets.focus === 'hex') return selectByte(next, byte);
  const field = fieldAt(detail.fields, state.packets.path);
  return changed(next, { byte: field !== null && field.len > 0 ? field.offset : byte });
}

/** Tree and bytes scrolled to what is selected. */
export function settleDetail(state: DashboardState): DashboardState {
  const { packets } = state;
  if (packets.detail === null) return state;
  const { hex, bytesPerRow } = packetsLayout(state);
  const nodes = treeNodes(packets);
  const treeTop = keepVisible(packets.treeTop, nodeIndex(nodes, packets.path), treeRows(state), nodes.length);
  const rows = Math.ceil(packets.detail.bytes.length / bytesPerRow);
  const row = Math.floor(packets.byte / bytesPerRow);
  const hexTop = keepVisible(packets.hexTop, row, Math.max(1, (hex?.rows ?? 2) - 1), rows);
  return treeTop === packets.treeTop && hexTop === packets.hexTop
    ? state
    : changed(state, { treeTop, hexTop });
}

export function treeNodes(packets: PacketsState): TreeNode[] {
  return visibleNodes(packets.detail?.fields ?? [], packets.folds);
}

/** Index of the node at `path`, or of the nearest one above it that is visible; 0 when there is none. */
export function nodeIndex(nodes: readonly TreeNode[], path: string): number {
  for (let own = path; own !== ''; own = own.slice(0, Math.max(0, own.lastIndexOf('/')))) {
    const index = nodes.findIndex((node) => node.path === own);
    if (index >= 0) return index;
  }
  return 0;
}

function treeRows(state: DashboardState): number {
  return Math.max(1, (packetsLayout(state).tree?.rows ?? 2) - 1);
}

function changed(state: DashboardState, part: Partial<PacketsState>): DashboardState {
  return { ...state, packets: { ...state.packets, ...part } };
}
