/**
 * Watches interfaces: every one that is no loopback, or those that were named, also ones that come while it runs.
 *
 *     look at the namespace ─► open what is new ─► frames ─► detector ─► ledger
 *            ▲      every 200 ms: names, counters, events, own addresses
 */
import { CaptureError } from '../capture/capture-error.js';
import type { InterfaceCounters } from '../capture/interface-counters.js';
import { noSuchInterface } from '../capture/interface-fault.js';
import { NamespaceLook } from '../capture/namespace-look.js';
import { openRings } from '../capture/open-ring.js';
import { InterfaceRole } from '../capture/source.js';
import { Classifier } from '../classify/classify.js';
import { formatCount } from '../format/units.js';
import { HostLookup } from '../host/host-lookup.js';
import { type Canary, canaryNotes, sendCanary } from './canary.js';
import { Detector } from './detector.js';
import type { Except } from './except.js';
import type { Finding } from './finding.js';
import { settingEvidence } from './finding.js';
import { carried, InterfaceWatch } from './interface-watch.js';
import { Ledger } from './ledger.js';
import { OwnHost } from './own-host.js';
import { quietNotes } from './quiet-notes.js';
import { suspectProgram } from './suspect-filter.js';
import type { Observations, Watched } from './verdict.js';

const tickMs = 200;
/** Bytes of each suspect that are looked at: sixteen headers, of which few are longer than forty bytes. */
export const suspectSnapLen = 1024;
/** Memory for all rings together, where nobody says how much. */
const ringsBytes = 256 << 20;
const mostRingBytes = 8 << 20;
const leastRingBytes = 1 << 20;

export interface WatchSpec {
  /** Names; [] is every interface that is no loopback, also those to come. */
  readonly interfaces: readonly string[];
  readonly netns: string | null;
  /** Of each ring; null for a share of what all may have. */
  readonly bufferBytes: number | null;
  readonly except: Except | null;
}

export class Watch {
  readonly #look: NamespaceLook;
  readonly #host: OwnHost;
  readonly #ledger = new Ledger();
  readonly #detector: Detector;
  readonly #watches = new Map<number, InterfaceWatch>();
  readonly #ended: InterfaceWatch[] = [];
  /** Interfaces that could not be opened: why, and what they had carried by then. */
  readonly #unopened = new Map<string, { because: string; first: InterfaceCounters | undefined }>();
  /** Interfaces that are down: nothing can pass. What they had carried at first. */
  readonly #down = new Map<string, InterfaceCounters | undefined>();
  readonly #late: Finding[] = [];
  #beganMs = performance.now();
  #hasBegun = false;
  #counters: Map<string, InterfaceCounters>;
  #canary: Canary | null = null;
  #isClosed = false;
  #end: () => void = () => {};

  /**
   * Opens the interfaces. One that cannot be opened is noted as not seen.
   * @throws CaptureError `engine`, `interface` for one that is not there or is loopback, and for a namespace
   */
  constructor(readonly spec: WatchSpec) {
    this.#look = new NamespaceLook(spec.netns);
    try {
      this.#host = new OwnHost(this.#look);
      this.#detector = new Detector(this.#ledger, spec.except);
      this.#counters = this.#look.counters();
      this.#requireNamed();
      this.#openNew();
    } catch (error) {
      this.#look.close();
      throw error;
    }
    this.#hasBegun = true;
  }

