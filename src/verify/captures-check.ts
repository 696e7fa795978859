/**
 * Checks captures one after the other and joins what was found.
 */
import type { Source } from '../capture/source.js';
import { InterfaceRole } from '../capture/source.js';
import { CaptureCheck, type CaptureCheckSpec } from './capture-check.js';
import { Detector } from './detector.js';
import type { Except } from './except.js';
import { type Finding, settingEvidence } from './finding.js';
import { Ledger } from './ledger.js';
import { quietNotes } from './quiet-notes.js';
import type { Observations, Watched } from './verdict.js';

/** Files that a note names. */
const mostNamed = 5;

export class CapturesCheck {
  readonly #ledger = new Ledger();
  readonly #checks: CaptureCheck[];
  readonly #beganMs = performance.now();
  #isClosed = false;

  constructor(sources: readonly Source[], spec: CaptureCheckSpec, except: Except | null) {
    const detector = new Detector(this.#ledger, except);
    this.#checks = sources.map((source) => new CaptureCheck(source, detector, spec));
  }

  async run(): Promise<void> {
    for (const check of this.#checks) {
      if (this.#isClosed) await check.close();
      await check.run();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#checks.map((check) => check.close()));
  }

  /** What was seen, once run() has ended. */
  observations(): Observations {
    const watched = this.#checks.flatMap((check) => check.results());
    return {
      seconds: (performance.now() - this.#beganMs) / 1000,
      watched,
      findings: [...this.#ledger.findings(), ...this.#hostNotes(), ...quietNotes(watched)],
      blindBecause: nothingLookedAt(watched),
      canary: null,
      copies: null,
      probe: null,
    };
  }

  /** A hairpin is known by the host's own addresses alone. */
  #hostNotes(): Finding[] {
    const lacking = this.#checks.filter((check) => check.lacksHost);
    const merged = this.#checks.filter((check) => check.isMerged && !check.lacksHost);
    return [
      ...hairpinNote('hairpin-unchecked', lacking, {
        title: 'hairpins were not looked for: nothing tells the own addresses of the captured host',
        fix: 'name them: --host ADDRESS/PREFIX',
      }),
      ...hairpinNote('hairpin-in-part', merged, {
        title: 'hairpins between interfaces were not looked for: a section has interfaces of several hosts',
        fix: 'check the capture of each host by itself, or name the addresses of one: --host ADDRESS/PREFIX',
      }),
    ];
  }
}

function hairpinNote(
  id: string,
  checks: readonly CaptureCheck[],
  words: { title: string; fix: string },
): Finding[] {
  if (checks.length === 0) return [];
  const evidence = checks.slice(0, mostNamed).map(({ source }) => settingEvidence(source.name));
  return [{ id, severity: 'note', ...words, interface: '', evidence, count: checks.length }];
}

/**
 * Captures that show no frame of a wire prove nothing, whatever the reason; among others, one of them is only noted.
 * (Live, the canary and the counters prove that a quiet interface was able to show one.)
 */
function nothingLookedAt(watched: readonly Watched[]): string | null {
  const wires = watched.filter(({ role }) => role !== InterfaceRole.loopback);
  if (wires.length === 0)
    return 'the captures are of loopback alone: no wire was looked at (capture the other interfaces)';
  if (wires.some(({ framesSeen, blindBecause }) => framesSeen !== 0 || blindBecause !== null)) return null;
  return 'the captures have no frame of a wire: nothing is proven (capture while what may leak runs)';
}
