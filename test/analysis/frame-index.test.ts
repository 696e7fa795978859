import test from 'ava';
import { FrameIndex } from '../../src/analysis/frame-index.js';
import { FrameStore } from '../../src/analysis/frame-store.js';
import type { ViewFilter } from '../../src/analysis/port.js';
import { Locality } from '../../src/classify/locality.js';
import { storeFrames } from './store.js';

const mebibyte = 1 << 20;
const nowhere = () => ({ interfaceNames: [], interfaceIndex: 0 });
/** Every tenth frame is a leak. */
const tenthLeaks = (number: number): number => (number % 10 === 0 ? Locality.leak : Locality.loopback);
const leaks: ViewFilter = { localities: [Locality.leak] };

function filled(budgetBytes: number, count: number, capLen: number) {
  const store = new FrameStore(budgetBytes);
  storeFrames(store, count, capLen, tenthLeaks);
  return { store, index: new FrameIndex(store, nowhere) };
}

test('without a filter the rows are the frames held', (t) => {
  const { index } = filled(mebibyte, 100, 60);
  t.like(index.page(0, 3, {}), { total: 100, numbers: [1, 2, 3] });
  t.like(index.page(98, 10, {}), { total: 100, numbers: [99, 100] });
  t.like(index.page(100, 10, {}), { total: 100, numbers: [] });
  t.like(index.page(1000, 10, {}), { total: 100, numbers: [] });
});

test('an empty store has no rows, filtered or not', (t) => {
  const index = new FrameIndex(new FrameStore(mebibyte), nowhere);
  for (const filter of [{}, leaks]) {
    t.like(index.page(0, 10, filter), { total: 0, numbers: [] });
    t.is(index.rowOf(5, filter), 0);
  }
});

test('a filter on localities, on a flow, on both', (t) => {
  const { index } = filled(mebibyte, 100, 60);
  t.like(index.page(1, 2, leaks), { total: 10, numbers: [20, 30] });
  t.like(index.page(0, 9, { flow: 37 }), { total: 1, numbers: [37] });
  t.like(index.page(0, 9, { flow: 37, ...leaks }), { total: 0, numbers: [] });
  t.like(index.page(0, 9, { flow: 40, ...leaks }), { total: 1, numbers: [40] });
  t.like(index.page(0, 9, { localities: [] }), { total: 0, numbers: [] });
});

test('the row of a frame is its own, or that of the next one that matches', (t) => {
  const { index } = filled(mebibyte, 100, 60);
  t.is(index.rowOf(1, {}), 0);
  t.is(index.rowOf(100, {}), 99);
  t.is(index.rowOf(20, leaks), 1);
  t.is(index.rowOf(21, leaks), 2);
  t.is(index.rowOf(1, leaks), 0);
});

test('behind the last frame is the row behind the last, filtered or not', (t) => {
  const { index } = filled(mebibyte, 100, 60);
  t.is(index.rowOf(101, leaks), 10);
  t.is(index.rowOf(5000, leaks), 10);
  t.is(index.rowOf(5000, {}), 100);
});

test('frames that arrive extend the rows', (t) => {
  const { store, index } = filled(8 * mebibyte, 100, 60);
  t.is(index.page(0, 1, leaks).total, 10);
  storeFrames(store, 900, 60, tenthLeaks);
  t.like(index.page(99, 5, leaks), { total: 100, numbers: [1000] });
  t.is(index.page(0, 0, {}).total, 1000);
});

test('frames that are gone are no rows any more', (t) => {
  const { store, index } = filled(2 * mebibyte, 1000, 1000);
  t.like(index.page(0, 1, leaks), { total: 100, numbers: [10] });
  for (let i = 0; i < 5; i++) storeFrames(store, 1000, 1000, tenthLeaks);
  const firstLeak = Math.ceil(store.first / 10) * 10;
  const { total, numbers } = index.page(0, 1, leaks);
  t.true(store.first > 1000);
  t.deepEqual(numbers, [firstLeak]);
  t.is(total, (6000 - firstLeak) / 10 + 1);
  t.is(index.rowOf(10, leaks), 0, 'a frame that is gone stands before the first');
  t.is(index.page(0, 1, {}).numbers[0], store.first);
  t.is(index.rowOf(1, {}), 0);
});

test('rows stay right while far more frames go than are held', (t) => {
  const store = new FrameStore(2 * mebibyte);
  const index = new FrameIndex(store, nowhere);
  const all: ViewFilter = { localities: [Locality.loopback] };
  for (let i = 0; i < 60; i++) {
    storeFrames(store, 4096, 60);
    const { total, numbers } = index.page(0, 1, all);
    if (total !== store.held || numbers[0] !== store.first) t.fail(`after ${store.last} frames`);
  }
  t.is(store.last, 60 * 4096);
});

test('after a clear no row is of an earlier frame, however many arrive before one looks', (t) => {
  const { store, index } = filled(8 * mebibyte, 100, 60);
  t.is(index.page(0, 1, leaks).total, 10);
  store.clear();
  index.clear();
  storeFrames(store, 2000, 60, (number) => (number === 2000 ? Locality.leak : Locality.loopback));
  t.like(index.page(0, 5, leaks), { total: 1, numbers: [2000] });
});

test('pages and rows over many blocks are those of a look through every frame', async (t) => {
  const store = new FrameStore(24 * mebibyte);
  const index = new FrameIndex(store, nowhere);
  const localityOf = (number: number): number => (Math.imul(number, 0x9e3779b1) >>> 28) % 11;
  const filter: ViewFilter = { localities: [Locality.leak, Locality.stray] };
  for (let i = 0; i < 60; i++) {
    storeFrames(store, 3000, 60, localityOf);
    if (i % 7 === 0) index.step(filter);
  }
  await index.prepare(filter, 0, 0);
  const wanted: number[] = [];
  for (let number = store.first; number <= store.last; number++) {
    if (filter.localities!.includes(localityOf(number) as Locality)) wanted.push(number);
  }
  t.true(store.first > 1 && wanted.length > 2000);
  for (const from of [0, 1, 999, 1500, 2047, wanted.length - 3, wanted.length, wanted.length + 9]) {
    const { total, numbers, isPartial } = index.page(from, 700, filter);
    t.deepEqual([total, isPartial], [wanted.length, false]);
    t.deepEqual(numbers, wanted.slice(from, from + 700), `from row ${from}`);
  }
  for (let number = 0; number < store.last + 50; number += 997) {
    const row = wanted.findIndex((each) => each >= number);
    t.is(index.rowOf(number, filter), row < 0 ? wanted.length : row, `frame ${number}`);
  }
});
