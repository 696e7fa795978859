/**
 * Where things stand on the screen. Views draw by it and the mouse is read by it, so that a click always
 * means what is seen there.
 */
import type { DashboardState, ListState } from './state.js';
import { findWay } from './way.js';
import { wireText } from './width.js';

export const leastColumns = 60;
export const leastRows = 15;

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly columns: number;
  readonly rows: number;
}

export function tooSmall(state: DashboardState): boolean {
  return state.columns < leastColumns || state.rows < leastRows;
}

/** One line each: what is wrong with a source, and the notice the dashboard was started with. */
export function alerts(state: DashboardState): { readonly text: string; readonly style: 'bad' | 'warn' }[] {
  const sources = state.shown.snapshot?.sources ?? [];
  const errors: { text: string; style: 'bad' | 'warn' }[] = [];
  for (const { name, error } of sources) {
    if (error === null) continue;
    // The top line names the only source; a message that begins with the name would say it once more.
    const message = error.startsWith(`${name}: `) ? error.slice(name.length + 2) : error;
    errors.push({ text: sources.length > 1 ? `${name}: ${message}` : message, style: 'bad' });
  }
  const kept = errors.length > 2 ? errors.slice(0, 1) : errors;
  if (errors.length > 2)
    kept.push({ text: `and ${errors.length - 1} more sources with errors`, style: 'bad' });
  const event = newestEvent(state);
  const notices = [state.notice ?? '', event === state.dismissed ? '' : event].filter((text) => text !== '');
  return [...kept, ...notices.map((text) => ({ text, style: 'warn' as const }))];
}

/** What last happened to an interface, or ''. */
export function newestEvent(state: DashboardState): string {
  return state.shown.snapshot?.events.at(-1)?.text ?? '';
}

/** All below the top line, the tabs and the alerts. */
export function bodyRect(state: DashboardState): Rect {
  const y = 2 + alerts(state).length;
  return { x: 0, y, columns: state.columns, rows: Math.max(1, state.rows - y) };
}

export interface PacketsLayout {
  /** Header line and rows; null when another pane is zoomed. */
  readonly list: Rect | null;
  /** The line under the list. */
  readonly why: Rect | null;
  /** Title line and content. */
  readonly tree: Rect | null;
  readonly hex: Rect | null;
  readonly bytesPerRow: 8 | 16;
}

/** Column of the first byte in the hex pane, after ` 0000  `. */
const hexStart = 7;

/** Column, in the hex pane, of byte `i` of a row; there is a gap after the eighth. */
export function hexByteColumn(i: number): number {
  return hexStart + i * 3 + (i >= 8 ? 1 : 0);
}

/** Column of the text beside the bytes. */
export function hexTextColumn(bytesPerRow: number): number {
  return hexByteColumn(bytesPerRow - 1) + 4;
}

/** Cells of a hex row: offset, bytes, text, and a margin. */
function hexColumns(bytesPerRow: number): number {
  return hexTextColumn(bytesPerRow) + bytesPerRow + 1;
}

/** Wide: list above, tree and hex side by side. Narrow and tall: stacked. Narrow and short: eight bytes a row. */
export function packetsLayout(state: DashboardState): PacketsLayout {
  const body = bodyRect(state);
  const { focus, zoomed } = state.packets;
  const columns = body.columns;
  const wide = columns >= 120;
  const bytesPerRow = wide || (body.rows >= 28 && columns >= hexColumns(16)) ? 16 : 8;
  if (zoomed) return zoomedLayout(body, focus, columns >= hexColumns(16) ? 16 : 8);
  const listRows = Math.max(4, Math.floor((body.rows - 1) * 0.52));
  const list: Rect = { ...body, rows: listRows };
  const why: Rect = { ...body, y: body.y + listRows, rows: 1 };
  const lower: Rect = { ...body, y: why.y + 1, rows: body.rows - listRows - 1 };
  if (lower.rows < 7 && columns < 76) {
    const onlyHex = focus === 'hex';
    return { list, why, tree: onlyHex ? null : lower, hex: onlyHex ? lower : null, bytesPerRow: 8 };
  }
  if (!wide && body.rows >= 28) {
    const hexRows = Math.max(5, Math.floor(lower.rows * 0.4));
    const tree = { ...lower, rows: lower.rows - hexRows };
    return { list, why, tree, hex: { ...lower, y: tree.y + tree.rows, rows: hexRows }, bytesPerRow };
  }
  const right = hexColumns(bytesPerRow);
  const tree = { ...lower, columns: columns - right - 1 };
  return { list, why, tree, hex: { ...lower, x: tree.columns + 1, columns: right }, bytesPerRow };
}

function zoomedLayout(body: Rect, focus: string, bytesPerRow: 8 | 16): PacketsLayout {
  const list = focus === 'list' ? { ...body, rows: body.rows - 1 } : null;
  const why = focus === 'list' ? { ...body, y: body.y + body.rows - 1, rows: 1 } : null;
  return { list, why, tree: focus === 'tree' ? body : null, hex: focus === 'hex' ? body : null, bytesPerRow };
}

/** Rows of packets on screen; at least 1, also while another pane is zoomed. */
export function packetListRows(state: DashboardState): number {
  const list = packetsLayout(state).list;
  return Math.max(1, (list?.rows ?? Math.floor(bodyRect(state).rows / 2)) - 1);
}

export function flowListRows(state: DashboardState): number {
  return Math.max(1, bodyRect(state).rows - 1);
}

/** The first row to show so that `selected` is seen, moving as little as possible. */
export function keepVisible(top: number, selected: number, rows: number, total: number): number {
  const lowest = Math.max(0, total - rows);
  const shifted = selected < top ? selected : selected >= top + rows ? selected - rows + 1 : top;
  return Math.max(0, Math.min(shifted, lowest));
}

/** What the lists are restricted to, in words; [] when they show everything. */
export function restrictions(state: DashboardState): string[] {
  const parts: string[] = [];
  const way = findWay(state.way);
  if (way !== null) parts.push(way.label);
  if (state.flow !== 0 && state.view === 'packets') parts.push(`flow ${state.flow}`);
  if (state.filter.text !== '') parts.push(wireText(state.filter.text, state.ascii));
  return parts;
}

/** Why a list is empty. */
export function nothingHere(state: DashboardState, { isPartial }: ListState<unknown>, rows: string): string {
  if (isPartial) return `no ${rows} so far: looking on`;
  return state.filter.text === '' ? `no ${rows} here` : `no ${rows} here that the filter selects`;
}
