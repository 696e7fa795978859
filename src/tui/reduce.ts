/**
 * The dashboard as a function: (state, event) -> state. Everything it decides is decided here and in the
 * reducers by view; app.ts only carries events in, and effects and screens out.
 */
import type { Snapshot } from '../analysis/port.js';
import { copyText } from './copy-text.js';
import type { DashboardEvent } from './event.js';
import { helpScroll } from './help-view.js';
import { type Command, commandOf } from './keymap.js';
import { newestEvent } from './layout.js';
import { movedTo } from './list-motion.js';
import { addSnapshot, noRates } from './rates.js';
import { applyFilter, filterThis, openFilter, typeFilter } from './reduce-filter.js';
import { flowsCommand, receivedFlows, settleFlows } from './reduce-flows.js';
import { mouse } from './reduce-mouse.js';
import {
  packetsCommand,
  receivedDetail,
  receivedIndex,
  receivedPackets,
  restartPackets,
  settlePackets,
  withPackets,
} from './reduce-packets.js';
import { openSearch, searchedPage, startSearch, typeSearch } from './reduce-search.js';
import { selectWay, waysCommand } from './reduce-ways.js';
import { type DashboardState, emptied, flowsKey, type Picture, packetsKey, type ViewName } from './state.js';

const messageMs = 4000;
const views: readonly ViewName[] = ['ways', 'packets', 'flows'];

export function reduce(state: DashboardState, event: DashboardEvent): DashboardState {
  const fresh = state.effects.length === 0 ? state : { ...state, effects: [] };
  return settleFlows(settlePackets(apply(fresh, event)));
}

function apply(state: DashboardState, event: DashboardEvent): DashboardState {
  switch (event.kind) {
    case 'key':
      return key({ ...state, nowMs: event.atMs, message: null }, event.name, event.text);
    case 'mouse':
      if (isTyping(state) || state.confirmClear) return state;
      return mouse({ ...state, nowMs: event.atMs, message: null }, event, show);
    case 'resize':
      return { ...state, columns: event.columns, rows: event.rows };
    case 'tick':
      return tick(state, event.atMs);
    case 'snapshot':
      return receivedSnapshot(state, event.snapshot, event.atMs);
    case 'packets':
      return event.key === packetsKey(state) ? receivedPackets(state, event.from, event.page) : state;
    case 'index':
      return event.key === packetsKey(state) ? receivedIndex(state, event.number, event.index) : state;
    case 'detail':
      return receivedDetail(state, event.number, event.detail);
    case 'flows':
      return event.key === flowsKey(state) ? receivedFlows(state, event.from, event.page) : state;
    case 'searched':
      return event.key === packetsKey(state) ? searchedPage(state, event.from, event.page) : state;
    case 'cleared':
      return cleared(state);
    case 'failed':
      return say(state, `the analyzer could not answer (${event.what}): ${event.message}`, 'bad');
  }
}

function isTyping({ search, filter }: DashboardState): boolean {
  return search.typed !== null || filter.line !== null;
}

function tick(state: DashboardState, atMs: number): DashboardState {
  const message = state.message !== null && state.message.untilMs <= atMs ? null : state.message;
  return { ...state, nowMs: atMs, message };
}

/** Counters are always taken in; while frozen they are not shown, and the lists are left alone. */
function receivedSnapshot(state: DashboardState, snapshot: Snapshot, atMs: number): DashboardState {
  const before = state.latest.snapshot;
  const latest: Picture = { snapshot, rates: addSnapshot(state.latest.rates, snapshot, atMs), atMs };
  if (state.frozen) return { ...state, latest };
  const next = { ...state, latest, shown: latest };
  const grown =
    before === null || before.frames !== snapshot.frames || before.retained.first !== snapshot.retained.first;
  if (!grown && before.running === snapshot.running) return next;
  const packets = { ...state.packets, due: true };
  return { ...next, packets, flows: { ...state.flows, due: true } };
}

function cleared(state: DashboardState): DashboardState {
  const picture: Picture = { snapshot: null, rates: noRates, atMs: state.nowMs };
  const restarted = restartPackets({ ...state, epoch: state.epoch + 1, flow: 0 }, state.growing);
  return {
    ...restarted,
    packets: { ...restarted.packets, detail: null, detailNumber: 0 },
    flows: { ...emptied(state.flows), selectedId: 0 },
    shown: picture,
    latest: picture,
    frozen: false,
    search: { ...state.search, job: null },
    message: { text: 'cleared', style: 'normal', untilMs: state.nowMs + messageMs },
  };
}

