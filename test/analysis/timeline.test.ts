import test from 'ava';
import fc from 'fast-check';
import { Timeline } from '../../src/analysis/timeline.js';
import { Locality, localityName } from '../../src/classify/locality.js';
import { check } from '../capture/property.js';

function addAt(timeline: Timeline, timesNs: readonly bigint[], locality: Locality = Locality.loopback): void {
  const words = new Int32Array(BigInt64Array.from(timesNs).buffer);
  timeline.add(words, new Uint8Array(timesNs.length).fill(locality), 0, timesNs.length);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const second = 1_000_000_000n;
const start = 1_790_000_000n * second;

test('an empty timeline has a row a locality and no steps', (t) => {
  t.deepEqual(
    new Timeline().countsByLocality(),
    localityName.map(() => []),
  );
});

test('each frame stands in the step of its own time', (t) => {
  const timeline = new Timeline();
  addAt(timeline, [start, start + second / 16n - 1n * 1000n, start + second / 16n, start + second / 4n]);
  t.is(timeline.stepSeconds, 1 / 16);
  t.deepEqual(timeline.countsByLocality()[Locality.loopback], [2, 1, 0, 0, 1]);
});

test('doubling the step joins neighbours and keeps the sums', (t) => {
  const timeline = new Timeline();
  // One frame a step, for all 128 steps, of two localities in turn.
  for (let i = 0n; i < 128n; i++) {
    addAt(timeline, [start + (i * second) / 16n], i % 2n === 0n ? Locality.loopback : Locality.leak);
  }
  t.deepEqual(timeline.countsByLocality()[Locality.leak].slice(0, 4), [0, 1, 0, 1]);
  addAt(timeline, [start + 8n * second], Locality.stray);
  t.is(timeline.stepSeconds, 1 / 8);
  const counts = timeline.countsByLocality();
  t.deepEqual(counts[Locality.loopback], [...Array(64).fill(1), 0]);
  t.deepEqual(counts[Locality.leak], [...Array(64).fill(1), 0]);
  t.deepEqual(counts[Locality.stray], [...Array(64).fill(0), 1]);
});

test('a frame a year later fits, and the first still stands in the first step', (t) => {
  const timeline = new Timeline();
  addAt(timeline, [start, start + 31_536_000n * second]);
  const row = timeline.countsByLocality()[Locality.loopback];
  t.is(row[0], 1);
  t.is(row.at(-1), 1);
  t.true(row.length > 64 && row.length <= 128);
});

test('frames before the first count for the first step', (t) => {
  const timeline = new Timeline();
  addAt(timeline, [start, start - second, start - 1_000_000n * second]);
  t.deepEqual(timeline.countsByLocality()[Locality.loopback], [3]);
});

test('times before 1970 have their own steps', (t) => {
  const timeline = new Timeline();
  addAt(timeline, [-10n * second]);
  addAt(timeline, [-9n * second]);
  t.deepEqual(
    timeline
      .countsByLocality()
      [Locality.loopback].flatMap((frames, step) => (frames > 0 ? [[step, frames]] : [])),
    [
      [0, 1],
      [16, 1],
    ],
  );
});

test('any times add up, in any batches', async (t) => {
  const time = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const near = fc.bigInt({ min: 0n, max: 100n * second }).map((ns) => start + ns);
  const property = fc.property(
    fc.array(fc.oneof(time, near), { maxLength: 60 }),
    fc.nat(60),
    (times, cut) => {
      const once = new Timeline();
      addAt(once, times);
      const twice = new Timeline();
      addAt(twice, times.slice(0, cut));
      addAt(twice, times.slice(cut));
      const counts = once.countsByLocality();
      return (
        sum(counts.map(sum)) === times.length &&
        counts[0].length <= 128 &&
        JSON.stringify(counts) === JSON.stringify(twice.countsByLocality())
      );
    },
  );
  await check(t, property, 500);
});
