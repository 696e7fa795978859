/**
 * Interfaces that were named to be watched: a wrong name is told at once, and a loopback's is not what was meant.
 */
import { CaptureError } from '../capture/capture-error.js';
import { noSuchInterface } from '../capture/interface-fault.js';
import type { LookedAt } from '../capture/namespace-look.js';

/** @throws CaptureError `interface` for a name that none has, or that is a loopback's */
export function requireNamed(names: readonly string[], there: readonly LookedAt[]): void {
  for (const name of names) {
    const found = there.find((each) => each.name === name);
    const known = there.map((each) => each.name);
    if (found === undefined) throw noSuchInterface(name, known);
    if (!found.isLoopback) continue;
    const what = 'is a loopback interface: nothing on it can leak';
    throw new CaptureError('interface', name, what, -1, 'name an interface that leads to a wire');
  }
}
