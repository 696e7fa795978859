/**
 * Watches interfaces: every one that is no loopback, or those that were named, also ones that come while it runs.
 *
 *     look at the namespace ─► open what is new ─► frames ─► detector ─► ledger
 *            ▲      every second, or 200 ms after something happened: names, counters, events, own addresses
 *            └ what comes in between is the sentry's
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BpfInstruction } from '../capture/bpf.js';
import { CaptureError } from '../capture/capture-error.js';
import type { LinkType } from '../capture/link-type.js';
import { type LookedAt, NamespaceLook } from '../capture/namespace-look.js';
import type { HostSettings } from '../host/host-settings.js';
import { type Canary, canaryBlindness, sendCanary } from './canary.js';
import { Detector } from './detector.js';
import { EndedWatches } from './ended-watches.js';
import { InterfaceWatch } from './interface-watch.js';
import { LateFrames } from './late-frames.js';
import { Ledger } from './ledger.js';
import { requireNamed } from './named-interfaces.js';
import { endReason, isGone, reasonOf } from './open-failure.js';
import { OwnHost } from './own-host.js';
import { Probe } from './probe.js';
import type { Device } from './probe-plan.js';
import { probeBlindness, probeNotes } from './probe-result.js';
import { quietNotes } from './quiet-notes.js';
import { mostKnown, Sentry } from './sentry.js';
import { fixPathOf } from './setting-check.js';
import { openSuspectRing } from './suspect-ring.js';
import { type Counters, Unwatched } from './unwatched.js';
import { type Observations, sawNothing } from './verdict.js';
import type { WatchSpec } from './watch-spec.js';

const tickMs = 200;
/** A look costs a millisecond: where nothing is known to have happened, the sentry sees what comes until then. */
const lookMs = 1000;

export class Watch {
  readonly #look: NamespaceLook;
  readonly #host: OwnHost;
  readonly #ledger: Ledger;
  readonly #detector: Detector;
  /** By interface index. */
  readonly #watches = new Map<number, InterfaceWatch>();
  readonly #ended = new EndedWatches();
  readonly #unwatched = new Unwatched();
  readonly #late = new LateFrames();
  readonly #probe: Probe | null;
  #sentry: Sentry | null = null;
  #sentryMissed: string | null = null;
  /** Why interfaces that came may not have been seen from their first frame. */
  #blindBecause: string | null = null;
  #canary: Canary | null = null;
  #counters: Counters;
  #beganMs = 0;
  #nextLookMs = 0;
  #seconds = 0;
  #hasBegun = false;
  /** A look for interfaces that came. */
  #opening: Promise<void> | null = null;
  readonly #closing = new AbortController();

