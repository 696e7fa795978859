/**
 * Interfaces that went while they were watched: on a host of containers thousands a day. What is to be said of the first
 * of them is kept by their names, of all others together.
 */
import { InterfaceRole } from '../capture/source.js';
import { formatCount, plural } from '../format/units.js';
import type { InterfaceWatch } from './interface-watch.js';
import type { Watched } from './verdict.js';

const mostKept = 256;

export class EndedWatches {
  readonly #kept: Watched[] = [];
  readonly #ending = new Set<Promise<void>>();
  /** Of those that are not kept. */
  #further = 0;
  #framesSeen = 0;
  #framesMatched = 0;
  #dropped = 0;
  #excepted = 0;
  #blind = 0;
  #firstReason = '';

  /** Ends the watch. */
  add(watch: InterfaceWatch): void {
    const ending = watch.end().then((watched) => {
      this.#note(watched);
      this.#ending.delete(ending);
    });
    this.#ending.add(ending);
  }

  /** When all have ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#ending);
  }

  #note(watched: Watched): void {
    if (this.#kept.length < mostKept) {
      this.#kept.push(watched);
      return;
    }
    this.#further++;
    this.#framesSeen += watched.framesSeen ?? 0;
    this.#framesMatched += watched.framesMatched;
    this.#dropped += watched.dropped ?? 0;
    this.#excepted += watched.excepted;
    if (watched.blindBecause === null) return;
    if (this.#blind === 0) this.#firstReason = `${watched.interface}: ${watched.blindBecause}`;
    this.#blind++;
  }

  results(): Watched[] {
    if (this.#further === 0) return this.#kept;
    const blind = `${formatCount(this.#blind)} not seen in whole, the first ${this.#firstReason}`;
    const further: Watched = {
      interface: plural(this.#further, 'further interface'),
      file: '',
      role: InterfaceRole.wire,
      framesSeen: this.#framesSeen,
      framesMatched: this.#framesMatched,
      dropped: this.#dropped,
      excepted: this.#excepted,
      isDown: false,
      blindBecause: this.#blind === 0 ? null : blind,
    };
    return [...this.#kept, further];
  }
}
