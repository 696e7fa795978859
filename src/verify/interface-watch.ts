/**
 * One interface while it is watched: its ring, what came of its frames, and why it could not be seen in whole.
 */
import type { InterfaceCounters } from '../capture/interface-counters.js';
import type { RingSource } from '../capture/ring-source.js';
import { InterfaceRole, type SourceEvent } from '../capture/source.js';
import { Turns } from '../capture/turns.js';
import { formatCount, plural } from '../format/units.js';
import type { Detector, Lookout } from './detector.js';
import { JudgementCounts } from './judgement-counts.js';
import { endReason } from './open-failure.js';
import type { OwnHost } from './own-host.js';
import type { Watched } from './verdict.js';

const reasonsOfEvents: readonly (readonly [kind: SourceEvent['kind'], reason: string])[] = [
  ['down', 'it went down while it was watched'],
  ['removed', 'it was removed while it was watched'],
];

export class InterfaceWatch {
  /** Ends when the source does; never rejected. */
  readonly done: Promise<void>;
  #matched = 0;
  readonly #judged = new JudgementCounts();
  #seenEvents = 0;
  #firstCounters: InterfaceCounters | null = null;
  #lastCounters: InterfaceCounters | null = null;
  readonly #reasons = new Set<string>();

  constructor(
    readonly source: RingSource,
    readonly detector: Detector,
    readonly host: OwnHost,
  ) {
    this.done = this.#run();
  }

  /** The interface's name now. */
  get name(): string {
    return this.source.interfaces[0].name;
  }

  get index(): number {
    return this.source.interfaces[0].index!;
  }

  /** Something happened to it since the last check. */
  get hasNews(): boolean {
    return this.source.eventCount > this.#seenEvents;
  }

  get isRemoved(): boolean {
    return this.source.eventKinds.has('removed');
  }

  async #run(): Promise<void> {
    const turns = new Turns();
    try {
      for await (const batch of this.source) {
        // It may have another name since.
        this.source.look();
        const lookout = this.#lookout();
        this.#matched += batch.count;
        for (let i = 0; i < batch.count; i++) this.#judged.add(this.detector.inspect(batch, i, lookout, 0));
        batch.release();
        await turns.give();
      }
    } catch (error) {
      this.#reasons.add(endReason(error));
    }
  }

  /** Has the kernel let frames of the host's new addresses through. */
  learnHost(): void {
    try {
      this.source.replaceProgram((linkType) => this.host.programOf(linkType));
    } catch (error) {
      this.#reasons.add(`its program could not be replaced: ${(error as Error).message}`);
    }
  }

  #lookout(): Lookout {
    const { classifier, udpTunnels } = this.host;
    return { interface: this.name, file: '', role: InterfaceRole.wire, classifier, udpTunnels };
  }

  /** What it carried before its ring was there, and nobody saw. */
  noteMissed(frames: number): void {
    this.#reasons.add(
      `it came during the watch, and ${plural(frames, 'frame')} passed before it was watched`,
    );
  }

  /** Takes what happened to it, and its counters while it has some. */
  check(counters: ReadonlyMap<string, InterfaceCounters>): void {
    this.source.look();
    this.#seenEvents = this.source.eventCount;
    this.#take(counters.get(this.name));
  }

  #take(counters: InterfaceCounters | undefined): void {
    if (counters === undefined) return;
    this.#firstCounters ??= counters;
    this.#lastCounters = counters;
  }

  /** Ends it. @returns what is to be said of it */
  async end(): Promise<Watched> {
    await this.source.close();
    await this.done;
    return this.result();
  }

  /** What is to be said of it, once its source has ended. */
  result(): Watched {
    this.source.stats();
    const dropped = this.source.interfaces[0].dropped;
    const { eventKinds } = this.source;
    const events = reasonsOfEvents.flatMap(([kind, reason]) => (eventKinds.has(kind) ? [reason] : []));
    const reasons = [...events, ...this.#reasons];
    if (dropped !== null && dropped > 0)
      reasons.push(`the kernel dropped ${formatCount(dropped)} frames (a larger buffer may help: -B MIB)`);
    reasons.push(...this.#judged.reasons('frames have more headers than are looked at'));
    return {
      interface: this.name,
      file: '',
      role: InterfaceRole.wire,
      framesSeen: carried(this.#firstCounters, this.#lastCounters),
      framesMatched: this.#matched,
      dropped,
      excepted: this.#judged.excepted,
      isDown: false,
      blindBecause: reasons.length === 0 ? null : reasons.join('; '),
    };
  }
}

/** Frames between two readings; a counter that began anew counts from 0. */
export function carried(first: InterfaceCounters | null, last: InterfaceCounters | null): number | null {
  if (first === null || last === null) return null;
  const since = (before: number, now: number): number => (now >= before ? now - before : now);
  return since(first.received, last.received) + since(first.sent, last.sent);
}
