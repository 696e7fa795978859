/**
 * fast-check in AVA: a bounded number of runs from a seed that the log shows.
 */
import type { ExecutionContext } from 'ava';
import fc from 'fast-check';

/** Runs a property; repeat a failure with the seed that it prints, as FC_SEED. */
export async function check<T>(
  t: ExecutionContext,
  property: fc.IAsyncProperty<T> | fc.IProperty<T>,
  numRuns = 200,
): Promise<void> {
  const seed = Number(process.env.FC_SEED ?? Date.now() & 0x7fffffff);
  t.log(`seed ${seed}`);
  await fc.assert(property, { seed, numRuns });
  t.pass();
}
