/**
 * The parts that views are made of, as functions.
 */
import test from 'ava';
import fc from 'fast-check';
import { localityName } from '../../src/classify/locality.js';
import type { Field } from '../../src/decode/field.js';
import { Canvas } from '../../src/tui/canvas.js';
import { numberColumn, rowLine, sizeColumns, textColumn } from '../../src/tui/columns.js';
import { fieldAt, innermost, visibleNodes } from '../../src/tui/field-tree.js';
import { glyphsFor } from '../../src/tui/glyphs.js';
import { keyName, mouseReports } from '../../src/tui/key-name.js';
import { commandOf, keymap } from '../../src/tui/keymap.js';
import { keepVisible } from '../../src/tui/layout.js';
import { toSgr } from '../../src/tui/palette.js';
import { addSnapshot, history, noRates } from '../../src/tui/rates.js';
import { sparkline } from '../../src/tui/sparkline.js';
import { fitLine, lineWidth, plainText, span } from '../../src/tui/styled.js';
import { everyWay } from '../../src/tui/way.js';
import { compactCount } from '../../src/tui/ways-row.js';
import { cutMiddle, cutText, displayWidth, fitText, wireText } from '../../src/tui/width.js';
import { FixedPort } from './fixed-port.js';

test('text from the wire has no control character and is cut and filled to exact widths', (t) => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 1, max: 40 }),
      fc.boolean(),
      (text, cells, ascii) => {
        const safe = wireText(text, ascii);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
        if (/[\x00-\x1f\x7f-\x9f]/.test(safe)) return false;
        if (ascii && /[^\x20-\x7e]/.test(safe)) return false;
        return displayWidth(fitText(safe, cells)) === cells && displayWidth(cutMiddle(safe, cells)) <= cells;
      },
    ),
    { numRuns: 500 },
  );
  t.pass();
});

test('wide characters take two cells and disputed ones are written out', (t) => {
  t.is(displayWidth('名前'), 4);
  t.is(cutText('名前解決', 6), '名前…');
  t.is(wireText('a😀b', false), 'a\\u{1f600}b');
  t.is(wireText('→ µs', true), '-> us');
  t.is(cutMiddle('255.255.255.255:67', 16), '255.255.2…255:67');
});

test('lines are fitted by cells, and markup in them stays text', (t) => {
  const line = [span('{red-fg}', 'bad'), span('名前')];
  t.is(lineWidth(fitLine(line, 10)), 10);
  t.is(plainText(fitLine(line, 10)), '{red-fg}… ');
  t.is(toSgr([span('{x}', 'bad')], 'none'), '\x1b[m\x1b[1m{x}\x1b[m');
});

test('a canvas keeps wide characters and styles in their cells', (t) => {
  const canvas = new Canvas(8, 3, glyphsFor(true));
  canvas.box(0, 0, 8, 3);
  canvas.put(1, 1, '名x', 'bold');
  const lines = canvas.lines().map(plainText);
  t.deepEqual(lines, ['+------+', '|名x   |', '+------+']);
});

test('the lightest columns go first, and what is left over is shared', (t) => {
  const columns = [
    numberColumn<string>('No.', [4, 4], 90, () => '12'),
    textColumn<string>('Name', [5, 20], 95, (row) => row),
    textColumn<string>('Info', [5, 99], 10, () => 'info'),
  ];
  t.is(plainText(rowLine(sizeColumns(columns, 12), 'localhost')), '  12 localh…');
  t.is(plainText(rowLine(sizeColumns(columns, 22), 'localhost')), '  12 localho… info    ');
});

test('a sparkline scales to its tallest bar and never hides a count', (t) => {
  t.is(sparkline([0, 1, 1000], 3, glyphsFor(false)), '▁▂█');
  t.is(sparkline([0, 0, 0], 3, glyphsFor(false)), '▁▁▁');
  t.is(sparkline(new Array(100).fill(1), 10, glyphsFor(false)), '█'.repeat(10));
});

test('counts are shortened only where they do not fit', (t) => {
  t.is(compactCount(1_234_567, 9), '1,234,567');
  t.is(compactCount(1_234_567, 7), '1.2M');
  t.is(compactCount(999_999_999, 7), '1.0G');
});

