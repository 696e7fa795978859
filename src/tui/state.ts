/**
 * All that the dashboard knows between two events, as plain data. Only reduce.ts makes a new one.
 */
import type { FlowSort, FrameDetail, PacketRow, Snapshot, ViewFilter } from '../analysis/port.js';
import type { FlowRecord } from '../flow/flow-record.js';
import type { EditedLine } from './edited-line.js';
import { noRates, type Rates } from './rates.js';
import { wayFilter } from './way.js';

export type ViewName = 'ways' | 'packets' | 'flows';
export type Pane = 'list' | 'tree' | 'hex';

/** What a snapshot told, and when. */
export interface Picture {
  readonly snapshot: Snapshot | null;
  readonly rates: Rates;
  readonly atMs: number;
}

/** A window into a list that the analyzer holds. Indices count from 0 in the filtered list. */
export interface ListState<Row> {
  readonly total: number;
  /** False until the first answer for this filter. */
  readonly known: boolean;
  /** Index of the first of `rows`, the part held here. */
  readonly from: number;
  readonly rows: readonly Row[];
  /** Index of the first row on screen. */
  readonly top: number;
  readonly selected: number;
  /** The list may have changed since it was asked for. */
  readonly due: boolean;
  /** `total` is of what was looked at so far. */
  readonly isPartial: boolean;
}

export interface PacketsState extends ListState<PacketRow> {
  /** Frame number of the selected row; 0 while unknown. */
  readonly selectedNumber: number;
  /** Frame whose index in the list is to be asked; 0 for none. */
  readonly anchor: number;
  /** The last frame that was asked for so: to come back to from a filter that selects nothing. */
  readonly soughtNumber: number;
  readonly following: boolean;
  readonly focus: Pane;
  readonly zoomed: boolean;
  /** Frame that `detail` answers for; a null `detail` then means that the frame is no longer held. */
  readonly detailNumber: number;
  readonly detail: FrameDetail | null;
  /** Fold state by field path, where it is not the default. */
  readonly folds: Readonly<Record<string, boolean>>;
  /** Path of the selected field; '' for none. Kept from frame to frame. */
  readonly path: string;
  /** Offset of the selected byte. */
  readonly byte: number;
  readonly treeTop: number;
  readonly hexTop: number;
}

export interface FlowsState extends ListState<FlowRecord> {
  /** Flow id of the selected row; 0 while unknown. */
  readonly selectedId: number;
  readonly sort: FlowSort;
  readonly descending: boolean;
}

/** A search under way: the next page to look at. */
export interface SearchJob {
  readonly backward: boolean;
  readonly from: number;
  readonly count: number;
  /** Rows there were when the search began: it does not run after a list that grows. */
  readonly end: number;
}

export interface SearchState {
  /** The text being typed; null while the line is closed. */
  readonly typed: EditedLine | null;
  readonly pattern: string;
  readonly job: SearchJob | null;
}

/** The filter line while it is open. */
export interface FilterLine {
  readonly edited: EditedLine;
  /** Which filter of the history is in it, 1 for the newest; 0 for one that is typed. */
  readonly age: number;
  /** What was typed before the history was looked through. */
  readonly draft: string;
  /** What the word at the cursor could become, after it was asked to be completed. */
  readonly choices: readonly string[];
}

export interface FilterState {
  /** The filter that packets and flows are restricted to; '' for all. */
  readonly text: string;
  readonly line: FilterLine | null;
  /** Filters that were applied, the newest last. */
  readonly history: readonly string[];
}

export interface Message {
  readonly text: string;
  readonly style: 'normal' | 'warn' | 'bad';
  readonly untilMs: number;
}

/** What app.ts has to do after an event. */
export type Effect =
  | { readonly kind: 'quit' }
  | { readonly kind: 'clear' }
  | { readonly kind: 'copy'; readonly text: string };

