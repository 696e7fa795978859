/**
 * What passed on interfaces that came, before they were watched: a note for each of the first, and one for all others.
 */
import { formatCount, plural } from '../format/units.js';
import { type Finding, settingEvidence } from './finding.js';

const mostNotes = 64;

export class LateNotes {
  readonly #notes: Finding[] = [];
  #further = 0;
  #missed = 0;

  /** @param withinMs of its coming it is watched */
  constructor(readonly withinMs: number) {}

  add(name: string, missed: number): void {
    if (this.#notes.length < mostNotes) {
      this.#notes.push(this.#note(name, name, missed));
      return;
    }
    this.#further++;
    this.#missed += missed;
  }

  findings(): Finding[] {
    if (this.#further === 0) return this.#notes;
    return [...this.#notes, this.#note('', plural(this.#further, 'further interface'), this.#missed)];
  }

  #note(name: string, who: string, missed: number): Finding {
    return {
      id: 'watched-late',
      severity: 'note',
      title: `${who} came during the watch; what passed before it was watched was not seen`,
      interface: name,
      evidence: [settingEvidence(`${formatCount(missed)} frames within ${this.withinMs} ms`)],
      count: missed,
      fix: '',
    };
  }
}
