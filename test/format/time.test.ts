import test from 'ava';
import { formatRfc3339, formatTimeOfDay } from '../../src/format/time.js';

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
