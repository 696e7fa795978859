/**
 * The filter line: opened, typed in, applied or left; its history; and what a filter that is applied does to the
 * lists. Whether the text is a filter is told at every key, and only one that is can be applied.
 */
import { localityName } from '../classify/locality.js';
import { mistakeIn } from './checked-filter.js';
import { type EditedLine, edited, lineOf, typed } from './edited-line.js';
import { type LineCommand, lineCommandOf } from './keymap.js';
import { refilterPackets } from './reduce-packets.js';
import { type DashboardState, emptied, type FilterLine, rowAt } from './state.js';
import { findWay } from './way.js';
import { completeWord } from './word-completion.js';

const mostHistory = 50;
const messageMs = 4000;

/** The line with the filter that is applied, to be changed. */
export function openFilter(state: DashboardState): DashboardState {
  const { text } = state.filter;
  // What is applied is the newest of the history: the first step up goes to the one before it.
  return withLine(state, { edited: lineOf(text), age: text === '' ? 0 : 1, draft: '', choices: [] });
}

/** The line with a filter for what is selected. */
export function filterThis(state: DashboardState): DashboardState {
  const text = filterFor(state);
  if (text !== '') return withLine(state, { edited: lineOf(text), age: 0, draft: '', choices: [] });
  const untilMs = state.nowMs + messageMs;
  return { ...state, message: { text: 'nothing is selected to filter for', style: 'warn', untilMs } };
}

/** A filter that selects what is selected and its like, or '' where nothing is. */
function filterFor(state: DashboardState): string {
  if (state.view === 'ways') {
    const way = findWay(state.way);
    return way === null ? '' : `locality ${localityName[way.locality]}`;
  }
  if (state.view === 'flows') {
    const flow = rowAt(state.flows, state.flows.selected);
    return flow === undefined ? '' : `flow ${flow.id}`;
  }
  const row = rowAt(state.packets, state.packets.selected);
  if (row === undefined) return '';
  return row.flow === 0 ? `frame ${row.number}` : `flow ${row.flow}`;
}

/** A key while the line is open. */
export function typeFilter(
  state: DashboardState,
  line: FilterLine,
  name: string,
  text: string,
): DashboardState {
  if (text !== '') return withLine(state, changed(line, typed(line.edited, text)));
  const command = lineCommandOf(name);
  if (command === null) return state;
  if (command === 'leave') return withLine(state, null);
  if (command === 'apply') return applyLine(state, line);
  return withLine(state, changedLine(state, line, command));
}

function changedLine(state: DashboardState, line: FilterLine, command: LineCommand): FilterLine {
  if (command === 'older') return recalled(state.filter.history, line, line.age + 1);
  if (command === 'newer') return recalled(state.filter.history, line, line.age - 1);
  if (command === 'complete') {
    const { line: completed, choices } = completeWord(line.edited);
    return { ...changed(line, completed), choices };
  }
  return changed(line, edited(line.edited, command) ?? line.edited);
}

/** The line after a key; one of the history that was changed is a new one, and the history's stays as it is. */
function changed(line: FilterLine, now: EditedLine): FilterLine {
  const age = now.text === line.edited.text ? line.age : 0;
  return { ...line, edited: now, age, choices: [] };
}

/** The line with the filter that is `age` in the history; 0 is what was typed before. */
function recalled(history: readonly string[], line: FilterLine, age: number): FilterLine {
  if (age < 0 || age > history.length) return line;
  const draft = line.age === 0 ? line.edited.text : line.draft;
  const text = age === 0 ? draft : history[history.length - age];
  return { edited: lineOf(text), age, draft, choices: [] };
}

/** What is no filter stays in the line, with the cursor on what is wrong. */
function applyLine(state: DashboardState, line: FilterLine): DashboardState {
  const { text } = line.edited;
  const mistake = mistakeIn(text, state);
  if (mistake === null) return applyFilter(state, text.trim());
  return withLine(state, { ...line, edited: { text, cursor: Math.min(mistake.position, text.length) } });
}

/** Restricts packets and flows to a filter, in which there is no mistake; '' shows all. */
export function applyFilter(state: DashboardState, text: string): DashboardState {
  const closed = { ...state, filter: { ...state.filter, line: null, history: remembered(state, text) } };
  if (text === state.filter.text) return shown(closed, text);
  const filtered = refilterPackets({ ...closed, filter: { ...closed.filter, text } });
  return shown({ ...filtered, flows: emptied(filtered.flows) }, text);
}

/** Ways counts everything, so that who filters there is shown the packets. */
function shown(state: DashboardState, text: string): DashboardState {
  return state.view === 'ways' && text !== '' ? { ...state, view: 'packets' } : state;
}

function remembered({ filter: { history } }: DashboardState, text: string): readonly string[] {
  if (text === '') return history;
  return [...history.filter((one) => one !== text), text].slice(-mostHistory);
}

function withLine(state: DashboardState, line: FilterLine | null): DashboardState {
  return { ...state, filter: { ...state.filter, line } };
}
