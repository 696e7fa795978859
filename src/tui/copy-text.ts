/**
 * What `y` copies: the row, field or bytes that are selected.
 */
import { formatCount } from '../format/units.js';
import { fieldAt } from './field-tree.js';
import { fieldText, flowLine, hexText, packetLine } from './packet-text.js';
import { type DashboardState, rowAt } from './state.js';
import { findWay } from './way.js';

/** The text, or '' when nothing is selected. */
export function copyText(state: DashboardState): string {
  if (state.view === 'flows') {
    const flow = rowAt(state.flows, state.flows.selected);
    return flow === undefined ? '' : flowLine(flow);
  }
  if (state.view === 'ways') {
    const way = findWay(state.way);
    const frames = way === null ? 0 : (state.shown.snapshot?.localities[way.locality]?.frames ?? 0);
    return way === null ? '' : `${way.label}: ${formatCount(frames)} frames`;
  }
  const { packets } = state;
  const row = rowAt(packets, packets.selected);
  if (packets.focus === 'list' || packets.detail === null) return row === undefined ? '' : packetLine(row);
  const field = fieldAt(packets.detail.fields, packets.path);
  if (packets.focus === 'hex') return hexText(packets.detail, field);
  return field === null ? '' : fieldText(field);
}
