/**
 * Packets: the list, how it follows the newest packet, and the answers it is made of. The tree and the bytes are
 * in reduce-detail.ts.
 *
 * The selected packet is known by its frame number and by its index in the list. The oldest packets may leave the
 * analyzer's memory at any time, which shifts every index: whenever an answer shows another number at the
 * selected index, the list moves along with the packet.
 */
import type { PacketRow, Page } from '../analysis/port.js';
import type { Command } from './keymap.js';
import { keepVisible, packetListRows } from './layout.js';
import { clamp, movedTo } from './list-motion.js';
import { detailCommand, receivedDetail, settleDetail } from './reduce-detail.js';
import { type DashboardState, emptied, type PacketsState, rowAt } from './state.js';

export { receivedDetail };

export function packetsCommand(state: DashboardState, command: Command): DashboardState {
  if (command === 'zoom') return withPackets(state, { zoomed: !state.packets.zoomed });
  if (state.packets.focus !== 'list') return detailCommand(state, command);
  // Whoever reads a packet wants it to stay: the list stops following.
  if (command === 'enter' || command === 'right')
    return withPackets(state, { focus: 'tree', following: false });
  if (command === 'last' && mayFollow(state)) return withPackets(state, { following: true, due: true });
  const { selected, total } = state.packets;
  const index = movedTo(command, selected, total, packetListRows(state));
  return index === null ? state : selectPacket(state, index);
}

function mayFollow(state: DashboardState): boolean {
  return !state.frozen && (state.latest.snapshot?.running ?? true);
}

/** The packet at `index` selected; the list stops following. */
export function selectPacket(state: DashboardState, index: number): DashboardState {
  const { packets } = state;
  const selected = packets.known ? clamp(index, packets.total) : packets.selected;
  const selectedNumber = rowAt(packets, selected)?.number ?? 0;
  return withPackets(state, { selected, selectedNumber, following: false, anchor: 0 });
}

/** The list under another filter, at the packet that was selected or the next one that matches. */
export function refilterPackets(state: DashboardState): DashboardState {
  const { packets } = state;
  // Where the earlier filter's answer has not come yet, the packet it was to find is still the one to look for.
  const anchor = packets.following ? 0 : packets.selectedNumber || packets.anchor || packets.soughtNumber;
  return { ...state, packets: { ...emptied(packets), anchor, selectedNumber: 0 } };
}

/** The list from its first packet. */
export function restartPackets(state: DashboardState, following: boolean): DashboardState {
  const { packets } = state;
  return {
    ...state,
    packets: { ...emptied(packets), anchor: 0, selectedNumber: 0, soughtNumber: 0, following, focus: 'list' },
  };
}

export function receivedPackets(state: DashboardState, from: number, page: Page<PacketRow>): DashboardState {
  const { packets } = state;
  const { total, rows, isPartial = false } = page;
  const held: PacketsState = { ...packets, total, rows, from, known: true, due: isPartial, isPartial };
  // Of an empty list nothing is selected: what was shown of another packet would be taken for one of these.
  if (total === 0) return { ...state, packets: emptyHanded(held) };
  return { ...state, packets: packets.following ? atTail(held, packets.due) : atSelection(held) };
}

function emptyHanded(held: PacketsState): PacketsState {
  const soughtNumber = held.selectedNumber || held.soughtNumber;
  return { ...held, selectedNumber: 0, soughtNumber, detail: null, detailNumber: 0 };
}

/**
 * At the newest packet of the page. A list that grew since the question was put is asked for once more (`due`
 * was set by a snapshot), but not again until the next snapshot: the list never races the capture.
 */
function atTail(held: PacketsState, first: boolean): PacketsState {
  const end = held.from + held.rows.length;
  const selected = Math.max(0, end - 1);
  const total = first || end === 0 ? held.total : end;
  return { ...held, total, top: held.from, selected, selectedNumber: held.rows.at(-1)?.number ?? 0 };
}

function atSelection(held: PacketsState): PacketsState {
  if (held.selectedNumber === 0) return { ...held, selectedNumber: rowAt(held, held.selected)?.number ?? 0 };
  const place = held.rows.findIndex((row) => row.number === held.selectedNumber);
  if (place >= 0) {
    const shift = held.from + place - held.selected;
    return { ...held, selected: held.selected + shift, top: Math.max(0, held.top + shift) };
  }
  const stale = rowAt(held, held.selected) !== undefined || held.selected >= held.total;
  return stale ? { ...held, anchor: held.selectedNumber } : held;
}

export function receivedIndex(state: DashboardState, number: number, index: number): DashboardState {
  const { packets } = state;
  if (packets.anchor !== number || packets.following) return state;
  const above = packets.known ? packets.selected - packets.top : Math.floor(packetListRows(state) / 2);
  return withPackets(state, {
    anchor: 0,
    selected: Math.max(0, index),
    top: Math.max(0, index - above),
    selectedNumber: 0,
    soughtNumber: number,
    rows: [],
    due: true,
  });
}

/** Selection within the list, and the list around the selection. */
export function settlePackets(state: DashboardState): DashboardState {
  const { packets } = state;
  let next = state;
  if (packets.known && !packets.following && packets.anchor === 0) {
    const selected = clamp(packets.selected, packets.total);
    const top = keepVisible(packets.top, selected, packetListRows(state), packets.total);
    if (selected !== packets.selected || top !== packets.top) next = withPackets(state, { selected, top });
  }
  return settleDetail(next);
}

export function withPackets(state: DashboardState, changed: Partial<PacketsState>): DashboardState {
  return { ...state, packets: { ...state.packets, ...changed } };
}
