/**
 * The filter line and the filter that is applied, in the reducer and on the screen it makes.
 */
import test from 'ava';
import { renderScreen } from '../../src/tui/screen-view.js';
import { type DashboardState, flowsFilter, initialState, packetsFilter } from '../../src/tui/state.js';
import { plainText } from '../../src/tui/styled.js';
import { wants } from '../../src/tui/wants.js';
import { FixedPort } from './fixed-port.js';
import { answered, press, start } from './played.js';

/** The names of the keys that type a text. */
const keys = (text: string) => [...text];
const screen = (state: DashboardState) => renderScreen(state).map((line) => plainText(line).trimEnd());
const numbers = (state: DashboardState) => state.packets.rows.map((row) => row.number);
const lineText = (state: DashboardState) => state.filter.line?.edited.text;

test('Enter applies the filter to packets and flows, and Esc shows all again at the same packet', async (t) => {
  const port = new FixedPort(false);
  let state = await answered(press(start(false), '2'), port);
  state = press(state, '/', ...keys('udp port 53'));
  t.deepEqual(packetsFilter(state), {}, 'typing alone changes nothing');
  state = await answered(press(state, 'enter'), port);
  t.is(state.filter.line, null);
  t.deepEqual(packetsFilter(state), { text: 'udp port 53' });
  t.deepEqual(flowsFilter(state), { text: 'udp port 53' });
  t.deepEqual(numbers(state), [12, 24, 36, 48, 60]);
  t.is(state.packets.selectedNumber, 12, 'the next one that matches');
  state = await answered(press(state, '3'), port);
  t.deepEqual(
    state.flows.rows.map((flow) => flow.id),
    [12],
  );
  state = await answered(press(state, 'escape', '2'), port);
  t.is(state.packets.total, 60);
  t.is(state.packets.selectedNumber, 12);
});

test('from a filter that selects nothing, Esc comes back to the packet that was selected', async (t) => {
  const port = new FixedPort(false);
  let state = await answered(press(start(false), '2'), port);
  state = await answered(press(state, ...new Array<string>(20).fill('j')), port);
  t.is(state.packets.selectedNumber, 21);
  state = await answered(press(state, '/', ...keys('sctp'), 'enter'), port);
  t.is(state.packets.total, 0);
  t.is(state.packets.detail, null);
  t.true(screen(state).includes('  no packets here that the filter selects'));
  t.is((await answered(press(state, 'escape'), port)).packets.selectedNumber, 21);
});

test('a text that is no filter cannot be applied: the cursor goes to what is wrong', (t) => {
  const state = press(start(false), '2', '/', ...keys('tcp port eighty or udp'), 'enter');
  t.is(lineText(state), 'tcp port eighty or udp');
  t.is(state.filter.line?.edited.cursor, 9);
  t.is(state.filter.text, '');
  t.is(press(state, 'escape').filter.line, null);
});

test('what is wrong is said at every key, with a caret under it', (t) => {
  let state = press(start(false, 120), '2', '/');
  const said = () => screen(state).slice(-3);
  t.regex(said()[1], /empty: shows all/);
  state = press(state, ...keys('tcp port eighty or udp'));
  t.is(said()[0], ' filter: tcp port eighty or udp');
  t.is(said()[1].indexOf('^'), said()[0].indexOf('eighty'));
  t.regex(said()[1], /unknown service `eighty`, expected/);
  state = press(state, 'home', ...keys('(名'));
  t.is(said()[1].indexOf('^'), said()[0].indexOf('名'));
  state = press(state, 'end', 'C-u', ...keys('tcp'));
  t.is(said()[1], '');
  t.regex(said()[2], /^ Enter apply +Esc leave/);
});

