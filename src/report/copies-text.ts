/**
 * The copies of own broadcasts and multicasts that a check counted, in lines for people.
 */
import { printable } from '../format/printable.js';
import { formatCount } from '../format/units.js';
import type { CopyCounts } from '../verify/copy-counts.js';

/** `2 broadcast and 1 multicast copies looped back, observed; on the wire: 2 broadcasts, 3 multicasts`; [] for nothing to say. */
export function copiesLines(copies: CopyCounts | null): string[] {
  if (copies === null) return [];
  const { observed, broadcast, multicast, originals, atLeastBecause } = copies;
  const all = broadcast + multicast + originals.broadcast + originals.multicast;
  if (!observed && all === 0) return [];
  const least = atLeastBecause === null ? '' : 'at least ';
  const how = observed ? 'observed' : 'inferred from the originals (--observe-copies counts them)';
  const looped = `${least}${formatCount(broadcast)} broadcast and ${formatCount(multicast)} multicast copies looped back`;
  const sent = `originals on the wire: ${formatCount(originals.broadcast)} broadcast, ${formatCount(originals.multicast)} multicast`;
  return [
    `${looped}, ${how}`,
    sent,
    ...(atLeastBecause === null ? [] : [`not counted in whole: ${printable(atLeastBecause)}`]),
  ];
}