function key(state: DashboardState, name: string, text: string): DashboardState {
  if (name === 'C-c') return { ...state, effects: [{ kind: 'quit' }] };
  if (state.filter.line !== null) return typeFilter(state, state.filter.line, name, text);
  if (state.search.typed !== null) return typeSearch(state, name, text);
  if (state.confirmClear) return confirmClear(state, name);
  // Any key ends a search under way; n and N then start anew.
  const idle = state.search.job === null ? state : { ...state, search: { ...state.search, job: null } };
  const named = commandOf(name, idle.view);
  if (named === null) return idle;
  return idle.help ? helpCommand(idle, named) : command(idle, named);
}

function confirmClear(state: DashboardState, name: string): DashboardState {
  const answered = { ...state, confirmClear: false };
  if (name === 'x') return { ...answered, effects: [{ kind: 'clear' }] };
  return say(answered, 'kept', 'normal');
}

/** In the help view, keys scroll or close it; a view's own key leaves it for that view. */
function helpCommand(state: DashboardState, named: Command): DashboardState {
  if (named === 'help' || named === 'back' || named === 'quit' || named === 'enter')
    return { ...state, help: false };
  if (named === 'ways' || named === 'packets' || named === 'flows') return show(state, named);
  const helpTop = movedTo(named, state.helpTop, helpScroll(state) + 1, state.rows - 3);
  return helpTop === null ? state : { ...state, helpTop };
}

function command(state: DashboardState, named: Command): DashboardState {
  switch (named) {
    case 'quit':
      return { ...state, effects: [{ kind: 'quit' }] };
    case 'help':
      return { ...state, help: true, helpTop: 0 };
    case 'ways':
    case 'packets':
    case 'flows':
      return show(state, named);
    case 'next-view':
      return show(state, views[(views.indexOf(state.view) + 1) % views.length]);
    case 'previous-view':
      return show(state, views[(views.indexOf(state.view) + views.length - 1) % views.length]);
    case 'freeze':
      return freeze(state);
    case 'clear':
      return { ...state, confirmClear: true };
    case 'copy':
      return copy(state);
    case 'back':
      return back(state);
    case 'filter':
      return openFilter(state);
    case 'filter-this':
      return filterThis(state);
    case 'search':
      return openSearch(state);
    case 'next-match':
      return startSearch(state, false, 1);
    case 'previous-match':
      return startSearch(state, true, 0);
    default:
      return viewCommand(state, named);
  }
}

function viewCommand(state: DashboardState, named: Command): DashboardState {
  if (state.view === 'packets') return packetsCommand(state, named);
  return state.view === 'flows' ? flowsCommand(state, named) : waysCommand(state, named);
}

function show(state: DashboardState, view: ViewName): DashboardState {
  return { ...state, view, help: false };
}

function freeze(state: DashboardState): DashboardState {
  if (!state.frozen) return { ...state, frozen: true };
  const packets = { ...state.packets, due: true };
  return { ...state, frozen: false, shown: state.latest, packets, flows: { ...state.flows, due: true } };
}

function copy(state: DashboardState): DashboardState {
  const text = copyText(state);
  if (text === '') return say(state, 'nothing is selected to copy', 'warn');
  return { ...say(state, `copied: ${text}`, 'normal'), effects: [{ kind: 'copy', text }] };
}

/** One step back: out of a pane, then out of the flow, then without filter, way and notice, one after the other. */
function back(state: DashboardState): DashboardState {
  const { focus, zoomed } = state.packets;
  if (state.view === 'packets') {
    if (focus === 'hex') return withPackets(state, { focus: 'tree' });
    if (focus === 'tree') return withPackets(state, { focus: 'list' });
    if (zoomed) return withPackets(state, { zoomed: false });
    if (state.flow !== 0) return restartPackets({ ...state, flow: 0, view: 'flows' }, state.growing);
  }
  if (state.filter.text !== '') return applyFilter(state, '');
  if (state.way !== null) return selectWay(state, null);
  return { ...state, notice: null, dismissed: newestEvent(state) };
}

function say(state: DashboardState, text: string, style: 'normal' | 'warn' | 'bad'): DashboardState {
  return { ...state, message: { text, style, untilMs: state.nowMs + messageMs } };
}