export interface DashboardState {
  readonly title: string;
  readonly live: boolean;
  /** The capture goes on growing: live, or a file that is followed. */
  readonly growing: boolean;
  readonly ascii: boolean;
  readonly notice: string | null;
  /** Text of the newest event that was seen and put away; '' for none. */
  readonly dismissed: string;
  readonly columns: number;
  readonly rows: number;
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly view: ViewName;
  readonly help: boolean;
  readonly helpTop: number;
  readonly frozen: boolean;
  /** What the views draw; equal to `latest` unless frozen. */
  readonly shown: Picture;
  readonly latest: Picture;
  /** Id of the selected way, which filters the other views. */
  readonly way: string | null;
  /** Id of the flow that packets are restricted to; 0 for all. */
  readonly flow: number;
  /** How often the counters were cleared: answers from before are stale. */
  readonly epoch: number;
  readonly packets: PacketsState;
  readonly flows: FlowsState;
  readonly filter: FilterState;
  readonly search: SearchState;
  readonly message: Message | null;
  readonly confirmClear: boolean;
  readonly lastClick: { readonly x: number; readonly y: number; readonly atMs: number } | null;
  readonly effects: readonly Effect[];
}

const emptyList = {
  total: 0,
  known: false,
  from: 0,
  rows: [],
  top: 0,
  selected: 0,
  due: true,
  isPartial: false,
};

export interface InitialState {
  readonly title: string;
  readonly live: boolean;
  readonly following?: boolean;
  readonly ascii: boolean;
  readonly notice: string | null;
  /** A filter applied from the start, which filterMistake() has nothing against. */
  readonly filter?: string;
  readonly columns: number;
  readonly rows: number;
  readonly nowMs: number;
}

export function initialState(given: InitialState): DashboardState {
  const picture: Picture = { snapshot: null, rates: noRates, atMs: given.nowMs };
  const { following: growing = given.live, filter = '', ...said } = given;
  return {
    ...said,
    growing,
    dismissed: '',
    startedAtMs: given.nowMs,
    // Who names a filter asks for the packets that it selects.
    view: filter === '' ? 'ways' : 'packets',
    help: false,
    helpTop: 0,
    frozen: false,
    shown: picture,
    latest: picture,
    way: null,
    flow: 0,
    epoch: 0,
    packets: {
      ...emptyList,
      selectedNumber: 0,
      anchor: 0,
      soughtNumber: 0,
      following: growing,
      focus: 'list',
      zoomed: false,
      detailNumber: 0,
      detail: null,
      folds: {},
      path: '',
      byte: 0,
      treeTop: 0,
      hexTop: 0,
    },
    flows: { ...emptyList, selectedId: 0, sort: 'first', descending: false },
    filter: { text: filter, line: null, history: filter === '' ? [] : [filter] },
    search: { typed: null, pattern: '', job: null },
    message: null,
    confirmClear: false,
    lastClick: null,
    effects: [],
  };
}

/** The list without rows, to be asked for again; what else is known of it stays. */
export function emptied<State extends ListState<unknown>>(list: State): State {
  return { ...list, ...emptyList };
}

export function packetsFilter(state: DashboardState): ViewFilter {
  const filter = flowsFilter(state);
  return state.flow === 0 ? filter : { ...filter, flow: state.flow };
}

export function flowsFilter(state: DashboardState): ViewFilter {
  const filter = wayFilter(state.way);
  const { text } = state.filter;
  return text === '' ? filter : { ...filter, text };
}

/** Tells answers to an earlier filter, or from before a clear, from those to the present one. */
export function packetsKey(state: DashboardState): string {
  return `${state.epoch} ${state.way ?? ''} ${state.flow} ${state.filter.text}`;
}

export function flowsKey(state: DashboardState): string {
  const { sort, descending } = state.flows;
  return `${state.epoch} ${state.way ?? ''} ${sort} ${descending} ${state.filter.text}`;
}

/** The row held at `index`, or undefined. */
export function rowAt<Row>(list: ListState<Row>, index: number): Row | undefined {
  return list.rows[index - list.from];
}
