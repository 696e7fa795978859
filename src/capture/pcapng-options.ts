/**
 * Options of a pcapng block, walked in place.
 * Reference: draft-ietf-opsawg-pcapng section 3.5.
 *
 *     code 16 · length 16 · value, padded to 4 bytes         code 0 ends the list; so does the block's end
 */
import { formatIpv4, formatIpv6 } from '../format/address.js';

/** Walks one option list; made once and reset for each, because packet blocks may carry options. */
export class OptionCursor {
  code = 0;
  valueLen = 0;
  /** Index of the value in the view. */
  valueAt = 0;
  /** Length of an option that reaches past its block, or -1: damage. */
  overrun = -1;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #littleEndian = true;
  #next = 0;
  #end = 0;

  /** Stands before the first option of view[start, end). */
  reset(view: DataView, start: number, end: number, littleEndian: boolean): void {
    this.#view = view;
    this.#next = start;
    this.#end = end;
    this.#littleEndian = littleEndian;
    this.overrun = -1;
  }

  /** Moves to the next option. @returns false at the end, and at damage */
  next(): boolean {
    const at = this.#next;
    if (this.#end - at < 4) return false;
    this.code = this.#view.getUint16(at, this.#littleEndian);
    this.valueLen = this.#view.getUint16(at + 2, this.#littleEndian);
    if (this.code === 0) return false;
    this.valueAt = at + 4;
    if (this.valueLen > this.#end - this.valueAt) {
      this.overrun = this.valueLen;
      return false;
    }
    this.#next = this.valueAt + this.valueLen + (-this.valueLen & 3);
    return true;
  }
}

const utf8 = new TextDecoder();

/** A text value; some writers end it with zeros although the format does not ask for that. */
export function textOf(view: DataView, at: number, len: number): string {
  const text = utf8.decode(new Uint8Array(view.buffer, view.byteOffset + at, len));
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** `a.b.c.d/prefix` of if_IPv4addr: four bytes of address, four of mask. */
export function ipv4Prefix(view: DataView, at: number): string {
  return `${formatIpv4(view.getInt32(at))}/${Math.clz32(~view.getUint32(at + 4))}`;
}

/** `x::y/length` of if_IPv6addr: sixteen bytes of address, one of length. */
export function ipv6Prefix(view: DataView, at: number): string {
  return `${formatIpv6(view, at)}/${view.getUint8(at + 16)}`;
}
