/**
 * One interface of a ring source: its ring, and what becomes of the interface while it is captured. It is looked at
 * through the control socket, so that it is right in any network namespace.
 */
import { acceptAll, packProgram } from './bpf.js';
import { deviceByName, deviceName } from './device.js';
import { iffLoopback, iffUp } from './interface-flags.js';
import type { Native } from './native.js';
import type { Ring } from './ring.js';
import { ethPAll } from './ring-layout.js';
import type { CaptureInterface, SourceEvent } from './source.js';

/** The interface as the source shows it; its name follows the system's. */
export type LaneInterface = { -readonly [Key in keyof CaptureInterface]: CaptureInterface[Key] };

/** What an interface is to a packet socket: one that comes back must be the same. */
export interface LaneDevice {
  /** 0 is every interface (`any`), which nothing happens to. */
  readonly index: number;
  readonly hardware: number;
  readonly isLoopback: boolean;
}

const solSocket = 1;
const soError = 4;

type Report = (kind: SourceEvent['kind'], text: string) => void;

export class Lane {
  /** The interface is there and up. */
  isUp = true;
  /** It is gone from the namespace. */
  #isGone = false;
  #device: LaneDevice;
  /** The name that was asked for, by which a renamed interface may come back, too. */
  readonly #requested: string;

  constructor(
    readonly ring: Ring,
    readonly shown: LaneInterface,
    device: LaneDevice,
    readonly native: Native,
    readonly control: number,
    /** Once it is gone, another of its name is waited for. */
    readonly isFollowed: boolean,
  ) {
    this.#device = device;
    this.#requested = shown.name;
  }

  /**
   * Looks at the interface.
   * @param hasFailed the socket said since the last look that its interface went down
   */
  check(hasFailed: boolean, report: Report): void {
    if (this.#device.index === 0) return;
    if (this.#isGone) {
      if (this.isFollowed) this.#findAgain(report);
      return;
    }
    const { name } = this.shown;
    const now = deviceName(this.native, this.control, this.#device.index);
    if (now === null) {
      this.#isGone = true;
      this.isUp = false;
      const waits = this.isFollowed ? ' (waiting for it to come back)' : '';
      report('removed', `${name}: the interface was removed${waits}`);
      if (this.isFollowed) this.#findAgain(report);
      return;
    }
    if (now !== name) {
      this.shown.name = now;
      report('renamed', `${name}: the interface is now called ${now}`);
    }
    this.#checkUp(hasFailed, report);
  }

  /** Takes the error that the socket told of; it would end each wait at once. */
  clearError(): void {
    this.native.getOption(this.ring.fd, solSocket, soError, new Uint8Array(4));
    try {
      // It may have been removed and made again with its index: then the kernel has unbound the socket.
      this.native.bindPacket(this.ring.fd, ethPAll, this.#device.index);
    } catch {
      // Gone: the look that follows says so.
    }
  }

  /** Lets no more frames in. */
  refuseMore(): void {
    try {
      this.native.attachFilter(this.ring.fd, packProgram(acceptAll(0)));
    } catch {
      // Then what is there is taken, and what comes meanwhile.
    }
  }

  #checkUp(hasFailed: boolean, report: Report): void {
    const { name } = this.shown;
    const isUp = this.#isFlagUp();
    if (this.isUp && (!isUp || hasFailed)) {
      this.isUp = false;
      report('down', `${name}: the interface went down (nothing is seen until it is up again)`);
    }
    if (!this.isUp && isUp) {
      this.isUp = true;
      report('up', `${name}: the interface is up again`);
    }
  }

  /** Flags are asked for by name (netdevice(7)): where another has it by now, nothing is known until the next look. */
  #isFlagUp(): boolean {
    try {
      const { index, flags } = deviceByName(this.native, this.control, this.shown.name);
      return index === this.#device.index ? (flags & iffUp) !== 0 : this.isUp;
    } catch {
      return this.isUp; // Renamed or gone this moment.
    }
  }

  /** Binds the same socket to an interface that has the name now. */
  #findAgain(report: Report): void {
    if (!this.#bindTo(this.shown.name, report) && this.shown.name !== this.#requested)
      this.#bindTo(this.#requested, report);
  }

  /** @returns whether there is an interface of that name, of the same kind */
  #bindTo(name: string, report: Report): boolean {
    try {
      const { index, flags, hardware } = deviceByName(this.native, this.control, name);
      const isLoopback = (flags & iffLoopback) !== 0;
      if (hardware !== this.#device.hardware || isLoopback !== this.#device.isLoopback) return false;
      this.native.bindPacket(this.ring.fd, ethPAll, index);
      this.#device = { index, hardware, isLoopback };
      this.#isGone = false;
      this.isUp = (flags & iffUp) !== 0;
      this.shown.name = name;
      this.shown.index = index;
      report('returned', `${name}: the interface came back${this.isUp ? '' : ', but is down'}`);
      return true;
    } catch {
      return false; // Not there yet.
    }
  }
}
