/**
 * The second line: the views, and on the right what the present one is restricted to and where one is in it.
 */
import { formatCount } from '../format/units.js';
import { glyphsFor } from './glyphs.js';
import { restrictions } from './layout.js';
import type { DashboardState, ListState, ViewName } from './state.js';
import { type Line, lineWidth, type Span, span } from './styled.js';
import { cutText, displayWidth } from './width.js';

const tabs: readonly { readonly view: ViewName; readonly label: string }[] = [
  { view: 'ways', label: ' 1 Ways ' },
  { view: 'packets', label: ' 2 Packets ' },
  { view: 'flows', label: ' 3 Flows ' },
];

/** The view whose tab is at column `x` of the tab line, or null. */
export function tabAt(x: number): ViewName | null {
  let from = 1;
  for (const tab of tabs) {
    if (x >= from && x < from + tab.label.length) return tab.view;
    from += tab.label.length + 1;
  }
  return null;
}

export function renderTabs(state: DashboardState): Line {
  const left: Span[] = [];
  for (const tab of tabs) {
    left.push(span(' '), span(tab.label, tab.view === state.view && !state.help ? 'tab' : 'normal'));
  }
  const room = state.columns - lineWidth(left) - 2;
  const only = restrictions(state);
  const place = state.help ? '' : position(state);
  const parts: Span[] = [];
  if (only.length > 0) {
    const cells = room - (place === '' ? 0 : place.length + 2);
    parts.push(span(cutText(onlyText(state, only, cells), Math.max(10, cells)), 'warn'));
  }
  if (place !== '' && (only.length === 0 || room >= place.length + 12)) {
    if (parts.length > 0) parts.push(span('  '));
    parts.push(span(cutText(place, room), 'dim'));
  }
  const fill = Math.max(0, room + 1 - lineWidth(parts));
  return [...left, span(' '.repeat(fill)), ...parts, span(' ')];
}

/** What the lists show; Ways itself counts everything. The way out of it is told where there is room for it. */
function onlyText(state: DashboardState, only: readonly string[], cells: number): string {
  if (state.view === 'ways') return `lists: only ${only.join(', ')}`;
  const words = `only ${only.join(', ')}`;
  const hint = only.length > 1 ? ' (Esc: back)' : ' (Esc: all)';
  return displayWidth(words) + hint.length <= cells ? words + hint : words;
}

function position(state: DashboardState): string {
  const glyphs = glyphsFor(state.ascii);
  if (state.view === 'packets') {
    const { packets } = state;
    return listPosition(packets) + (packets.following && !state.frozen ? ` ${glyphs.dot} following` : '');
  }
  if (state.view !== 'flows') return '';
  const { flows } = state;
  const order = flows.descending ? glyphs.descending : glyphs.ascending;
  return `${listPosition(flows)} ${glyphs.dot} by ${flows.sort} ${order}`;
}

function listPosition(list: ListState<unknown>): string {
  if (!list.known) return 'loading';
  if (list.total === 0) return list.isPartial ? 'looking' : 'none';
  const atLeast = list.isPartial ? '+' : '';
  return `${formatCount(list.selected + 1)} of ${formatCount(list.total)}${atLeast}`;
}
