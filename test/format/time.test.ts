import test from 'ava';
import { formatRfc3339, formatTimeOfDay, parseTime } from '../../src/format/time.js';

const cases = [
  [0n, '1970-01-01T00:00:00.000000000Z'],
  [1_795_324_401_123_456_789n, '2026-11-22T05:13:21.123456789Z'],
  [-1n, '1969-12-31T23:59:59.999999999Z'],
  [-1_000_000_000n, '1969-12-31T23:59:59.000000000Z'],
  [8_640_000_000_000_000_000_000n, '+275760-09-13T00:00:00.000000000Z'],
  [9_000_000_000_000_000_000_000n, '9000000000000000000000ns'],
] as const;

for (const [ns, text] of cases) {
  test(`${ns} ns is ${text}`, (t) => {
    t.is(formatRfc3339(ns), text);
  });
}

test('a packet list shows the time of day in microseconds', (t) => {
  t.is(formatTimeOfDay(1_795_324_401_123_456_789n), '05:13:21.123456');
  t.is(formatTimeOfDay(9_000_000_000_000_000_000_000n), '9000000000000000000000ns');
});

const times: readonly (readonly [string, string | null])[] = [
  ['2026-11-22T05:13:21.123456789Z', '2026-11-22T05:13:21.123456789Z'],
  ['2026-11-22 05:13:21', '2026-11-22T05:13:21.000000000Z'],
  ['2026-11-22T05:13+01:00', '2026-11-22T04:13:00.000000000Z'],
  ['2026-11-22', '2026-11-22T00:00:00.000000000Z'],
  ['1969-12-31T23:59:59.5Z', '1969-12-31T23:59:59.500000000Z'],
  ['2026-02-30', null],
  ['2026-13-01', null],
  ['2026-11-22T24:00:00', null],
  ['2026-11-22T', null],
  ['05:61', null],
  ['', null],
  ['Z', null],
  ['yesterday', null],
];

for (const [text, expected] of times) {
  test(`a time is read, or is none: "${text}"`, (t) => {
    const time = parseTime(text);
    t.is(time === null ? null : formatRfc3339(time.ns), expected);
  });
}

test('a time of day alone is counted from midnight UTC', (t) => {
  t.deepEqual(parseTime('05:13:21.5'), { ns: 18_801_500_000_000n, isTimeOfDay: true });
  t.deepEqual(parseTime('00:30+01:00'), { ns: 84_600_000_000_000n, isTimeOfDay: true });
});
