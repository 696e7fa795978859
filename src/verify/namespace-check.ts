/**
 * One network namespace of many while it is checked: held open, watched, its copies counted, and at the end its
 * settings. All that is found bears its name.
 *
 *     hold ─► Watch ─► CopiesWatch ─ … ─► settings ─► hold closed
 *
 * Sockets keep a namespace alive that everybody else has left: it is let go as soon as that is seen.
 */
import { CaptureError } from '../capture/capture-error.js';
import { NamespaceLook } from '../capture/namespace-look.js';
import { outOfFiles } from '../capture/out-of-files.js';
import { FilterError } from '../filter/filter-error.js';
import { formatCount } from '../format/units.js';
import { holdNamespace, type NamespaceHold } from '../host/namespace-hold.js';
import type { NetworkNamespace } from '../host/namespaces.js';
import { CopiesWatch } from './copies-watch.js';
import type { CopyCounts } from './copy-counts.js';
import type { Except } from './except.js';
import { type Finding, settingEvidence } from './finding.js';
import type { RingBudget } from './ring-budget.js';
import { settingsNow } from './settings-watch.js';
import { nothingSeen } from './unwatched.js';
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
  #hold: NamespaceHold | null = null;
  /** null also once all is read of it: a namespace leaves a record, and thousands may come and go. */
  #watch: Watch | null = null;
  #copiesWatch: CopiesWatch | null = null;
  readonly #notes: Finding[] = [];
  #copies: CopyCounts | null = null;
  #running: Promise<void> = Promise.resolve();
  /** Ends when all is open, or it is known that it cannot be. */
  readonly opened: Promise<void>;
  #ended: Promise<void> | null = null;
  #blindBecause: string | null = null;
  #isGone = false;
  #watched: readonly Watched[] = [];
  #findings: readonly Finding[] = [];

  /**
   * Opens what is there, and watches from then on.
   * @param name unlike all others
   * @param isLate it came during the watch
   * @throws (opened) CaptureError `engine`; FilterError for a mistake in `--except`
   */
  constructor(
    readonly namespace: NetworkNamespace,
    readonly name: string,
    readonly spec: NamespaceCheckSpec,
    readonly isLate: boolean,
  ) {
    this.opened = this.#open();
  }

  async #open(): Promise<void> {
    const { namespace, name, isLate } = this;
    try {
      this.#hold = holdNamespace(namespace);
      if (this.#hold === null) {
        // Of one that was there when the watch began, nothing of the watch was missed. Of another it is not known; one that
        // vanishes a moment earlier is not even listed.
        if (isLate) this.#notes.push(vanishedNote(name));
        return;
      }
      const { rings, except } = this.spec;
      const part = { rings, fixPath: this.#fixPath };
      const netns = this.#entrance;
      const spec = { interfaces: [], netns, bufferBytes: null, except, isProbing: false, part };
      this.#watch = await Watch.open(spec);
      if (isLate) this.#blindBecause = this.#missedBefore();
      this.#running = this.#watch.run(untilClosedSeconds, () => {});
      this.#copiesWatch = await this.#openCopies();
    } catch (error) {
      this.#blindBecause = reasonOf(error, isLate);
    }
  }

  /** Where it is entered; null for this process's own, which needs no right to be. */
  get #entrance(): string | null {
    return this.namespace.isOwn ? null : this.#hold!.path;
  }

  /** What nobody watched, as a reason; null where its interfaces had carried nothing when they were opened. */
  #missedBefore(): string | null {
    const look = new NamespaceLook(this.#entrance);
    const missed = look.carried();
    look.close();
    return missed === 0
      ? null
      : `it came during the watch, and ${formatCount(missed)} frames passed before it was watched`;
  }

  /** What it is called and what is watched there now. */
  get names(): string[] {
    return this.#watch?.names.map((name) => `${this.name} ${name}`) ?? [];
  }

  async #openCopies(): Promise<CopiesWatch | null> {
    try {
      return await CopiesWatch.open(this.#entrance, this.spec.observesCopies);
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
    const { settings, findings } = settingsNow(this.#entrance, this.#fixPath);
    // The same findings again, now that it is known why.
    if (settings !== null) this.#findings = this.#watch?.observations(settings).findings ?? [];
    this.#watch = null;
    this.#notes.push(...findings);
    this.#hold?.close();
  }

  /** Once: a namespace that vanishes as the time is over is ended by whichever comes first. */
  #end(hasVanished: boolean): Promise<void> {
    this.#ended ??= this.#endNow(hasVanished);
    return this.#ended;
  }

  async #endNow(hasVanished: boolean): Promise<void> {
    // Why it could not be opened was told to whoever began it.
    await this.opened.catch(() => {});
    const copies = this.#copiesWatch?.close();
    await this.#watch?.close();
    await this.#running;
    this.#copies = (await copies) ?? null;
    const seen = this.#watch?.observations(null) ?? null;
    if (hasVanished) this.#watch = null;
    this.#copiesWatch = null;
    if (seen !== null) {
      this.#watched = seen.watched;
      this.#findings = seen.findings;
      this.#blindBecause ??= seen.blindBecause;
      // Where there was nothing but loopback, nothing was missed.
      if (hasVanished && seen.watched.length > 0) this.#blindBecause ??= vanished;
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
    return this.#blindBecause === null ? all : [...all, { ...nothingSeen(this.#blindBecause), netns }];
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
function reasonOf(thrown: unknown, isLate: boolean): string {
  const error = outOfFiles(thrown, '') ?? thrown;
  if (error instanceof FilterError && isLate) return `--except: ${error.message}`;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not enter (run as root)';
  if (!(error instanceof CaptureError) || error.code === 'engine') throw error;
  return error.advice === '' ? error.what : `${error.what} (${error.advice})`;
}

function copiesNote(error: CaptureError): Finding {
  return {
    id: 'copies-unseen',
    severity: 'note',
    title: 'copies of own broadcasts and multicasts were not observed',
    interface: '',
    evidence: [settingEvidence(error.what)],
    count: 0,
    ...(error.advice === '' ? {} : { advice: error.advice }),
    fix: '',
  };
}

function vanishedNote(netns: string): Finding {
  return {
    id: 'watched-late',
    severity: 'note',
    title: `the network namespace ${netns} came during the watch and vanished before it could be watched`,
    interface: '',
    evidence: [],
    count: 1,
    fix: '',
  };
}
