/**
 * What passed on an interface before its ring was there, and whether somebody saw it: a sentry sees what is new to it, but
 * leaves an index to the ring that has it, also when that has ended and another interface took the index.
 */
import type { InterfaceCounters } from '../capture/interface-counters.js';
import type { LookedAt } from '../capture/namespace-look.js';
import { carried } from './interface-watch.js';
import type { Counters } from './unwatched.js';

const nothingCarried: InterfaceCounters = { received: 0, sent: 0 };

export class LateFrames {
  /** By index, as one may take another's name; at the last look. */
  #carried: ReadonlyMap<number, InterfaceCounters> = new Map();
  readonly #ended = new Set<number>();

  /** The ring of this index has ended. */
  end(index: number): void {
    this.#ended.add(index);
  }

  /**
   * Frames that passed unseen until its ring was there.
   * @param before what it had carried when it was noted, where it was down; else null
   */
  missed(
    index: number,
    before: InterfaceCounters | null,
    now: InterfaceCounters | null,
    hasSentry: boolean,
  ): number {
    const isAnother = this.#ended.has(index);
    if (hasSentry && !isAnother) return 0;
    const known = before ?? (isAnother ? undefined : this.#carried.get(index));
    return carried(known ?? nothingCarried, now) ?? 0;
  }

  /** A look is over. @param there the interfaces that there are */
  look(there: readonly LookedAt[], counters: Counters): void {
    this.#ended.clear();
    this.#carried = new Map(there.map(({ index, name }) => [index, counters.get(name) ?? nothingCarried]));
  }
}
