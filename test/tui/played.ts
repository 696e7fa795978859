/**
 * The reducer without a terminal: keys as events, and the answers of an analyzer to what the state wants.
 */
import type { DashboardEvent } from '../../src/tui/event.js';
import { reduce } from '../../src/tui/reduce.js';
import { type DashboardState, initialState } from '../../src/tui/state.js';
import { wants } from '../../src/tui/wants.js';
import type { FixedPort } from './fixed-port.js';

export function start(live: boolean, columns = 80, rows = 24): DashboardState {
  return initialState({ title: 'lo', live, ascii: false, notice: null, columns, rows, nowMs: 0 });
}

export const key = (name: string): DashboardEvent => ({
  kind: 'key',
  name,
  text: name.length === 1 ? name : '',
  atMs: 0,
});
export const press = (state: DashboardState, ...names: string[]) =>
  names.reduce((now, name) => reduce(now, key(name)), state);

/** Answers what the state wants until it wants nothing more. */
export async function answered(given: DashboardState, port: FixedPort): Promise<DashboardState> {
  let state = reduce(given, { kind: 'snapshot', snapshot: await port.snapshot(), atMs: 0 });
  for (let i = 0; i < 10; i++) {
    const { packets, index, detail, flows } = wants(state);
    if (index !== null) {
      const place = await port.indexOf(index.number, index.filter);
      state = reduce(state, { kind: 'index', key: index.key, number: index.number, index: place });
    } else if (packets !== null) {
      const page = await port.rows(packets.from, packets.count, packets.filter);
      state = reduce(state, { kind: 'packets', key: packets.key, from: packets.from, page });
    } else if (detail !== null) {
      state = reduce(state, {
        kind: 'detail',
        number: detail.number,
        detail: await port.detail(detail.number),
      });
    } else if (flows !== null) {
      const { sort, descending, from, count, filter } = flows;
      const page = await port.flows(sort, descending, from, count, filter);
      state = reduce(state, { kind: 'flows', key: flows.key, from, page });
    }
  }
  return state;
}
