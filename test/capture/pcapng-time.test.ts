import test from 'ava';
import fc from 'fast-check';
import { PcapngClock } from '../../src/capture/pcapng-time.js';
import { check } from './property.js';

function written(resolution: number, offset: bigint, ticks: bigint): bigint {
  const ns = new BigInt64Array(1);
  const words = new Int32Array(ns.buffer);
  new PcapngClock(resolution, offset).write(words, ns, 0, Number(ticks >> 32n), Number(ticks & 0xffffffffn));
  return ns[0];
}

function exact(resolution: number, offset: bigint, ticks: bigint): bigint {
  const exponent = BigInt(resolution & 127);
  const ns = (ticks * 1_000_000_000n) / (resolution & 128 ? 2n ** exponent : 10n ** exponent);
  const sum = ns + offset * 1_000_000_000n;
  return sum > 2n ** 63n - 1n ? 2n ** 63n - 1n : sum < -(2n ** 63n) ? -(2n ** 63n) : sum;
}

const ticks = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 53n }));

test('every resolution is exact, rounded down and held to 64 bits', async (t) => {
  await check(
    t,
    fc.property(
      fc.nat(255),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      ticks,
      (resolution, offset, at) => {
        t.is(written(resolution, offset, at), exact(resolution, offset, at));
      },
    ),
    1000,
  );
});

for (const resolution of [6, 9]) {
  test(`the path without BigInt is exact for 10^-${resolution}`, async (t) => {
    await check(
      t,
      fc.property(fc.bigInt({ min: -5_000_000_000n, max: 5_000_000_000n }), ticks, (offset, at) => {
        t.is(written(resolution, offset, at), exact(resolution, offset, at));
        t.is(written(resolution, 0n, at), exact(resolution, 0n, at));
      }),
      1000,
    );
  });
}