const field = (name: string, offset: number, len: number, children: Field[] = []): Field => {
  return { name, value: '', meaning: '', offset, len, children };
};
const fields = [
  field('Ethernet', 0, 14),
  field('IP', 14, 20, [
    field('Flags', 20, 2, [field('MF', 20, 1)]),
    field('Option', 30, 2),
    field('Option', 32, 2),
  ]),
];

test('the innermost field of a byte is found with all above it', (t) => {
  t.deepEqual(innermost(fields, 20)?.above, ['IP', 'IP/Flags']);
  t.is(innermost(fields, 20)?.path, 'IP/Flags/MF');
  t.is(innermost(fields, 21)?.path, 'IP/Flags');
  t.is(innermost(fields, 33)?.path, 'IP/Option#2');
  t.is(innermost(fields, 34), null);
  t.is(fieldAt(fields, 'IP/Option#2')?.offset, 32);
  t.is(fieldAt(fields, 'IP/TTL'), null);
});

test('folding decides which nodes are visible', (t) => {
  const paths = (folds: Record<string, boolean>) => visibleNodes(fields, folds).map((node) => node.path);
  t.deepEqual(paths({}), ['Ethernet', 'IP', 'IP/Flags', 'IP/Option', 'IP/Option#2']);
  t.deepEqual(paths({ IP: false }), ['Ethernet', 'IP']);
  t.true(paths({ 'IP/Flags': true }).includes('IP/Flags/MF'));
});

test('every locality stands in exactly one way, so that the ways add up to the frames', (t) => {
  t.deepEqual(
    everyWay.map((way) => way.locality).sort((a, b) => a - b),
    localityName.map((_, i) => i) as never,
  );
});

test('no key means two things in one view', (t) => {
  for (const view of ['ways', 'packets', 'flows'] as const) {
    const keys = keymap
      .filter((one) => one.views.length === 0 || one.views.includes(view))
      .flatMap((one) => one.keys);
    t.is(new Set(keys).size, keys.length, view);
  }
  t.is(commandOf('s', 'flows'), 'sort');
  t.is(commandOf('s', 'packets'), null);
});

test('keys and mouse reports come under the names of the keymap', (t) => {
  t.is(keyName('G', { name: 'g', shift: true }), 'G');
  t.is(keyName('\x03', { name: 'c', ctrl: true }), 'C-c');
  t.is(keyName(undefined, { name: 'tab', shift: true }), 'S-tab');
  t.is(keyName('\r', { name: 'return' }), null);
  t.is(keyName('\r', { name: 'enter' }), 'enter');
  t.is(keyName('\\', {}), '\\');
  t.deepEqual(mouseReports('\x1b[<0;3;4M\x1b[<0;3;4m\x1b[<65;1;1M\x1b[<2;1;1M'), [
    { action: 'click', x: 2, y: 3 },
    { action: 'wheel-down', x: 0, y: 0 },
  ]);
});

test('a list scrolls as little as it must', (t) => {
  t.is(keepVisible(0, 4, 5, 100), 0);
  t.is(keepVisible(0, 5, 5, 100), 1);
  t.is(keepVisible(50, 10, 5, 100), 10);
  t.is(keepVisible(98, 99, 5, 100), 95);
  t.is(keepVisible(3, 0, 5, 2), 0);
});

test('rates come from the last second, history from whole seconds, and a clear starts both anew', async (t) => {
  const port = new FixedPort(true, 0);
  let rates = noRates;
  for (let atMs = 0; atMs <= 5000; atMs += 100) {
    port.frames += 12;
    rates = addSnapshot(rates, await port.snapshot(), atMs);
  }
  t.is(Math.round(rates.framesPerSecond), 120);
  t.deepEqual(history(rates, [0], 6, 5000), [0, 0, 0, 0, 196, 4]);
  t.deepEqual(history(rates, [0], 40, 5000).slice(-6), [36, 40, 40, 40, 40, 4]);
  port.frames = 3;
  rates = addSnapshot(rates, await port.snapshot(), 5100);
  t.is(rates.framesPerSecond, 0);
  t.deepEqual(rates.seconds, []);
});
