import test from 'ava';
import type { RingSource } from '../../src/capture/ring-source.js';
import { RingBudget, ringShare } from '../../src/verify/ring-budget.js';

const mebibyte = 1 << 20;

/** Opens rings until the budget refuses. @returns the size of each */
async function openAll(budget: RingBudget): Promise<number[]> {
  const sizes: number[] = [];
  const open = async (bytes: number): Promise<RingSource> => {
    sizes.push(bytes);
    return {} as RingSource;
  };
  try {
    for (;;) await budget.open('eth0', open);
  } catch {
    return sizes;
  }
}

test('few rings are large, many small, and all of them have no more than there is', async (t) => {
  for (const expected of [0, 1, 10, 100, 1000]) {
    const sizes = await openAll(new RingBudget(expected, null));
    t.true(sizes.every((bytes) => bytes >= mebibyte && bytes <= 8 * mebibyte));
    t.true(sizes.reduce((sum, bytes) => sum + bytes, 0) <= 256 * mebibyte);
  }
});

test('interfaces that come late have something left', async (t) => {
  t.true((await openAll(new RingBudget(100, null))).length >= 200);
  t.is((await openAll(new RingBudget(16, null)))[15], 8 * mebibyte);
});

test('a size that was given is kept to, for as many rings as 4 GiB hold', async (t) => {
  const sizes = await openAll(new RingBudget(1, 64 * mebibyte));
  t.is(sizes.length, 64);
  t.true(sizes.every((bytes) => bytes === 64 * mebibyte));
});

test('what is closed is given back, and what could not be opened was not taken', async (t) => {
  const budget = new RingBudget(1, 2 ** 31);
  const source = {} as RingSource;
  const open = async (): Promise<RingSource> => source;
  const fail = (): Promise<never> => Promise.reject(new Error('no such interface'));
  await t.throwsAsync(budget.open('eth0', fail), { message: 'no such interface' });
  // While one is being opened, its share is taken.
  await Promise.all([budget.open('eth0', open), budget.open('eth1', async () => ({}) as RingSource)]);
  await t.throwsAsync(budget.open('eth2', open), { message: /left out: .* have taken the 4096 MiB/ });
  budget.giveBack(source);
  budget.giveBack(source);
  await t.notThrowsAsync(budget.open('eth2', open));
  await t.throwsAsync(budget.open('eth3', open));
});

test('a share is between the least and the most that a ring has', (t) => {
  t.is(ringShare(0), 8 * mebibyte);
  t.is(ringShare(64), 4 * mebibyte);
  t.is(ringShare(100_000), mebibyte);
});
