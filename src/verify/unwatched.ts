/**
 * Interfaces that are there and not watched: those that could not be opened, with the reason, and those that are down,
 * on which nothing can pass until they are up. Of those that are gone again, the reasons of the first are kept.
 */
import type { InterfaceCounters } from '../capture/interface-counters.js';
import { InterfaceRole } from '../capture/source.js';
import { formatCount, plural } from '../format/units.js';
import { carried } from './interface-watch.js';
import type { Watched } from './verdict.js';

/** Interfaces that could not be opened and are gone. */
const mostGone = 256;

/** By interface name. */
export type Counters = ReadonlyMap<string, InterfaceCounters>;

interface Entry {
  /** null for one that is down. */
  readonly because: string | null;
  /** What it had carried when it was noted. */
  readonly first: InterfaceCounters | null;
}

export class Unwatched {
  readonly #entries = new Map<string, Entry>();
  /** Those that could not be opened, are gone, and are kept by name no more. */
  #further = 0;
  #firstReason = '';

  /** Is it known that it cannot be opened? One that is down is tried again. */
  isRefused(name: string): boolean {
    return (this.#entries.get(name)?.because ?? null) !== null;
  }

  refuse(name: string, because: string, counters: Counters): void {
    this.#entries.set(name, { because, first: counters.get(name) ?? null });
  }

  noteDown(name: string, counters: Counters): void {
    if (!this.#entries.has(name))
      this.#entries.set(name, { because: null, first: counters.get(name) ?? null });
  }

  /** It is watched from now on. @returns what it had carried when it was down, or null for one that is new */
  take(name: string): InterfaceCounters | null {
    const first = this.#entries.get(name)?.first ?? null;
    this.#entries.delete(name);
    return first;
  }

  /** @param there names of the interfaces that there are */
  forgetGone(there: ReadonlySet<string>): void {
    if (this.#entries.size === 0) return;
    const gone = [...this.#entries].filter(([name]) => !there.has(name));
    let refused = 0;
    for (const [name, { because }] of gone) {
      // What went without ever having been up has carried nothing.
      if (because !== null && ++refused <= mostGone) continue;
      this.#entries.delete(name);
      if (because === null) continue;
      if (this.#further++ === 0) this.#firstReason = `${name}: ${because}`;
    }
  }

  results(counters: Counters): Watched[] {
    const named = [...this.#entries].map(([name, { because, first }]) => {
      const framesSeen = carried(first, counters.get(name) ?? null);
      const isMissed = because === null && framesSeen !== null && framesSeen > 0;
      return {
        interface: name,
        file: '',
        role: InterfaceRole.wire,
        framesSeen,
        framesMatched: 0,
        dropped: null,
        excepted: 0,
        isDown: because === null && !isMissed,
        blindBecause: isMissed
          ? `${formatCount(framesSeen)} frames passed though it was down whenever it was looked at`
          : because,
      };
    });
    return this.#further === 0 ? named : [...named, this.#furtherResult()];
  }

  #furtherResult(): Watched {
    return {
      interface: plural(this.#further, 'further interface'),
      file: '',
      role: InterfaceRole.wire,
      framesSeen: null,
      framesMatched: 0,
      dropped: null,
      excepted: 0,
      isDown: false,
      blindBecause: `could not be opened, the first ${this.#firstReason}`,
    };
  }
}
