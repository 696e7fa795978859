/**
 * The reducer as a function, without a terminal: what keys and answers do to the state, and what it then wants.
 */
import test from 'ava';
import fc from 'fast-check';
import { keymap, lineKeymap } from '../../src/tui/keymap.js';
import { reduce } from '../../src/tui/reduce.js';
import { renderScreen } from '../../src/tui/screen-view.js';
import { type DashboardState, packetsFilter, packetsKey } from '../../src/tui/state.js';
import { lineWidth, plainText } from '../../src/tui/styled.js';
import { wants } from '../../src/tui/wants.js';
import { FixedPort } from './fixed-port.js';
import { answered, press, start } from './played.js';

test('selecting a way filters packets and flows, Esc shows all again', async (t) => {
  const port = new FixedPort(false);
  let state = press(await answered(start(false), port), 'j', 'j');
  t.is(state.way, 'own');
  t.deepEqual(packetsFilter(state), { localities: [3] });
  state = await answered(press(state, 'enter'), port);
  t.is(state.view, 'packets');
  t.is(state.packets.total, 5);
  state = press(state, 'escape');
  t.deepEqual(packetsFilter(state), {});
});

test('another filter keeps the selected packet, or goes to the next that matches', async (t) => {
  const port = new FixedPort(false);
  let state = await answered(press(start(false), '2'), port);
  state = await answered(press(state, ...new Array(20).fill('j')), port);
  t.is(state.packets.selectedNumber, 21);
  state = await answered(press(state, '1', 'G', 'k', 'k', 'k', '2'), port);
  t.is(state.way, 'leaks');
  t.is(state.packets.selectedNumber, 24);
  state = await answered(press(state, 'escape'), port);
  t.is(state.packets.selectedNumber, 24);
  t.is(state.packets.selected, 23);
});

test('an answer to an earlier filter is dropped', async (t) => {
  const port = new FixedPort(false);
  const state = press(await answered(press(start(false), '2'), port), '1', 'j', '2');
  const page = await port.rows(0, 10, {});
  t.is(reduce(state, { kind: 'packets', key: '0  0', from: 0, page }).packets.known, false);
  t.is(reduce(state, { kind: 'packets', key: packetsKey(state), from: 0, page }).packets.known, true);
});

test('a following list that outgrows its question is asked for once more, not for ever', async (t) => {
  const port = new FixedPort(true, 100);
  let state = press(start(true), '2');
  state = reduce(state, { kind: 'snapshot', snapshot: await port.snapshot(), atMs: 0 });
  for (const expected of [true, true, false]) {
    const { packets } = wants(state);
    t.is(packets !== null, expected);
    if (packets === null) continue;
    const page = await port.rows(packets.from, packets.count, packets.filter);
    port.frames += 1000;
    state = reduce(state, {
      kind: 'packets',
      key: packets.key,
      from: packets.from,
      page: { ...page, total: port.frames },
    });
  }
});

test('Enter goes from list to tree to bytes and Esc comes back', async (t) => {
  const port = new FixedPort(false);
  let state = await answered(press(start(false), '2'), port);
  const seen: string[] = [];
  for (const name of ['enter', 'enter', 'escape', 'escape']) {
    state = press(state, name);
    seen.push(state.packets.focus);
  }
  t.deepEqual(seen, ['tree', 'hex', 'tree', 'list']);
});

test('a selected field names its bytes, a moved byte selects and unfolds its field', async (t) => {
  const port = new FixedPort(false);
  let state = await answered(press(start(false), '2'), port);
  state = press(state, 'enter', 'down', 'down', 'down');
  t.is(state.packets.path, 'Internet Protocol Version 4/Header Length');
  t.is(state.packets.byte, 14);
  state = press(state, 'enter', ...new Array(6).fill('right'));
  t.is(state.packets.path, 'Internet Protocol Version 4/Flags/More Fragments');
  t.true(state.packets.folds['Internet Protocol Version 4/Flags']);
  state = await answered(press(state, 'escape', 'escape', 'j'), port);
  t.is(state.packets.path, 'Internet Protocol Version 4/Flags/More Fragments', 'kept from packet to packet');
});

test('Left folds, goes to the field above, then to the list', async (t) => {
  const port = new FixedPort(false);
  let state = await answered(press(start(false), '2', 'enter'), port);
  state = press(state, 'down', 'right');
  t.is(state.packets.path, 'Internet Protocol Version 4/Version');
  state = press(state, 'left');
  t.is(state.packets.path, 'Internet Protocol Version 4');
  state = press(state, 'left');
  t.false(state.packets.folds['Internet Protocol Version 4']);
  t.is(press(state, 'left').packets.focus, 'list');
});

test('Enter on a flow shows its packets from the first, Esc returns to the flows', async (t) => {
  const port = new FixedPort(true);
  let state = await answered(press(start(true), '3'), port);
  state = await answered(press(state, 'j', 'j', 'enter'), port);
  t.is(state.view, 'packets');
  t.deepEqual(state.packets.rows.map((row) => row.number).slice(0, 2), [3, 15]);
  t.is(state.packets.selectedNumber, 3);
  t.is(press(state, 'escape').view, 'flows');
});

test('a frame no longer held is said to be so', async (t) => {
  const port = new FixedPort(false);
  let state = await answered(press(start(false), '2'), port);
  state = reduce(state, { kind: 'detail', number: 1, detail: null });
  const text = renderScreen(state).map((line) => line.map((part) => part.text).join(''));
  t.true(text.some((line) => line.includes('frame 1 is no longer held')));
});

test('any keys at any size give a screen of exactly that size', async (t) => {
  const port = new FixedPort(false);
  const names = [
    ...keymap.flatMap((one) => one.keys).filter((name) => name !== 'q' && name !== 'C-c'),
    ...lineKeymap.flatMap((one) => one.keys),
    ...'udp (名'.replaceAll(' ', ''),
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...names), { maxLength: 25 }),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 70 }),
      fc.boolean(),
      fc.boolean(),
      async (keys, columns, rows, live, ascii) => {
        let state: DashboardState = { ...start(live, columns, rows), ascii };
        for (const name of keys) state = await answered(press(state, name), port);
        const lines = renderScreen(state);
        const drawable = !ascii || lines.every((line) => /^[\x20-\x7e]*$/.test(plainText(line)));
        return drawable && lines.length === rows && lines.every((line) => lineWidth(line) === columns);
      },
    ),
    { numRuns: 150 },
  );
  t.pass();
});
