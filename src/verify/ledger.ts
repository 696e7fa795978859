/**
 * Sightings joined to findings: one for each kind, passage and place on each interface, with the first few frames as
 * evidence and the number of all. What is kept is bounded whatever is seen: passages and places are few, and interfaces
 * past a number share one entry.
 */
import { formatCount } from '../format/units.js';
import { fixOf, titleOf } from './advice.js';
import type { Finding, FindingEvidence } from './finding.js';
import { provokedFix, provokedTitle } from './provoked-advice.js';
import { commandIn } from './setting-check.js';
import type { Sighting, SightingDetail } from './sighting.js';

const keptEvidence = 5;
const mostEntries = 4096;

interface Entry {
  readonly sighting: Sighting;
  readonly evidence: FindingEvidence[];
  count: number;
  returns: number;
}

export class Ledger {
  readonly #entries = new Map<string, Entry>();
  /** Sightings that found no entry of their own. */
  #beyond = 0;

  /** @param netns path of the network namespace where fixes must be typed, or null */
  constructor(readonly netns: string | null = null) {}

  /** @param detailOf is asked only while evidence is still collected */
  add(sighting: Sighting, isReturn: boolean, detailOf: () => SightingDetail): void {
    const entry = this.#entryOf(sighting);
    if (entry === null) {
      this.#beyond++;
      return;
    }
    entry.count++;
    if (isReturn) entry.returns++;
    if (entry.evidence.length < keptEvidence) entry.evidence.push({ file: sighting.file, ...detailOf() });
  }

  #entryOf(sighting: Sighting): Entry | null {
    const { kind, passage, place, provoked, file } = sighting;
    const key = [kind, passage, place, provoked, file, sighting.interface].join('\n');
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    if (this.#entries.size >= mostEntries) return null;
    const entry: Entry = { sighting, evidence: [], count: 0, returns: 0 };
    this.#entries.set(key, entry);
    return entry;
  }

  findings(): Finding[] {
    const found = [...this.#entries.values()].map((entry) => findingOf(entry, this.netns));
    if (this.#beyond > 0) found.push(furtherFinding(this.#beyond));
    return found;
  }
}

function findingOf({ sighting, evidence, count, returns }: Entry, netns: string | null): Finding {
  const { kind, passage } = sighting;
  const fix = provokedFix(sighting, evidence[0].dst) || fixOf(sighting, evidence[0].src);
  const id = kind === 'hairpin' ? 'hairpin' : passage === 'unknown' ? 'leak' : `leak-${passage}`;
  // Another host that has one of this host's addresses looks the same from here.
  const isOnlyHeard = kind === 'hairpin' && passage === 'ingress' && returns === 0;
  return {
    id,
    severity: isOnlyHeard ? 'warning' : 'error',
    title: titleOf(sighting, returns) + provokedTitle(sighting),
    interface: sighting.interface,
    evidence,
    count,
    fix: isCommand(fix) ? commandIn(netns, fix) : fix,
  };
}

function isCommand(fix: string): boolean {
  return /^(sysctl|ip|nft) /.test(fix);
}

function furtherFinding(count: number): Finding {
  const title = `${formatCount(count)} more frames leaked or turned back, on further interfaces`;
  return { id: 'leak', severity: 'error', title, interface: '', evidence: [], count, fix: '' };
}