test('a caret stands under its character also in a line too long for the screen', (t) => {
  const long = `host 127.0.0.1 and (${'port 80 or '.repeat(8)}prt 1) and udp`;
  let state = press(start(false, 60, 15), '/', ...keys(long));
  let [line, below] = screen(state).slice(-3);
  t.is(line.length, 58, 'the cursor is on the screen');
  t.is(line[below.indexOf('^')], '1');
  state = press(state, ...keys(' and udp and udp and udp and udp and udp and udp and udp'));
  [line, below] = screen(state).slice(-3);
  t.notRegex(below, /\^/);
  t.regex(screen(state).slice(-1)[0], /^ at character 113: unexpected `1`/);
  [line, below] = screen(press(state, 'home')).slice(-3);
  t.true(line.startsWith(' filter: host 127.0.0.1 and'));
  t.true(line.endsWith('…'));
});

test('Esc leaves the filter as it was', async (t) => {
  const port = new FixedPort(false);
  let state = await answered(press(start(false), '2', '/', ...keys('udp'), 'enter'), port);
  state = press(state, '/');
  t.is(lineText(state), 'udp', 'the line begins with what is applied');
  state = press(state, ...keys(' port 1'), 'escape');
  t.is(state.filter.text, 'udp');
  t.is(state.filter.line, null);
  t.is(wants(state).packets, null, 'nothing is asked for again');
});

test('an empty filter shows all', (t) => {
  let state = press(start(false), '2', '/', ...keys('udp'), 'enter');
  state = press(state, '/', 'C-u', ' ', 'enter');
  t.is(state.filter.text, '');
  t.deepEqual(packetsFilter(state), {});
});

test('up and down go through the filters that were applied, and come back to what was typed', (t) => {
  let state = start(false);
  for (const text of ['tcp', 'udp', 'arp', 'tcp']) state = press(state, '/', 'C-u', ...keys(text), 'enter');
  t.deepEqual(state.filter.history, ['udp', 'arp', 'tcp']);
  state = press(state, 'escape', '/', ...keys('icm'));
  const seen: (string | undefined)[] = [];
  for (const name of ['up', 'up', 'up', 'up', 'down', 'down', 'down', 'down']) {
    state = press(state, name);
    seen.push(lineText(state));
  }
  t.deepEqual(seen, ['tcp', 'arp', 'udp', 'udp', 'arp', 'tcp', 'icm', 'icm']);
});

test('the first step up leaves out the filter that is in the line already', (t) => {
  let state = start(false);
  for (const text of ['tcp', 'udp']) state = press(state, '/', 'C-u', ...keys(text), 'enter');
  t.is(lineText(press(state, '/', 'up')), 'tcp');
  t.is(lineText(press(state, '/', 'down')), '', 'and below it is an empty line');
  t.is(lineText(press(state, '/', ...keys(' port 1'), 'up', 'down')), 'udp port 1', 'unless it was changed');
});

test('the history is bounded', (t) => {
  let state = start(false);
  for (let i = 1; i <= 60; i++) state = press(state, '/', 'C-u', ...keys(`port ${i}`), 'enter');
  t.is(state.filter.history.length, 50);
  t.is(state.filter.history.at(-1), 'port 60');
});

test('Tab completes the word at the cursor, or offers what it could become', (t) => {
  let state = press(start(false), '/', ...keys('loc'), 'tab');
  t.is(lineText(state), 'locality ');
  state = press(state, 'C-u', ...keys('po'), 'tab');
  t.is(lineText(state), 'port');
  t.is(screen(state).at(-2), ' port portrange');
  t.notRegex(screen(press(state, ' ')).at(-2) ?? '', /portrange/);
});

