/**
 * Checks captures one after the other and joins what was found.
 */
import type { Source } from '../capture/source.js';
import { InterfaceRole } from '../capture/source.js';
import { CaptureCheck, type CaptureCheckSpec } from './capture-check.js';
import { Detector } from './detector.js';
import type { Except } from './except.js';
import { Ledger } from './ledger.js';
import { quietNotes } from './quiet-notes.js';
import type { Observations, Watched } from './verdict.js';

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
      findings: [...this.#ledger.findings(), ...quietNotes(watched)],
      blindBecause: hasWire(watched) ? null : 'the captures are of loopback alone: no wire was looked at',
      canary: null,
    };
  }
}

function hasWire(watched: readonly Watched[]): boolean {
  return watched.some(({ role }) => role !== InterfaceRole.loopback);
}
