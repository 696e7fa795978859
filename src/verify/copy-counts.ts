/**
 * How many copies of the host's own broadcasts and multicasts looped back during a check, and how that is known.
 */
export interface CopyCounts {
  /** The copies themselves were seen; else their number follows from their originals and who had joined. */
  readonly observed: boolean;
  readonly broadcast: number;
  readonly multicast: number;
  /** Own broadcasts and multicasts on a wire. */
  readonly originals: { readonly broadcast: number; readonly multicast: number };
  /** Why there may have been more; null where there were not. */
  readonly atLeastBecause: string | null;
}

/** Of several network namespaces; null where nothing was counted in any. */
export function sumOfCopies(counts: readonly CopyCounts[]): CopyCounts | null {
  if (counts.length === 0) return null;
  const sum = (of: (each: CopyCounts) => number): number => counts.reduce((all, each) => all + of(each), 0);
  const reasons = new Set(counts.flatMap(({ atLeastBecause }) => atLeastBecause ?? []));
  return {
    observed: counts.every(({ observed }) => observed),
    broadcast: sum(({ broadcast }) => broadcast),
    multicast: sum(({ multicast }) => multicast),
    originals: {
      broadcast: sum(({ originals }) => originals.broadcast),
      multicast: sum(({ originals }) => originals.multicast),
    },
    atLeastBecause: reasons.size === 0 ? null : [...reasons].join('; '),
  };
}
