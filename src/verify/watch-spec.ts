/**
 * What is to be watched, and how.
 */
import type { Except } from './except.js';
import type { RingBudget } from './ring-budget.js';

export interface WatchSpec {
  /** Names; [] is every interface that is no loopback, also those to come. */
  readonly interfaces: readonly string[];
  readonly netns: string | null;
  /** Of each ring; null for a share of what all may have. */
  readonly bufferBytes: number | null;
  readonly except: Except | null;
  /** `--probe`: attempts to leak are made meanwhile. */
  readonly isProbing: boolean;
  /** Of one watch among many, which prove together that a leak would be seen, and of which one may find nothing to watch. */
  readonly part?: WatchPart;
}

export interface WatchPart {
  readonly rings: RingBudget;
  /** Path of the namespace in commands that mend it; null where they need none. */
  readonly fixPath: string | null;
}
