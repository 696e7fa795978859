import test from 'ava';
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatHex,
  formatPerSecond,
  plural,
} from '../../src/format/units.js';

const bytes = [
  [0, '0 B'],
  [740, '740 B'],
  [999, '999 B'],
  [999.6, '1.0 kB'],
  [1000, '1.0 kB'],
  [98_100_000, '98.1 MB'],
  [999_400, '999 kB'],
  [999_600, '1.0 MB'],
  [1.5e12, '1.5 TB'],
  [5e15, '5000 TB'],
] as const;

for (const [count, text] of bytes) {
  test(`${count} bytes are ${text}`, (t) => {
    t.is(formatBytes(count), text);
  });
}

test('counts are grouped by thousands', (t) => {
  t.is(formatCount(1_234_567), '1,234,567');
  t.is(formatCount(0), '0');
});

test('a rate has a decimal only where it is small', (t) => {
  t.deepEqual([0, 0.42, 9.94, 9.96, 12.4, 12_345].map(formatPerSecond), [
    '0',
    '0.4',
    '9.9',
    '10',
    '12',
    '12,345',
  ]);
});

test('a clock counts hours as far as needed', (t) => {
  t.deepEqual([-1, 0, 83.9, 3600, 360_000].map(formatClock), [
    '00:00:00',
    '00:00:00',
    '00:01:23',
    '01:00:00',
    '100:00:00',
  ]);
});

test('a duration has the unit that suits it', (t) => {
  t.deepEqual([0, 89_000, 56_700_000, 1_234_000_000].map(formatDuration), [
    '0 µs',
    '89 µs',
    '56.7 ms',
    '1.234 s',
  ]);
});

test('a hexadecimal field has all its digits', (t) => {
  t.is(formatHex(0x800, 2), '0x0800');
  t.is(formatHex(0xdeadbeef, 4), '0xdeadbeef');
});

test('one is singular, all else plural', (t) => {
  t.deepEqual(
    [0, 1, 2].map((count) => plural(count, 'byte')),
    ['0 bytes', '1 byte', '2 bytes'],
  );
});
