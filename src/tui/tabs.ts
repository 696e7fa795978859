/**
 * The second line: the views, and on the right what the present one is restricted to and where one is in it.
 */
import { formatCount } from '../format/units.js';
import { glyphsFor } from './glyphs.js';
import { restriction } from './layout.js';
import type { DashboardState, ListState, ViewName } from './state.js';
import { type Line, lineWidth, type Span, span } from './styled.js';
import { cutText } from './width.js';

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
  const only = restriction(state);
  const place = state.help ? '' : position(state);
  const hint = state.view === 'ways' || only === '' ? '' : ' (Esc: all)';
  const parts: Span[] = [];
  if (only !== '') {
    const cells = room - (place === '' ? 0 : place.length + 2);
    const words = `only ${only}${5 + only.length + hint.length <= cells ? hint : ''}`;
    parts.push(span(cutText(words, Math.max(10, cells)), 'warn'));
  }
  if (place !== '' && (only === '' || room >= place.length + 12)) {
    if (parts.length > 0) parts.push(span('  '));
    parts.push(span(cutText(place, room), 'dim'));
  }
  const fill = Math.max(0, room + 1 - lineWidth(parts));
  return [...left, span(' '.repeat(fill)), ...parts, span(' ')];
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
  if (list.total === 0) return 'none';
  return `${formatCount(list.selected + 1)} of ${formatCount(list.total)}`;
}
