/**
 * One network namespace of many while it is checked: held open, watched, its copies counted, and at the end its
 * settings. All that is found bears its name.
 *
 *     hold ─► Watch ─► CopiesWatch ─ … ─► settings ─► hold closed
 *
 * Sockets keep a namespace alive that everybody else has left: it is let go as soon as that is seen.
 */
import { CaptureError } from '../capture/capture-error.js';
import { InterfaceRole } from '../capture/source.js';
import { FilterError } from '../filter/filter-error.js';
import { holdNamespace, type NamespaceHold } from '../host/namespace-hold.js';
import type { NetworkNamespace } from '../host/namespaces.js';
import { CopiesWatch } from './copies-watch.js';
import type { CopyCounts } from './copy-counts.js';
import type { Except } from './except.js';
import { type Finding, settingEvidence } from './finding.js';
import type { RingBudget } from './ring-budget.js';
import { settingsNow } from './settings-watch.js';
import type { CheckedNamespace, Watched } from './verdict.js';
import { Watch } from './watch.js';

/** The longest that a watch takes (a timer's most); it is ended before. */
const untilClosedSeconds = 2_000_000;

export interface NamespaceCheckSpec {
  readonly rings: RingBudget;
  readonly except: Except | null;
  readonly observesCopies: boolean;
}

/** Said of a namespace whose name is gone, with its interfaces or without. */
const vanished = 'it vanished while it was watched';

export class NamespaceCheck {
  readonly #hold: NamespaceHold | null = null;
  /** null also once it has ended: a namespace leaves a record, and thousands may come and go. */
  #watch: Watch | null = null;
  #copiesWatch: CopiesWatch | null = null;
  readonly #notes: Finding[] = [];
  #copies: CopyCounts | null = null;
  #running: Promise<void> = Promise.resolve();
  #ended: Promise<void> | null = null;
  #blindBecause: string | null = null;
  #isGone = false;
  #watched: readonly Watched[] = [];
  #findings: readonly Finding[] = [];

  /**
   * Opens what is there, and watches from now on.
   * @param name unlike all others
   * @param isLate it came during the watch
   * @throws CaptureError `engine`; FilterError for a mistake in `--except`
   */
  constructor(
    readonly namespace: NetworkNamespace,
    readonly name: string,
    readonly spec: NamespaceCheckSpec,
    readonly isLate: boolean,
  ) {
    try {
      this.#hold = holdNamespace(namespace);
      if (this.#hold === null) {
        // Of one that was there when the watch began, nothing of the watch was missed.
        if (isLate) this.#notes.push(lateNote(name, 'vanished before it could be watched'));
        return;
      }
      const { rings, except } = spec;
      const part = { rings, fixPath: namespace.isOwn ? null : namespace.path };
      const netns = this.#entrance;
      this.#watch = new Watch({ interfaces: [], netns, bufferBytes: null, except, isProbing: false, part });
      this.#running = this.#watch.run(untilClosedSeconds, () => {});
      this.#copiesWatch = this.#openCopies();
    } catch (error) {
      this.#blindBecause = reasonOf(error, isLate);
    }
  }

  /** Where it is entered; null for this process's own, which needs no right to be. */
  get #entrance(): string | null {
    return this.namespace.isOwn ? null : this.#hold!.path;
  }

  /** What it is called and what is watched there now. */
  get names(): string[] {
    return this.#watch?.names.map((name) => `${this.name} ${name}`) ?? [];
  }

  /** Nobody could enter it, or it is let go. */
  get isOver(): boolean {
    return this.#watch === null || this.#ended !== null;
  }

  #openCopies(): CopiesWatch | null {
    try {
      return new CopiesWatch(this.#entrance, this.spec.observesCopies);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      this.#notes.push(copiesNote(error));
      return null;
    }
  }

  /** Lets it go before the end: nobody else has it any more. */
  async vanish(): Promise<void> {
    await this.#end(true);
  }

  /** Ends the watch. */
  async finish(): Promise<void> {
    await this.#end(false);
  }

  /** Reads the settings, when the watches of all have ended: it takes long where there are firewalls. */
  readSettings(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#notes.push(...settingsNow(this.#entrance, this.#fixPath));
    this.#hold?.close();
  }

  /** Once: a namespace that vanishes as the time is over is ended by whichever comes first. */
  #end(hasVanished: boolean): Promise<void> {
    this.#ended ??= this.#endNow(hasVanished);
    return this.#ended;
  }

  async #endNow(hasVanished: boolean): Promise<void> {
    const copies = this.#copiesWatch?.close();
    await this.#watch?.close();
    await this.#running;
    this.#copies = (await copies) ?? null;
    const seen = this.#watch?.observations() ?? null;
    this.#watch = null;
    this.#copiesWatch = null;
    if (seen !== null) {
      this.#watched = seen.watched;
      this.#findings = seen.findings;
      this.#blindBecause ??= seen.blindBecause;
      // Where there was nothing but loopback, nothing was missed.
      if (hasVanished && seen.watched.length > 0) this.#blindBecause ??= vanished;
      if (this.isLate && seen.watched.length > 0)
        this.#notes.push(lateNote(this.name, 'is watched since; what passed before was not seen'));
    }
    this.#isGone = hasVanished || seen === null;
    if (this.#isGone) this.#hold?.close();
  }

  get #fixPath(): string | null {
    return this.namespace.isOwn ? null : this.namespace.path;
  }

  /** What was watched, once it has ended; what is the namespace's own is told in an entry of its own. */
  watched(): Watched[] {
    const netns = this.name;
    const all = this.#watched.map((each) => ({ ...each, netns }));
    return this.#blindBecause === null ? all : [...all, blindEntry(netns, this.#blindBecause)];
  }

  findings(): Finding[] {
    return [...this.#findings, ...this.#notes].map((finding) => ({ ...finding, netns: this.name }));
  }

  /** As it is named in a report. */
  record(): CheckedNamespace {
    const { path, inode, pid, command, container } = this.namespace;
    return { netns: this.name, path, inode, pid, command, container, copies: this.#copies };
  }
}

/** @throws the error where it is no reason, or at the beginning a mistake in `--except` */
function reasonOf(error: unknown, isLate: boolean): string {
  if (error instanceof FilterError && isLate) return `--except: ${error.message}`;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not enter (run as root)';
  if (!(error instanceof CaptureError) || error.code === 'engine') throw error;
  return error.advice === '' ? error.what : `${error.what} (${error.advice})`;
}

function blindEntry(netns: string, blindBecause: string): Watched {
  return {
    interface: '',
    netns,
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

function copiesNote(error: CaptureError): Finding {
  return {
    id: 'copies-unseen',
    severity: 'note',
    title: 'copies of own broadcasts and multicasts were not observed',
    interface: '',
    evidence: [settingEvidence(error.what)],
    count: 0,
    fix: error.advice,
  };
}

function lateNote(netns: string, fate: string): Finding {
  return {
    id: 'watched-late',
    severity: 'note',
    title: `the network namespace ${netns} came during the watch and ${fate}`,
    interface: '',
    evidence: [],
    count: 1,
    fix: '',
  };
}
