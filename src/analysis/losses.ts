/**
 * What sources could not show: frames that were dropped, and times in which an interface was not to be seen.
 */
import type { Source } from '../capture/source.js';

/** Was an interface of the source, for a time, not to be seen? */
export function wasBlind({ events = [] }: Source): boolean {
  return events.some(({ kind }) => kind === 'down' || kind === 'removed');
}

/** What a live engine counts, if it can; what a file's interfaces recorded: reading a file drops nothing itself. */
export function droppedOf(source: Source): number | null {
  if (source.format === 'live') return source.stats().dropped;
  return source.interfaces.reduce((sum, { dropped }) => sum + (dropped ?? 0), 0);
}

/** null as soon as one is unknown: a sum that leaves something out would look complete. */
export function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>(
    (sum, value) => (sum === null || value === null ? null : sum + value),
    0,
  );
}
