/**
 * A network namespace looked at without capturing: its interfaces, their counters, and the tables of its addresses.
 * What it looks through stays open, so that it costs one read of a file each time, and holds the namespace.
 */
import type { InterfaceCounters } from './interface-counters.js';
import { parseInterfaceCounters } from './interface-counters.js';
import { iffUp } from './interface-flags.js';
import { closeSockets, type LiveSockets, readInterfaceText, readTables } from './live-sockets.js';
import type { Native } from './native.js';
import { nativeFor, openSocketsFor } from './open-ring.js';
import { isLoopback, listPlans } from './ring-plan.js';
import type { HostTables } from './source.js';

export interface LookedAt {
  readonly name: string;
  readonly index: number;
  readonly isUp: boolean;
  readonly isLoopback: boolean;
}

export class NamespaceLook {
  readonly #native: Native;
  readonly #sockets: LiveSockets;

  /** @throws CaptureError `engine`, `interface`, `permission` */
  constructor(readonly netns: string | null) {
    this.#native = nativeFor('*');
    this.#sockets = openSocketsFor(this.#native, netns, 0, 0, '*');
  }

  /** Every interface that is there now. */
  interfaces(): LookedAt[] {
    return listPlans(this.#native, this.#sockets).map(({ name, device }) => ({
      name,
      index: device.index,
      isUp: (device.flags & iffUp) !== 0,
      isLoopback: isLoopback(device),
    }));
  }

  /** The name of the interface with this index; null where there is none. */
  nameOf(index: number): string | null {
    try {
      return this.#native.interfaceName(this.#sockets.control, index);
    } catch {
      return null;
    }
  }

  counters(): Map<string, InterfaceCounters> {
    return parseInterfaceCounters(readInterfaceText(this.#sockets.tables));
  }

  hostTables(): HostTables {
    return readTables(this.#sockets.tables);
  }

  close(): void {
    closeSockets(this.#native, this.#sockets);
  }
}
