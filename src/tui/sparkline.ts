/**
 * A series of counts as one row of bars.
 */
import type { Glyphs } from './glyphs.js';

/** `counts` in at most `cells` bars, each scaled to the tallest; a count above 0 is never drawn as nothing. */
export function sparkline(counts: readonly number[], cells: number, glyphs: Glyphs): string {
  const bars = counts.length > cells ? resample(counts, cells) : counts;
  const most = bars.reduce((max, count) => Math.max(max, count), 0);
  const steps = glyphs.spark.length - 1;
  let text = '';
  for (const count of bars)
    text += glyphs.spark[count <= 0 ? 0 : Math.max(1, Math.round((count / most) * steps))];
  return text;
}

/** Sums of `counts` in `cells` groups of nearly equal size. */
function resample(counts: readonly number[], cells: number): number[] {
  const sums = new Array<number>(Math.max(0, cells)).fill(0);
  counts.forEach((count, i) => {
    const cell = Math.floor((i * cells) / counts.length);
    sums[cell] +=
      count / (Math.ceil(((cell + 1) * counts.length) / cells) - Math.ceil((cell * counts.length) / cells));
  });
  return sums;
}
