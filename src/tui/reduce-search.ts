/**
 * Searching the text of the packet list: the line it is typed on, and the search itself, a page of rows at a time
 * so that keys are answered meanwhile. Any key ends a search under way.
 */
import type { PacketRow, Page } from '../analysis/port.js';
import { formatCount } from '../format/units.js';
import { edited, emptyLine, typed } from './edited-line.js';
import { lineCommandOf } from './keymap.js';
import { packetText } from './packet-text.js';
import { selectPacket } from './reduce-packets.js';
import type { DashboardState, Message, SearchJob, SearchState } from './state.js';

const pageRows = 500;
const messageMs = 4000;

export function openSearch(state: DashboardState): DashboardState {
  return withSearch(state, { typed: emptyLine, job: null });
}

/** A key while the search line is open. */
export function typeSearch(state: DashboardState, name: string, text: string): DashboardState {
  const line = state.search.typed ?? emptyLine;
  if (text !== '') return withSearch(state, { typed: typed(line, text) });
  const command = lineCommandOf(name);
  if (command === null) return state;
  const isEmptied = command === 'erase-left' && line.text === '';
  if (command === 'leave' || isEmptied) return withSearch(state, { typed: null });
  if (command !== 'apply') return withSearch(state, { typed: edited(line, command) ?? line });
  const pattern = line.text === '' ? state.search.pattern : line.text;
  return startSearch(withSearch(state, { typed: null, pattern }), false, 0);
}

/** Searches from the selected packet, leaving out `skip` packets (1 for the next match, 0 to include it). */
export function startSearch(state: DashboardState, backward: boolean, skip: number): DashboardState {
  if (state.search.pattern === '') return nextFiltered(state, backward);
  const { selected, total } = state.packets;
  const job = nextJob(backward, backward ? selected : selected + skip, total);
  return job === null ? notFound(state, backward) : withSearch(state, { job });
}

/** Where nothing was searched for, the filter's matches are the ones to go to: the list holds no others. */
function nextFiltered(state: DashboardState, backward: boolean): DashboardState {
  if (state.filter.text === '')
    return { ...state, message: say(state, 'nothing to look for yet: / takes a filter, Ctrl-S a text') };
  const { selected, total } = state.packets;
  const next = selected + (backward ? -1 : 1);
  if (next >= 0 && next < total) return selectPacket(state, next);
  const where = backward ? 'above' : `below${soFar(state)}`;
  return { ...state, message: say(state, `no more packets of the filter ${where}`) };
}

/** The page before or from index `at`; null past the end. */
function nextJob(backward: boolean, at: number, end: number): SearchJob | null {
  const from = backward ? Math.max(0, at - pageRows) : at;
  const count = backward ? at - from : Math.min(pageRows, end - from);
  return count <= 0 ? null : { backward, from, count, end };
}

export function searchedPage(state: DashboardState, from: number, page: Page<PacketRow>): DashboardState {
  const { job, pattern } = state.search;
  if (job === null || job.from !== from) return state;
  const wanted = pattern.toLowerCase();
  const matches = (row: PacketRow) => packetText(row).toLowerCase().includes(wanted);
  const place = job.backward ? page.rows.findLastIndex(matches) : page.rows.findIndex(matches);
  const idle = withSearch(state, { job: null });
  if (place >= 0) return foundAt(idle, from, place, page);
  const next =
    page.rows.length === 0
      ? null
      : nextJob(job.backward, job.backward ? from : from + page.rows.length, job.end);
  return next === null ? notFound(idle, job.backward) : withSearch(state, { job: next });
}

function foundAt(state: DashboardState, from: number, place: number, page: Page<PacketRow>): DashboardState {
  const found = selectPacket(state, from + place);
  return { ...found, packets: { ...found.packets, selectedNumber: page.rows[place].number } };
}

function notFound(state: DashboardState, backward: boolean): DashboardState {
  const where = backward ? 'above; n searches below' : `below${soFar(state)}; N searches above`;
  return { ...state, message: say(state, `no "${state.search.pattern}" ${where}`) };
}

/** The list may go on behind what the filter has looked at. */
function soFar({ packets }: DashboardState): string {
  return packets.isPartial ? ' so far' : '';
}

/** How far a search has come, while it runs. */
export function searchProgress(job: SearchJob): string {
  return `searching at packet ${formatCount(job.from + 1)} of ${formatCount(job.end)}; any key stops`;
}

function say(state: DashboardState, text: string): Message {
  return { text, style: 'warn', untilMs: state.nowMs + messageMs };
}

function withSearch(state: DashboardState, changed: Partial<SearchState>): DashboardState {
  return { ...state, search: { ...state.search, ...changed } };
}
