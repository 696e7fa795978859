/**
 * One interface of a capture while it is checked: what was counted, and why it could not be seen in whole.
 */
import { type CaptureInterface, InterfaceRole } from '../capture/source.js';
import { formatCount } from '../format/units.js';
import { JudgementCounts } from './judgement-counts.js';
import type { Watched } from './verdict.js';

export class CapturedInterface {
  frames = 0;
  matched = 0;
  readonly judged = new JudgementCounts();
  /** Suspects on Ethernet that pass for loopback's, since their MAC addresses are zero. */
  withoutMac = 0;
  /** Name of a link type that is not decoded here, '' for none. */
  undecodedLink = '';
  /** At least one frame was not on a loopback. */
  hasWire = false;
  /** Frames of it were judged without any own address. */
  isHostUnknown = false;

  constructor(
    readonly captured: CaptureInterface,
    readonly role: InterfaceRole,
  ) {}

  get name(): string {
    return this.captured.name;
  }

  get isOnlyDescribed(): boolean {
    return this.captured.isOnlyDescribed === true;
  }

  /** @param error what ended the capture early, or null */
  result(file: string, error: string | null): Watched {
    const isLoopback = this.role === InterfaceRole.loopback || (this.frames > 0 && !this.hasWire);
    const reasons = isLoopback ? [] : this.#reasons(error);
    return {
      interface: this.name,
      file,
      role: isLoopback ? InterfaceRole.loopback : this.role,
      framesSeen: this.frames,
      framesMatched: this.matched,
      dropped: this.captured.dropped,
      excepted: this.judged.excepted,
      isDown: false,
      blindBecause: reasons.length === 0 ? null : reasons.join('; '),
    };
  }

  #reasons(error: string | null): string[] {
    const reasons = error === null ? [] : [error];
    const { dropped } = this.captured;
    if (dropped !== null && dropped > 0)
      reasons.push(`${formatCount(dropped)} frames were dropped when it was captured`);
    if (this.undecodedLink !== '') reasons.push(`its link type, ${this.undecodedLink}, is not decoded here`);
    if (this.withoutMac > 0)
      reasons.push(
        `${formatCount(this.withoutMac)} frames with loopback's MAC addresses are among those of a wire, and nothing tells where they were (--interface-role, or a capture of each interface)`,
      );
    return [
      ...reasons,
      ...this.judged.reasons('frames were cut before the check was done (a larger snaplen)'),
    ];
  }

  /** A capture without any interface. */
  static absent(file: string, blindBecause: string): Watched {
    const nothing = { framesSeen: 0, framesMatched: 0, dropped: null, excepted: 0, isDown: false };
    return { interface: '', file, role: InterfaceRole.unknown, ...nothing, blindBecause };
  }
}