  /** Names of the interfaces that are watched now. */
  get names(): string[] {
    return [...this.#watches.values()].map(({ name }) => name);
  }

  /**
   * Watches for so long, or until it is closed; shows first that a leak would be seen.
   * @param onBegin called when the time begins to run
   */
  async run(seconds: number, onBegin: () => void): Promise<void> {
    const timer = setInterval(() => this.#tick(), tickMs);
    this.#canary = await sendCanary(suspectSnapLen);
    this.#beganMs = performance.now();
    onBegin();
    await new Promise<void>((resolve) => {
      if (this.#isClosed) resolve();
      const deadline = setTimeout(resolve, seconds * 1000);
      this.#end = () => {
        clearTimeout(deadline);
        resolve();
      };
    });
    clearInterval(timer);
    this.#tick();
    const all = [...this.#watches.values()];
    await Promise.all(all.map(({ source }) => source.close()));
    await Promise.all([...all, ...this.#ended].map(({ done }) => done));
    this.#look.close();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#end();
  }

  #requireNamed(): void {
    const there = this.#look.interfaces();
    for (const name of this.spec.interfaces) {
      const found = there.find((each) => each.name === name);
      if (found === undefined)
        throw noSuchInterface(
          name,
          there.map((each) => each.name),
        );
      if (!found.isLoopback) continue;
      const what = 'is a loopback interface: nothing on it can leak';
      throw new CaptureError('interface', name, what, -1, 'name an interface that leads to a wire');
    }
  }

  #tick(): void {
    this.#counters = this.#look.counters();
    for (const [index, watch] of this.#watches) {
      watch.check(this.#counters.get(watch.name));
      // One that was named may come back; another that comes is a new one.
      if (watch.isRemoved && this.spec.interfaces.length === 0) this.#drop(index, watch);
    }
    if (this.#host.refresh()) this.#learnHost();
    this.#openNew();
  }

  #drop(index: number, watch: InterfaceWatch): void {
    void watch.source.close();
    this.#watches.delete(index);
    this.#ended.push(watch);
  }

  #learnHost(): void {
    for (const watch of this.#watches.values()) {
      watch.classifier = this.#classifier();
      watch.source.replaceProgram((linkType) => suspectProgram(linkType, this.#host.model));
    }
  }

  #classifier(): Classifier {
    return new Classifier(new HostLookup(this.#host.model));
  }

  #openNew(): void {
    const { interfaces } = this.spec;
    const known = new Set(this.names);
    const wanted = this.#look
      .interfaces()
      .filter(({ name, isLoopback }) => !isLoopback && (interfaces.length === 0 || interfaces.includes(name)))
      .filter(
        ({ name, index }) => !this.#watches.has(index) && !known.has(name) && !this.#unopened.has(name),
      );
    for (const { name, index, isUp } of wanted) {
      if (isUp) this.#open(name, index, wanted.length + known.size);
      else this.#noteDown(name);
    }
  }

  /** Named, it should have been up; else nothing can pass until it is. */
  #noteDown(name: string): void {
    const first = this.#counters.get(name);
    if (this.spec.interfaces.length > 0) this.#unopened.set(name, { because: 'it is down', first });
    else if (!this.#down.has(name)) this.#down.set(name, first);
  }

  #open(name: string, index: number, count: number): void {
    const before = this.#down.get(name);
    this.#down.delete(name);
    const bufferBytes = this.spec.bufferBytes ?? ringShare(count);
    try {
      const source = openRings({
        interfaces: [name],
        netns: this.spec.netns,
        filter: '',
        program: (linkType) => {
          this.spec.except?.prepare(linkType);
          return suspectProgram(linkType, this.#host.model);
        },
        snapLen: suspectSnapLen,
        bufferBytes,
      });
      const watch = new InterfaceWatch(source, this.#detector, this.#classifier());
      this.#watches.set(index, watch);
      const counters = this.#look.counters().get(name);
      watch.check(counters);
      if (this.#hasBegun) this.#noteLate(name, before ?? { received: 0, sent: 0 }, counters);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      const advice = error.advice === '' ? '' : ` (${error.advice})`;
      this.#unopened.set(name, { because: `${error.what}${advice}`, first: this.#counters.get(name) });
    }
  }

  /** Frames that passed on an interface that came, before it was watched. */
  #noteLate(name: string, before: InterfaceCounters, now: InterfaceCounters | undefined): void {
    const missed = carried(before, now ?? before) ?? 0;
    if (missed === 0) return;
    this.#late.push({
      id: 'watched-late',
      severity: 'note',
      title: `${name} came up during the watch; what passed before it was watched was not seen`,
      interface: name,
      evidence: [settingEvidence(`${formatCount(missed)} frames within ${tickMs} ms`)],
      count: missed,
      fix: '',
    });
  }

  /** What was seen, once run() has ended. */
  observations(): Observations {
    const watched = [
      ...[...this.#watches.values(), ...this.#ended].map((watch) => watch.result()),
      ...[...this.#unopened].map(([name, { because, first }]) => this.#unwatched(name, first, because)),
      ...[...this.#down].map(([name, first]) => this.#unwatchedDown(name, first)),
    ];
    const blindBecause = watched.length === 0 ? 'there is no interface but loopback' : null;
    return {
      seconds: (performance.now() - this.#beganMs) / 1000,
      watched,
      findings: [
        ...this.#ledger.findings(),
        ...this.#late,
        ...canaryNotes(this.#canary),
        ...quietNotes(watched),
      ],
      blindBecause: this.#canary?.state === 'missed' ? this.#canary.reason : blindBecause,
      canary: this.#canary?.state ?? null,
    };
  }

  #unwatchedDown(name: string, first: InterfaceCounters | undefined): Watched {
    const passed = carried(first ?? null, this.#counters.get(name) ?? null) ?? 0;
    const because =
      passed === 0 ? null : `${formatCount(passed)} frames passed while it was thought to be down`;
    return this.#unwatched(name, first, because);
  }

  #unwatched(name: string, first: InterfaceCounters | undefined, blindBecause: string | null): Watched {
    return {
      interface: name,
      file: '',
      role: InterfaceRole.wire,
      framesSeen: carried(first ?? null, this.#counters.get(name) ?? null),
      framesMatched: 0,
      dropped: null,
      excepted: 0,
      blindBecause,
    };
  }
}

function ringShare(count: number): number {
  return Math.max(leastRingBytes, Math.min(mostRingBytes, Math.floor(ringsBytes / Math.max(1, count))));
}
