/**
 * Interfaces that are there and not watched: those that could not be opened, with the reason, and those that are down,
 * on which nothing can pass until they are up.
 */
import type { InterfaceCounters } from '../capture/interface-counters.js';
import { InterfaceRole } from '../capture/source.js';
import { formatCount } from '../format/units.js';
import { type Finding, settingEvidence } from './finding.js';
import { carried } from './interface-watch.js';
import type { Watched } from './verdict.js';

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

  results(counters: Counters): Watched[] {
    return [...this.#entries].map(([name, { because, first }]) => {
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
  }
}

/** Frames that passed on an interface that came, before it was watched. @param withinMs of its coming it is watched */
export function lateNote(name: string, missed: number, withinMs: number): Finding {
  return {
    id: 'watched-late',
    severity: 'note',
    title: `${name} came during the watch; what passed before it was watched was not seen`,
    interface: name,
    evidence: [settingEvidence(`${formatCount(missed)} frames within ${withinMs} ms`)],
    count: missed,
    fix: '',
  };
}
