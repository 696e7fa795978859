/**
 * Every network namespace of the host at once (containers, pods, ip-netns(8), processes), also those that come while it
 * runs. One canary proves the program for all; the memory of rings and the number of namespaces are bounded, and what is
 * left out is said.
 *
 *     list the namespaces ─► a NamespaceCheck for each that is new
 *          ▲                 one that is listed no more is let go, and blind
 *          └ every second, more often where a list is short
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { nativeFor } from '../capture/open-ring.js';
import { formatCount, plural } from '../format/units.js';
import { readLinksOf } from '../host/links.js';
import { listNamespaces, type NamespaceList, type NetworkNamespace } from '../host/namespaces.js';
import { type Canary, canaryBlindness, sendCanary } from './canary.js';
import { sumOfCopies } from './copy-counts.js';
import type { Except } from './except.js';
import type { Finding } from './finding.js';
import { hiddenNotes, hiddenTitle } from './hidden-namespaces.js';
import { NamespaceCheck, type NamespaceCheckSpec } from './namespace-check.js';
import { endReason } from './open-failure.js';
import { quietNotes } from './quiet-notes.js';
import { RingBudget } from './ring-budget.js';
import { SettingsWatch } from './settings-watch.js';
import { type Observations, sawNothing, type Watched } from './verdict.js';

/** Watched at one time: each has two sockets with rings beside those of its interfaces. */
const mostAtOnce = 128;
/** Ever watched: each leaves a record. */
const mostEver = 1024;
const leastEveryMs = 200;
/** A hundredth of the time goes into listing, more where one that comes would else be watched later than after a second. */
const restPerList = 99;
const mostEveryMs = 900;
/** A container's root may lack it. */
/** A process may hand a namespace to its child between two reads of one list. */
const mostMissing = 2;

export interface NamespacesSpec {
  /** Of each ring; null for a share of what all may have. */
  readonly bufferBytes: number | null;
  readonly except: Except | null;
  readonly observesCopies: boolean;
  /** The namespaces there are; absent: those of the host. */
  readonly list?: () => NamespaceList;
  readonly mostAtOnce?: number;
}

export class NamespacesCheck {
  readonly #list: () => NamespaceList;
  readonly #mostAtOnce: number;
  readonly #spec: NamespaceCheckSpec;
  /** By inode, which belongs to no other while the namespace is held. */
  readonly #checks = new Map<number, NamespaceCheck>();
  readonly #over: NamespaceCheck[] = [];
  readonly #missing = new Map<number, number>();
  readonly #leftOut = new Set<number>();
  readonly #first: NamespaceList;
  #ownFindings: readonly Finding[] = [];
  /** Of the look that met most of them. */
  #hidden: readonly string[] = [];
  #hidesProcesses = false;
  #canary: Canary | null = null;
  #timer: NodeJS.Timeout | undefined;
  #seconds = 0;
  /** Why one that came was not opened, where that is a mistake of this program, or what came was not listed. */
  #failure: string | null = null;
  #isClosed = false;
  #end: () => void = () => {};

  /**
   * Nothing is opened before run().
   * @throws CaptureError `engine`, `permission`
   */
  constructor(spec: NamespacesSpec) {
    nativeFor('--all-netns');
    const { bufferBytes, except, observesCopies } = spec;
    this.#list = spec.list ?? listNamespaces;
    this.#mostAtOnce = spec.mostAtOnce ?? mostAtOnce;
    this.#first = this.#listNow();
    const wires = countWires(this.#first.namespaces.slice(0, this.#mostAtOnce));
    this.#spec = { rings: new RingBudget(wires, bufferBytes), except, observesCopies };
  }

  /** The interfaces that are watched now, behind the names of their namespaces. */
  get names(): string[] {
    return [...this.#checks.values()].flatMap(({ names }) => names);
  }

  /**
   * Opens every namespace that is there (one that cannot be entered is noted as not seen), shows that a leak would be
   * seen, and watches for so long, or until it is closed.
   * @param onBegin called when the time begins to run
   * @throws FilterError for a mistake in `--except`
   */
  async run(seconds: number, onBegin: () => void): Promise<void> {
    await this.#openAll();
    const settings = new SettingsWatch(null);
    this.#lookAgainIn(leastEveryMs);
    this.#canary = await sendCanary();
    const beganMs = performance.now();
    onBegin();
    await this.#elapse(seconds);
    this.#seconds = (performance.now() - beganMs) / 1000;
    clearTimeout(this.#timer);
    // What vanished since the last look has no settings to read.
    this.#look(false);
    await this.#endAll();
    this.#ownFindings = settings.readAgain().findings.filter(({ id }) => id === 'setting-martians');
    for (const check of this.#checks.values()) {
      check.readSettings();
      await nextTurn();
    }
  }

  async #openAll(): Promise<void> {
    const opened: Promise<void>[] = [];
    for (const namespace of this.#first.namespaces) {
      if (this.#isClosed) break;
      opened.push(this.#begin(namespace, false));
      // Those that are open must be read meanwhile.
      await nextTurn();
    }
    const failed = (await Promise.allSettled(opened)).find(({ status }) => status === 'rejected');
    if (failed === undefined) return;
    await this.#endAll();
    throw (failed as PromiseRejectedResult).reason;
  }

  /** At once: what takes long must not be done while others still watch. */
  async #endAll(): Promise<void> {
    const finished = [...this.#checks.values()].map((check) => check.finish());
    await Promise.all([...finished, ...this.#over.map((check) => check.vanish())]);
  }

  #elapse(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isClosed) return resolve();
      const deadline = setTimeout(resolve, seconds * 1000);
      this.#end = () => {
        clearTimeout(deadline);
        resolve();
      };
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#end();
  }

  #lookAgainIn(ms: number): void {
    this.#timer = setTimeout(() => {
      const beganMs = performance.now();
      this.#look(true);
      const tookMs = performance.now() - beganMs;
      const restMs = Math.min(restPerList * tookMs, mostEveryMs - tookMs);
      this.#lookAgainIn(Math.max(leastEveryMs, restMs));
    }, ms);
  }

  #listNow(): NamespaceList {
    const list = this.#list();
    if (list.hidden.length > this.#hidden.length) this.#hidden = list.hidden;
    this.#hidesProcesses ||= list.hidesProcesses;
    return list;
  }

  /** null where they cannot be listed, which blinds. */
  #namespacesNow(): readonly NetworkNamespace[] | null {
    try {
      return this.#listNow().namespaces;
    } catch (error) {
      this.#failure = endReason(error);
      return null;
    }
  }

