/**
 * The whole screen: top line, tabs, what is wrong, the view, and over its last lines whatever is being typed or said.
 */
import { renderFilterLine, renderTyped } from './filter-line-view.js';
import { renderFlows } from './flows-view.js';
import { renderHelp } from './help-view.js';
import { alerts, leastColumns, leastRows, tooSmall } from './layout.js';
import { renderPackets } from './packets-view.js';
import { searchProgress } from './reduce-search.js';
import type { DashboardState } from './state.js';
import { fitLine, type Line, span } from './styled.js';
import { renderTabs } from './tabs.js';
import { renderTopLine } from './top-line.js';
import { renderWays } from './ways-view.js';
import { cutText, wireText } from './width.js';

/** Exactly `rows` lines of exactly `columns` cells. */
export function renderScreen(state: DashboardState): Line[] {
  const lines = tooSmall(state) ? tooSmallLines(state) : screenLines(state);
  const fitted = Array.from({ length: state.rows }, (_, i) => fitLine(lines[i] ?? [], state.columns));
  const spoken = tooSmall(state) ? [] : bottomLines(state);
  fitted.splice(
    state.rows - spoken.length,
    spoken.length,
    ...spoken.map((line) => fitLine(line, state.columns)),
  );
  return state.ascii ? fitted.map(withAsciiCuts) : fitted;
}

/** What was cut ends in `…`, of the width of `~`. */
function withAsciiCuts(line: Line): Line {
  return line.map((part) => ({ text: part.text.replaceAll('…', '~'), style: part.style }));
}

function tooSmallLines(state: DashboardState): Line[] {
  return [
    [span('too small', 'warn')],
    [span(`here: ${state.columns}x${state.rows}, needed: ${leastColumns}x${leastRows}`)],
    [span('q quits', 'dim')],
  ];
}

function screenLines(state: DashboardState): Line[] {
  const problems = alerts(state).map(({ text, style }): Line => {
    return [span(` ${cutText(wireText(text, state.ascii), state.columns - 2)}`, style)];
  });
  return [renderTopLine(state), renderTabs(state), ...problems, ...body(state)];
}

function body(state: DashboardState): readonly Line[] {
  if (state.help) return renderHelp(state);
  if (state.view === 'packets') return renderPackets(state);
  return state.view === 'flows' ? renderFlows(state) : renderWays(state);
}

/** What is typed, asked or said over the last lines of the view; [] when there is nothing to say. */
function bottomLines(state: DashboardState): readonly Line[] {
  if (state.filter.line !== null) return renderFilterLine(state, state.filter.line);
  if (state.search.typed !== null) return [renderTyped('search', state.search.typed, state)];
  const spoken = lastLine(state);
  return spoken === null ? [] : [spoken];
}

/** A question, progress or a message; null when there is nothing to say. */
function lastLine(state: DashboardState): Line | null {
  const { search, message } = state;
  if (state.confirmClear) {
    return [span(' x again clears all counters, packets and flows; any other key keeps them', 'alarm')];
  }
  if (search.job !== null) return [span(` ${searchProgress(search.job)}`, 'key')];
  if (message !== null) return [span(` ${wireText(message.text, state.ascii)}`, message.style)];
  return null;
}
