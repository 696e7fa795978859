/**
 * A network namespace looked at without capturing: its interfaces, their counters, and the tables of its addresses.
 * What it looks through stays open, so that it costs one read of a file each time, and holds the namespace.
 */
import { AddressNews } from './address-news.js';
import { deviceName } from './device.js';
import type { InterfaceCounters } from './interface-counters.js';
import { parseInterfaceCounters } from './interface-counters.js';
import { iffUp } from './interface-flags.js';
import { closeSockets, type LiveSockets, netnsPath, readInterfaceText, readTables } from './live-sockets.js';
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
  /** For openRings; closed with this. */
  readonly sockets: LiveSockets;
  /** Opened by who asks first; null where it cannot be. */
  #addressNews: AddressNews | null | undefined;

  /** @throws CaptureError `engine`, `interface`, `permission` */
  constructor(readonly netns: string | null) {
    this.#native = nativeFor('*');
    this.sockets = openSocketsFor(this.#native, netns, 0, 0, '*');
  }

  /** Every interface that is there now. */
  interfaces(): LookedAt[] {
    return listPlans(this.#native, this.sockets).map(({ name, device }) => ({
      name,
      index: device.index,
      isUp: (device.flags & iffUp) !== 0,
      isLoopback: isLoopback(device),
    }));
  }

  /** The name of the interface with this index; null where there is none. */
  nameOf(index: number): string | null {
    return deviceName(this.#native, this.sockets.control, index);
  }

  counters(): Map<string, InterfaceCounters> {
    return parseInterfaceCounters(readInterfaceText(this.sockets.tables));
  }

  /** Frames that its interfaces have carried since they were made, those of loopback left out. */
  carried(): number {
    const counters = this.counters();
    const wires = this.interfaces().flatMap(({ name, isLoopback }) =>
      isLoopback ? [] : (counters.get(name) ?? []),
    );
    return wires.reduce((sum, { received, sent }) => sum + received + sent, 0);
  }

  hostTables(): HostTables {
    return readTables(this.sockets.tables);
  }

  /** Has an address of an interface come or gone since the last call? False as long as the kernel cannot be asked. */
  haveAddressesChanged(): boolean {
    if (this.#addressNews === undefined)
      this.#addressNews = AddressNews.open(this.netns === null ? null : netnsPath(this.netns));
    return this.#addressNews?.take() ?? false;
  }

  close(): void {
    this.#addressNews?.close();
    this.#addressNews = null;
    closeSockets(this.#native, this.sockets);
  }
}
