/**
 * Sends whole frames by a packet socket (packet(7)): link header and all, past every rule of the IP stack. Meant for
 * namespaces of the program's own.
 */
import fs from 'node:fs';
import { deviceByName } from './device.js';
import type { Native } from './native.js';
import { nativeFor, openSocketsFor } from './open-ring.js';

export class FrameSender {
  readonly #native: Native;
  readonly #fds: readonly number[];
  readonly #fd: number;

  /** @throws CaptureError `permission`, `interface`, `engine`; NativeError where there is no such interface */
  constructor(netns: string | null, interfaceName: string) {
    this.#native = nativeFor(interfaceName);
    const { control, tables, packets } = openSocketsFor(this.#native, netns, 1, 0, interfaceName);
    this.#fds = [control, ...tables, ...packets];
    this.#fd = packets[0];
    try {
      const { index } = deviceByName(this.#native, control, interfaceName);
      // Protocol 0: it receives nothing.
      this.#native.bindPacket(this.#fd, 0, index);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** @returns false where the interface does not take it now */
  send(frame: Uint8Array): boolean {
    try {
      return fs.writeSync(this.#fd, frame) === frame.length;
    } catch {
      return false;
    }
  }

  close(): void {
    for (const fd of this.#fds) this.#native.closeSocket(fd);
  }
}
