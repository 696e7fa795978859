/**
 * What is told of repeated runs. Machines are noisy: the median is the figure, the range says how far to trust it.
 */

/** The middle value; of an even number, the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The largest value; NaN of none. */
export function most(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : Math.max(...values);
}
