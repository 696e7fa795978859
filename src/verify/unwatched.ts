/**
 * Interfaces that are there and not watched: those that could not be opened, with the reason, and those that are down,
 * on which nothing can pass until they are up. Of those that are gone again, the reasons of the first are kept.
 */
import type { InterfaceCounters } from '../capture/interface-counters.js';
import type { LookedAt } from '../capture/namespace-look.js';
import { InterfaceRole } from '../capture/source.js';
import { formatCount, plural } from '../format/units.js';
import { carried } from './interface-watch.js';
import type { Watched } from './verdict.js';

/** Interfaces that could not be opened and are gone. */
const mostGone = 256;

/** By interface name. */
export type Counters = ReadonlyMap<string, InterfaceCounters>;

/** Its index tells it from another that takes its name. */
type Named = Pick<LookedAt, 'name' | 'index'>;

interface Entry {
  readonly name: string;
  /** null for one that is down. */
  readonly because: string | null;
  /** What it had carried when it was noted. */
  readonly first: InterfaceCounters | null;
}

export class Unwatched {
  /** By interface index. */
  readonly #entries = new Map<number, Entry>();
  /** Those that could not be opened, are gone, and are kept by name no more. */
  #further = 0;
  #firstReason = '';

  /** Is it known that it cannot be opened? One that is down is tried again. */
  isRefused(index: number): boolean {
    return (this.#entries.get(index)?.because ?? null) !== null;
  }

  refuse({ name, index }: Named, because: string, counters: Counters): void {
    this.#entries.set(index, { name, because, first: counters.get(name) ?? null });
  }

  noteDown({ name, index }: Named, counters: Counters): void {
    const known = this.#entries.get(index);
    const first = known === undefined ? (counters.get(name) ?? null) : known.first;
    if (known?.name !== name) this.#entries.set(index, { name, because: null, first });
  }

  /** It is watched from now on. @returns what it had carried when it was down, or null for one that is new */
  take(index: number): InterfaceCounters | null {
    const first = this.#entries.get(index)?.first ?? null;
    this.#entries.delete(index);
    return first;
  }

  /** @param there the interfaces that there are */
  forgetGone(there: readonly Named[]): void {
    if (this.#entries.size === 0) return;
    const indices = new Set(there.map(({ index }) => index));
    const gone = [...this.#entries].filter(([index]) => !indices.has(index));
    let refused = 0;
    for (const [index, { name, because }] of gone) {
      // What went without ever having been up has carried nothing.
      if (because !== null && ++refused <= mostGone) continue;
      this.#entries.delete(index);
      if (because === null) continue;
      if (this.#further++ === 0) this.#firstReason = `${name}: ${because}`;
    }
  }

  results(counters: Counters): Watched[] {
    const named = [...this.#entries.values()].map(({ name, because, first }) => {
      const framesSeen = carried(first, counters.get(name) ?? null);
      const isMissed = because === null && framesSeen !== null && framesSeen > 0;
      const why = isMissed
        ? `${formatCount(framesSeen)} frames passed though it was down whenever it was looked at`
        : because;
      return { ...nothingSeen(why), interface: name, framesSeen, isDown: why === null };
    });
    return this.#further === 0 ? named : [...named, this.#furtherResult()];
  }

  #furtherResult(): Watched {
    const because = `could not be opened, the first ${this.#firstReason}`;
    return { ...nothingSeen(because), interface: plural(this.#further, 'further interface') };
  }
}

/** What is told live of a wire that nobody watched. */
export function nothingSeen(blindBecause: string | null): Watched {
  return {
    interface: '',
    file: '',
    role: InterfaceRole.wire,
    framesSeen: null,
    framesMatched: 0,
    dropped: null,
    excepted: 0,
    isDown: false,
    blindBecause,
  };
}