  private constructor(readonly spec: WatchSpec) {
    this.#look = new NamespaceLook(spec.netns);
    try {
      this.#host = new OwnHost(this.#look);
      this.#ledger = new Ledger(fixPathOf(spec));
      this.#probe = spec.isProbing ? this.#makeProbe() : null;
      this.#detector = new Detector(this.#ledger, spec.except, this.#probe?.trace ?? null);
      this.#counters = this.#look.counters();
      requireNamed(spec.interfaces, this.#look.interfaces());
    } catch (error) {
      this.#look.close();
      throw error;
    }
  }

  /**
   * Opens the interfaces. One that cannot be opened is noted as not seen.
   * @throws CaptureError `engine`, `interface` for one that is not there or is loopback, and for a namespace
   */
  static async open(spec: WatchSpec): Promise<Watch> {
    const watch = new Watch(spec);
    try {
      await watch.#openNew();
      await watch.#postSentry();
    } catch (error) {
      for (const { source } of watch.#watches.values()) {
        void source.close();
        spec.part?.rings.giveBack(source);
      }
      watch.#look.close();
      throw error;
    }
    watch.#hasBegun = true;
    return watch;
  }

  /** Names of the interfaces that are watched now. */
  get names(): string[] {
    return this.#inOrder().map(({ name }) => name);
  }

  /** By index, whichever ring was there first. */
  #inOrder(): InterfaceWatch[] {
    return [...this.#watches.values()].sort((a, b) => a.index - b.index);
  }

  /**
   * Watches for so long, and until the probe is done, or until it is closed; shows first that a leak would be seen.
   * @param onBegin called when the time begins to run
   */
  async run(seconds: number, onBegin: () => void): Promise<void> {
    const timer = setInterval(() => this.#tick(), tickMs);
    const programOf = (linkType: LinkType): readonly BpfInstruction[] => this.#host.programOf(linkType);
    if (this.spec.part === undefined) this.#canary = await sendCanary(programOf);
    this.#beganMs = performance.now();
    onBegin();
    await Promise.all([this.#elapse(seconds), this.#closing.signal.aborted ? null : this.#probe?.run()]);
    this.#seconds = (performance.now() - this.#beganMs) / 1000;
    clearInterval(timer);
    await this.#opening;
    this.#lookAgain();
    await this.#opening;
    const all = [...this.#watches.values()];
    // All refuse frames from now on: freeing rings takes long, in which others would overflow.
    const sentryEnds = this.#sentry?.close();
    await Promise.all([...all.map((watch) => watch.end()), this.#ended.settled()]);
    for (const { source } of all) this.spec.part?.rings.giveBack(source);
    this.#sentryMissed = (await sentryEnds) ?? null;
    this.#look.close();
  }

  /** So long, or until it is closed. */
  async #elapse(seconds: number): Promise<void> {
    await sleep(seconds * 1000, null, { signal: this.#closing.signal }).catch(() => {});
  }

  async close(): Promise<void> {
    this.#probe?.stop();
    this.#closing.abort();
  }

  #tick(): void {
    if (this.#host.refresh()) this.#learnHost();
    const isDue = this.#isUnguarded() || performance.now() >= this.#nextLookMs;
    if (isDue || [...this.#watches.values()].some((watch) => watch.hasNews)) this.#lookAgain();
  }

  /** Does nobody see what comes between two looks? Of those that were named, only while one is not watched. */
  #isUnguarded(): boolean {
    const named = this.spec.interfaces;
    return named.length === 0 ? this.#sentry === null : named.some((name) => !this.names.includes(name));
  }

  #lookAgain(): void {
    this.#nextLookMs = performance.now() + lookMs;
    this.#counters = this.#look.counters();
    for (const [index, watch] of this.#watches) {
      watch.check(this.#counters);
      if (watch.isRemoved) this.#drop(index, watch);
    }
    this.#opening ??= this.#lookForNew();
  }

  async #lookForNew(): Promise<void> {
    try {
      await this.#openNew();
    } catch (error) {
      this.#blindBecause ??= endReason(error);
    }
    this.#opening = null;
  }

  #makeProbe(): Probe {
    const devicesOf = (): Device[] => [...this.#watches].map(([index, { name }]) => ({ name, index }));
    const learnNow = (): void => {
      if (this.#host.refreshNow()) this.#learnHost();
    };
    return new Probe(this.spec.netns, devicesOf, learnNow);
  }

  #drop(index: number, watch: InterfaceWatch): void {
    this.#ended.add(watch);
    this.spec.part?.rings.giveBack(watch.source);
    this.#watches.delete(index);
    this.#late.end(index);
  }

  #learnHost(): void {
    for (const watch of this.#watches.values()) watch.learnHost();
    this.#sentry?.learnHost();
  }

  /** For interfaces to come; without it, or where there are too many, they are watched a little late. */
  async #postSentry(): Promise<void> {
    const { interfaces, netns } = this.spec;
    if (interfaces.length > 0) return;
    if (this.#watches.size > mostKnown) {
      this.#blindBecause = `with more than ${mostKnown} interfaces, those that come are watched late`;
      return;
    }
    try {
      const nameOf = (index: number): string | null => this.#look.nameOf(index);
      const known = this.#known(this.#look.interfaces());
      this.#sentry = await Sentry.open(this.#host, this.#detector, { netns, known, nameOf });
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      const late = `interfaces that come are watched late: ${error.what}`;
      this.#blindBecause = error.code === 'permission' ? reasonOf(error, false) : late;
    }
  }

  /** Indices of the interfaces that have a ring. */
  #known(there: readonly LookedAt[]): number[] {
    return there.map(({ index }) => index).filter((index) => this.#watches.has(index));
  }

  async #openNew(): Promise<void> {
    const isNamed = this.spec.interfaces.length > 0;
    const there = this.#look.interfaces();
    const wanted = there.filter(({ name, index, isLoopback }) => {
      const isAsked = isNamed ? this.spec.interfaces.includes(name) : !isLoopback;
      return isAsked && !this.#watches.has(index) && !this.#unwatched.isRefused(index);
    });
    const opening: Promise<InterfaceWatch | null>[] = [];
    for (const each of wanted) {
      if (each.isUp) opening.push(this.#open(each, wanted.length + this.#watches.size));
      // Named, it should have been up; else nothing can pass until it is.
      else if (isNamed && !this.#hasBegun) this.#unwatched.refuse(each, 'it is down', this.#counters);
      else this.#unwatched.noteDown(each, this.#counters);
    }
    if (opening.length > 0) this.#noteOpened(await Promise.allSettled(opening));
    this.#sentry?.forgetNames();
    this.#sentry?.leave(this.#known(there));
    this.#unwatched.forgetGone(there);
    this.#late.look(there, this.#counters);
  }

  /** @throws the first error that is no reason */
  #noteOpened(settled: readonly PromiseSettledResult<InterfaceWatch | null>[]): void {
    this.#counters = this.#look.counters();
    for (const each of settled) {
      if (each.status === 'rejected') throw each.reason;
      const watch = each.value;
      if (watch === null) continue;
      const before = this.#unwatched.take(watch.index);
      watch.check(this.#counters);
      const now = this.#counters.get(watch.name) ?? null;
      const missed = this.#late.missed(watch.index, before, now, this.#sentry !== null);
      if (this.#hasBegun && missed > 0) watch.noteMissed(missed);
    }
  }

  /** @returns null where it cannot be watched, which is noted */
  async #open(device: LookedAt, count: number): Promise<InterfaceWatch | null> {
    try {
      const { classifier } = this.#host;
      const source = await openSuspectRing(this.spec, this.#host, device, count);
      const watch = new InterfaceWatch(source, this.#detector, this.#host);
      this.#watches.set(device.index, watch);
      // At once: what both see is counted twice.
      this.#sentry?.leave([...this.#watches.keys()]);
      // The host may have changed meanwhile.
      if (classifier !== this.#host.classifier) watch.learnHost();
      return watch;
    } catch (error) {
      // Gone again: what it sent is the sentry's.
      const isSeen = this.#hasBegun && this.#sentry !== null && isGone(error);
      if (!isSeen) this.#unwatched.refuse(device, reasonOf(error, this.#hasBegun), this.#counters);
      return null;
    }
  }

  /** What was seen, once run() has ended. @param settings of the host, which may show why; null: not known */
  observations(settings: HostSettings | null): Observations {
    const watches = this.#inOrder().map((watch) => watch.result());
    const watched = [...watches, ...this.#ended.results(), ...this.#unwatched.results(this.#counters)];
    const probe = this.#probe?.result() ?? null;
    const notes = [...probeNotes(probe, this.#ledger.netns), ...quietNotes(watched)];
    const isNothing = this.spec.part === undefined && watched.every(({ isDown }) => isDown);
    const reasons = [
      sawNothing(watched) ? null : canaryBlindness(this.#canary),
      this.#sentryMissed,
      this.#blindBecause,
      isNothing ? 'there is no interface but loopback that is up' : null,
      probeBlindness(probe),
    ].filter((reason) => reason !== null);
    return {
      seconds: this.#seconds,
      watched,
      findings: [...this.#ledger.findings(settings), ...notes],
      blindBecause: reasons.length === 0 ? null : reasons.join('; '),
      canary: this.#canary?.state ?? null,
      copies: null,
      probe,
    };
  }
}
