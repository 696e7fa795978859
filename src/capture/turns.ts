/**
 * Loops over frames that go on without a wait leave the event loop a turn from time to time, in which signals, timers and
 * keys are heard.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Longest stretch of work between two turns. */
const maxTurnMs = 8;

export class Turns {
  #beganMs = performance.now();

  /** Gives a turn, if the last one is long enough ago. @returns whether it was */
  async give(): Promise<boolean> {
    if (performance.now() - this.#beganMs <= maxTurnMs) return false;
    await nextTurn();
    this.#beganMs = performance.now();
    return true;
  }
}
