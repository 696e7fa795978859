/**
 * Sightings joined to findings: one for each kind, passage and place on each interface, with the first few frames as
 * evidence and the number of all. What is kept is bounded whatever is seen: passages and places are few, and interfaces
 * past a number share one entry.
 */
import { formatCount } from '../format/units.js';
import type { HostSettings } from '../host/host-settings.js';
import { adviseOn } from './advice.js';
import type { LoopbackEnd } from './describe-leak.js';
import type { Finding, FindingEvidence } from './finding.js';
import { isOnlyHeard } from './hairpin-advice.js';
import { LeakCauses } from './leak-causes.js';
import { titleOf } from './leak-title.js';
import { commandIn } from './setting-check.js';
import type { Seen, Sighting, SightingDetail } from './sighting.js';

const keptEvidence = 5;
const mostEntries = 4096;

interface Entry extends Seen {
  readonly ends: Set<LoopbackEnd>;
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
    for (const end of sighting.ends) entry.ends.add(end);
    if (isReturn) entry.returns++;
    if (entry.evidence.length < keptEvidence) entry.evidence.push({ file: sighting.file, ...detailOf() });
  }

  #entryOf(sighting: Sighting): Entry | null {
    const { kind, passage, place, provoked, file } = sighting;
    const key = [kind, passage, place, provoked, file, sighting.interface].join('\n');
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    if (this.#entries.size >= mostEntries) return null;
    const entry: Entry = { sighting, ends: new Set(), evidence: [], count: 0, returns: 0 };
    this.#entries.set(key, entry);
    return entry;
  }

  /** @param settings of the host that was watched, which may show why; null where they are not known */
  findings(settings: HostSettings | null = null): Finding[] {
    const causes = settings === null ? null : new LeakCauses(settings);
    const found = [...this.#entries.values()].map((entry) => findingOf(entry, causes, this.netns));
    if (this.#beyond > 0) found.push(furtherFinding(this.#beyond));
    return found;
  }
}

function findingOf(entry: Entry, causes: LeakCauses | null, netns: string | null): Finding {
  const { sighting, evidence, count, returns } = entry;
  const { text, commands } = adviseOn(entry, causes);
  return {
    id: idOf(sighting),
    severity: sighting.kind === 'malformed' ? 'note' : isOnlyHeard(entry) ? 'warning' : 'error',
    title: titleOf(sighting, returns),
    interface: sighting.interface,
    evidence,
    count,
    advice: text,
    fix: commands.map((command) => commandIn(netns, command)).join('\n'),
  };
}

function idOf({ kind, passage }: Sighting): string {
  if (kind !== 'leak') return kind;
  return passage === 'unknown' ? 'leak' : `leak-${passage}`;
}

function furtherFinding(count: number): Finding {
  const title = `${formatCount(count)} more frames leaked or turned back, on further interfaces`;
  return { id: 'leak', severity: 'error', title, interface: '', evidence: [], count, fix: '' };
}