  #look(mayBegin: boolean): void {
    const namespaces = this.#namespacesNow();
    if (namespaces === null) return;
    const there = new Set(namespaces.map(({ inode }) => inode));
    for (const [inode, check] of this.#checks) {
      const missing = there.has(inode) ? 0 : (this.#missing.get(inode) ?? 0) + 1;
      this.#missing.set(inode, missing);
      if (missing < mostMissing && (missing === 0 || mayBegin)) continue;
      this.#checks.delete(inode);
      this.#missing.delete(inode);
      this.#over.push(check);
      void check.vanish();
    }
    if (!mayBegin) return;
    for (const namespace of namespaces) {
      if (this.#checks.has(namespace.inode)) continue;
      this.#begin(namespace, true).catch((error) => {
        this.#failure = endReason(error);
      });
    }
  }

  /** @returns when it is open */
  async #begin(namespace: NetworkNamespace, isLate: boolean): Promise<void> {
    const { inode } = namespace;
    const isFull = this.#checks.size >= this.#mostAtOnce || this.#checks.size + this.#over.length >= mostEver;
    if (isFull) {
      if (this.#leftOut.size < mostEver) this.#leftOut.add(inode);
      return;
    }
    this.#leftOut.delete(inode);
    const check = new NamespaceCheck(namespace, this.#uniqueName(namespace), this.#spec, isLate);
    this.#checks.set(inode, check);
    await check.opened;
  }

  /** A container may have several, of one name. */
  #uniqueName({ name, inode }: NetworkNamespace): string {
    const all = [...this.#checks.values(), ...this.#over];
    return all.some((each) => each.name === name) ? `${name} (net:[${inode}])` : name;
  }

  /** What was seen, once run() has ended. */
  observations(): Observations {
    const checks = [...this.#checks.values(), ...this.#over];
    const watched = checks.flatMap((check) => check.watched());
    const namespaces = checks.map((check) => check.record());
    const found = checks.flatMap((check) => check.findings()).filter(({ id }) => id !== 'nothing-sent');
    const notes = [...hiddenNotes(this.#hidden), ...quietNotes(watched)];
    return {
      seconds: this.#seconds,
      watched,
      findings: [...found, ...this.#ownFindings, ...notes],
      blindBecause: this.#blindness(watched),
      canary: this.#canary?.state ?? null,
      copies: sumOfCopies(namespaces.flatMap(({ copies }) => copies ?? [])),
      probe: null,
      namespaces,
    };
  }

  #blindness(watched: readonly Watched[]): string | null {
    const unproven = sawNothing(watched) ? null : canaryBlindness(this.#canary);
    if (unproven !== null) return unproven;
    if (this.#failure !== null) return this.#failure;
    const left = this.#leftOut.size;
    if (left > 0) {
      const most = formatCount(this.#mostAtOnce);
      return `${plural(left, 'network namespace')} left out: ${most} are watched at once (name one: --netns)`;
    }
    if (this.#hidesProcesses)
      return `/proc hides processes, and with them their network namespaces (run as root, with cap_sys_ptrace)`;
    if (this.#hidden.length > 0 && !sawNothing(watched)) return hiddenTitle(this.#hidden);
    const isNothing = watched.every(({ isDown }) => isDown);
    return isNothing ? 'there is no interface but loopback that is up, in any network namespace' : null;
  }
}

/** Interfaces that are no loopback, of all namespaces; those that cannot be entered have none to be watched. */
function countWires(namespaces: readonly NetworkNamespace[]): number {
  return namespaces.reduce((sum, { path }) => {
    try {
      return sum + readLinksOf(path).links.filter(({ isLoopback }) => !isLoopback).length;
    } catch {
      return sum;
    }
  }, 0);
}
