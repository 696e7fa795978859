/**
 * What happens to a live capture beside its packets, said as it happens where no dashboard shows it: interfaces that go
 * and come, frames that the kernel drops.
 */
import type { Source } from '../capture/source.js';
import { formatCount } from '../format/units.js';
import { complain } from './diagnostics.js';

const everyMs = 200;
const mostBufferMebibytes = 1024;

export class LiveWatch {
  readonly #timer: NodeJS.Timeout;
  /** Events of each source that were said. */
  readonly #said: number[];
  /** Interfaces whose drops were said. */
  readonly #dropping = new Set<string>();

  /** @param bufferBytes of the kernel's buffer, for the advice */
  constructor(
    readonly sources: readonly Source[],
    readonly bufferBytes: number,
  ) {
    this.#said = sources.map(() => 0);
    this.#timer = setInterval(() => this.#look(), everyMs);
    this.#timer.unref();
  }

  #look(): void {
    for (const [i, source] of this.sources.entries()) {
      const events = source.events ?? [];
      for (; this.#said[i] < events.length; this.#said[i]++) complain(events[this.#said[i]].text);
      this.#lookForDrops(source);
    }
  }

  #lookForDrops(source: Source): void {
    if (source.format !== 'live') return;
    source.stats();
    for (const { id, name, dropped } of source.interfaces) {
      const key = `${source.name} ${id}`;
      if (dropped === null || dropped === 0 || this.#dropping.has(key)) continue;
      this.#dropping.add(key);
      complain(`${name}: ${formatCount(dropped)} frames dropped so far (${this.#advice()})`);
    }
  }

  #advice(): string {
    const larger = Math.max(256, (this.bufferBytes >> 20) * 4);
    if (larger > mostBufferMebibytes) return 'a filter may help';
    return `a larger buffer may help: -B ${larger}`;
  }

  /** Says what is new for the last time. */
  stop(): void {
    clearInterval(this.#timer);
    this.#look();
  }
}
