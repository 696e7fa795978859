/**
 * Netlink attributes: type and length, a value, padding to four bytes; a value may be attributes again. Numbers are in
 * the host's order, which is little endian wherever the addon runs; nfnetlink's are mostly in network order (`be32`).
 * Reference: RFC 3549 2.3; linux/netlink.h, struct nlattr. Lengths from the kernel are checked like any others.
 *
 *      0        2        4                len      aligned to 4
 *     | len    | type   | value ...      | 0 ...  |
 */
import { bytesOfText, textOfBytes } from '../format/kernel-text.js';
import { malformed } from './netlink-error.js';

export interface Attribute {
  /** Without NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
  readonly type: number;
  /** A view into the message; valid as long as its buffer is. */
  readonly value: Uint8Array;
}

const headerLen = 4;
const typeMask = 0x3fff;
const flagNested = 0x8000;
const mostLen = 0xffff;

/** Length with the padding that follows. */
export function aligned(len: number): number {
  return (len + 3) & ~3;
}

/** The bytes of one attribute, padded. @throws RangeError for a value that no length field holds */
export function attribute(type: number, value: Uint8Array): Uint8Array {
  const len = headerLen + value.length;
  if (len > mostLen) throw new RangeError(`a netlink attribute of ${len} bytes (at most ${mostLen})`);
  const bytes = new Uint8Array(aligned(len));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, len, true);
  view.setUint16(2, type, true);
  bytes.set(value, headerLen);
  return bytes;
}

/** An attribute made of attributes. */
export function nested(type: number, attributes: readonly Uint8Array[]): Uint8Array {
  return attribute(type | flagNested, concatenate(attributes));
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A value of 32 bits in the host's order. */
export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** A value of 32 bits in network order. */
export function be32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** Text with the NUL that the kernel expects at its end. */
export function nulTerminated(text: string): Uint8Array {
  return bytesOfText(`${text}\0`);
}

/** All attributes of the bytes, in their order. @throws NetlinkError `malformed` */
export function parseAttributes(bytes: Uint8Array): Attribute[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const attributes: Attribute[] = [];
  for (let at = 0; at < bytes.length; ) {
    const left = bytes.length - at;
    if (left < headerLen) throw malformed(`${left} bytes left where an attribute needs ${headerLen}`);
    const len = view.getUint16(at, true);
    if (len < headerLen || len > left) {
      throw malformed(`an attribute of ${len} bytes where ${left} are left (least ${headerLen})`);
    }
    const type = view.getUint16(at + 2, true) & typeMask;
    attributes.push({ type, value: bytes.subarray(at + headerLen, at + len) });
    at += aligned(len);
  }
  return attributes;
}

/** By type; of several the last, as the kernel reads them. */
export function attributesByType(bytes: Uint8Array): Map<number, Uint8Array> {
  return new Map(parseAttributes(bytes).map(({ type, value }) => [type, value]));
}

/** A number of 32 bits in the host's order. @throws NetlinkError `malformed` unless the value has 4 bytes */
export function readU32(value: Uint8Array): number {
  if (value.length !== 4) throw malformed(`a number of ${value.length} bytes (expected 4)`);
  return new DataView(value.buffer, value.byteOffset, 4).getUint32(0, true);
}

/** Text up to its NUL, or to the end. */
export function readText(value: Uint8Array): string {
  const end = value.indexOf(0);
  return textOfBytes(end < 0 ? value : value.subarray(0, end));
}
