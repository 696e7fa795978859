/**
 * Packets: list, the reason of the selected packet, protocol tree and bytes, as layout.ts places them.
 */
import { formatCount } from '../format/units.js';
import { type Glyphs, glyphsFor } from './glyphs.js';
import { bodyRect, packetsLayout, type Rect } from './layout.js';
import { renderHex } from './packet-hex.js';
import { renderPacketList, renderWhy } from './packet-list.js';
import { renderTree } from './packet-tree.js';
import { type DashboardState, type Pane, rowAt } from './state.js';
import { fitLine, type Line, span } from './styled.js';
import { cutText } from './width.js';

export function renderPackets(state: DashboardState): readonly Line[] {
  const body = bodyRect(state);
  const layout = packetsLayout(state);
  const lines: Line[] = [];
  if (layout.list !== null) lines.push(...filled(renderPacketList(state, layout.list), layout.list));
  if (layout.why !== null) lines.push(renderWhy(state, layout.why.columns));
  const { tree, hex } = layout;
  const treeLines = tree === null ? [] : pane(state, tree, 'tree', renderTree(state, tree));
  const hexLines = hex === null ? [] : pane(state, hex, 'hex', renderHex(state, hex, layout.bytesPerRow));
  if (tree !== null && hex !== null && tree.y === hex.y) lines.push(...beside(state, treeLines, hexLines));
  else lines.push(...treeLines, ...hexLines);
  return lines.slice(0, body.rows);
}

/** A pane with its title line, in exactly its size. */
function pane(state: DashboardState, at: Rect, name: Pane, content: readonly Line[]): Line[] {
  const { packets } = state;
  const row = rowAt(packets, packets.selected);
  const current = packets.detailNumber !== 0 && packets.detailNumber === row?.number;
  const loss = packets.detail === null ? 'no longer held' : packets.detail.row.loss;
  const shown =
    current && loss !== undefined
      ? [[span(`  frame ${formatCount(row.number)} is ${loss}`, 'warn')] as Line]
      : content;
  return filled([titleLine(state, at, name), ...shown], at);
}

function titleLine(state: DashboardState, at: Rect, name: Pane): Line {
  const glyphs = glyphsFor(state.ascii);
  const focused = state.packets.focus === name;
  const title = cutText(` ${name === 'tree' ? 'Protocol tree' : bytesTitle(state)} `, at.columns - 4);
  const mark = focused ? glyphs.pointer : glyphs.horizontal;
  return [
    span(glyphs.horizontal + mark, focused ? 'key' : 'border'),
    span(title, focused ? 'title' : 'dim'),
    span(glyphs.horizontal.repeat(Math.max(0, at.columns - title.length - 2)), 'border'),
  ];
}

/** How many bytes, and how many of the frame were not kept. */
function bytesTitle(state: DashboardState): string {
  const { detail } = state.packets;
  if (detail === null) return 'Bytes';
  const { capLen, origLen, keptLen } = detail.row;
  if (keptLen !== undefined)
    return `Bytes: ${formatCount(keptLen)} of ${formatCount(capLen)}, headers only: the buffer was nearly full`;
  const cut = origLen > capLen ? ` of ${formatCount(origLen)} (snaplen)` : '';
  return `Bytes: ${formatCount(capLen)}${cut}`;
}

function filled(lines: readonly Line[], at: Rect): Line[] {
  return Array.from({ length: at.rows }, (_, i) => fitLine(lines[i] ?? [], at.columns));
}

function beside(state: DashboardState, left: readonly Line[], right: readonly Line[]): Line[] {
  const glyphs: Glyphs = glyphsFor(state.ascii);
  return left.map((line, i) => [
    ...line,
    span(i === 0 ? glyphs.teeDown : glyphs.vertical, 'border'),
    ...(right[i] ?? []),
  ]);
}