test('= puts a filter for what is selected into the line', async (t) => {
  const port = new FixedPort(false);
  const packets = press(await answered(press(start(false), '2'), port), 'j', 'j');
  t.is(lineText(press(packets, '=')), 'flow 3');
  const arp = await answered(press(packets, ...new Array<string>(8).fill('j')), port);
  t.is(lineText(press(arp, '=')), 'frame 11', 'which belongs to no flow');
  const flows = press(await answered(press(packets, '3'), port), 'j');
  t.is(lineText(press(flows, '=')), 'flow 2');
  t.is(lineText(press(start(false), 'j', 'j', '=')), 'locality self-addressed');
  const nothing = press(start(false), '=');
  t.is(nothing.filter.line, null);
  t.regex(screen(nothing).at(-1) ?? '', /nothing is selected to filter for/);
});

test('a filter applied in Ways shows the packets, as Ways itself counts everything', (t) => {
  const state = press(start(false), '/', ...keys('udp'), 'enter');
  t.is(state.view, 'packets');
  t.regex(screen(press(state, '1'))[1], /lists: only udp/);
});

test('a filter goes together with a way and with a flow, and Esc takes one after the other', async (t) => {
  const port = new FixedPort(false);
  let state = await answered(press(start(false), 'j', '2', '/', ...keys('tcp'), 'enter'), port);
  t.deepEqual(packetsFilter(state), { localities: [0], text: 'tcp' });
  t.regex(screen({ ...state, columns: 120 })[1], /only to 127\/8, ::1, tcp \(Esc: back\)/);
  state = press(await answered(press(state, '3'), port), 'j', 'enter');
  t.deepEqual(packetsFilter(state), { localities: [0], text: 'tcp', flow: 2 });
  state = press(state, 'escape');
  t.is(state.view, 'flows');
  state = press(state, 'escape');
  t.deepEqual(flowsFilter(state), { localities: [0] });
  t.deepEqual(flowsFilter(press(state, 'escape')), {});
});

test('n and N go from match to match of the filter where no text was searched for', async (t) => {
  const port = new FixedPort(false);
  let state = await answered(press(start(false), '2', 'n'), port);
  t.regex(
    screen(press(state, 'n')).at(-1) ?? '',
    /nothing to look for yet: \/ takes a filter, Ctrl-S a text/,
  );
  state = await answered(press(state, '/', ...keys('udp port 53'), 'enter'), port);
  state = press(state, 'n', 'n');
  t.is(state.packets.selectedNumber, 36);
  state = press(state, 'N');
  t.is(state.packets.selectedNumber, 24);
  t.regex(screen(press(state, 'g', 'N')).at(-1) ?? '', /no more packets of the filter above/);
});

test('a filter given at the start is applied, is in the history, and opens Packets', async (t) => {
  const given = { title: 'x.pcap', live: false, ascii: false, notice: null, nowMs: 0, filter: 'udp port 53' };
  let state = await answered(initialState({ ...given, columns: 80, rows: 24 }), new FixedPort(false));
  t.is(state.view, 'packets');
  t.deepEqual(numbers(state), [12, 24, 36, 48, 60]);
  t.regex(screen(state)[1], /only udp port 53/);
  state = press(state, '/');
  t.is(lineText(state), 'udp port 53');
});

test('a list that is not looked through yet does not say that it is empty, nor how long it is', async (t) => {
  const port = new FixedPort(false);
  const rows = port.rows.bind(port);
  let found = 0;
  port.rows = async (...asked) => ({ ...(await rows(...asked)), total: found, rows: [], isPartial: true });
  const state = await answered(press(start(false), '2', '/', ...keys('udp'), 'enter'), port);
  t.true(screen(state).includes('  no packets so far: looking on'));
  t.regex(screen(state)[1], /looking/);
  found = 12;
  t.regex(screen(await answered(state, port))[1], /1 of 12\+/);
});

test('keys and the mouse do nothing else while the line is open', (t) => {
  let state = press(start(false), '2', '/', 'q', '1', '?');
  t.is(lineText(state), 'q1?');
  t.is(state.view, 'packets');
  t.deepEqual(state.effects, []);
  state = press(state, 'C-c');
  t.deepEqual(state.effects, [{ kind: 'quit' }]);
});
