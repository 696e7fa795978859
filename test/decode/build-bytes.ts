/**
 * What the frame builder is made of: packing fields, checksums, addresses. It shares no code with src/decode on
 * purpose, so that one can test the other.
 */
import { parseIpv4, parseIpv6 } from '../../src/format/address.js';

/** A field: its bytes on the wire, big endian, and its value. */
export type Packed = readonly [len: 1 | 2 | 3 | 4 | 8, value: number];

/** The fields and byte runs, one after the other. */
export function pack(...parts: readonly (Packed | Uint8Array)[]): Uint8Array {
  const bytes: number[] = [];
  for (const part of parts) {
    if (part instanceof Uint8Array) for (const byte of part) bytes.push(byte);
    else for (let i = part[0] - 1; i >= 0; i--) bytes.push(Math.floor(part[1] / 256 ** i) % 256);
  }
  return Uint8Array.from(bytes);
}

/** Any number of byte runs as one. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** Four or sixteen bytes of address text. */
export function addressBytes(text: string): Uint8Array {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== null) return pack([4, ipv4 >>> 0]);
  const ipv6 = parseIpv6(text);
  if (ipv6 === null) throw new TypeError(`not an address: ${text}`);
  return ipv6;
}

/** Six bytes of `aa:bb:cc:dd:ee:ff`. */
export function macBytes(text: string): Uint8Array {
  return Uint8Array.from(text.split(':'), (part) => Number.parseInt(part, 16));
}

/** RFC 1071, over byte runs that are each padded to an even length; complemented unless `raw`. */
export function internetChecksum(parts: readonly Uint8Array[], raw = false): number {
  let sum = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i += 2) sum += part[i] * 256 + (part[i + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return raw ? sum : ~sum & 0xffff;
}

/** The pseudo-header that the checksums of TCP, UDP and ICMPv6 begin with. */
export function pseudoHeader(source: string, destination: string, protocol: number, len: number): Uint8Array {
  return pack(addressBytes(source), addressBytes(destination), [4, len], [4, protocol]);
}

/** A copy of `bytes` with `value` as two bytes at `offset`. */
export function withUint16(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[offset] = value >> 8;
  copy[offset + 1] = value & 255;
  return copy;
}

/** The bytes of a hex dump: an offset in four digits and two spaces, then hex bytes; what follows `|` is text. */
export function hexdump(text: string): Uint8Array {
  const lines = text.split('\n').map((line) => line.replace(/\|.*/, '').replace(/^\s*[0-9a-f]{4} {2}/, ''));
  return Uint8Array.from(lines.join(' ').match(/\b[0-9a-f]{2}\b/g) ?? [], (pair) =>
    Number.parseInt(pair, 16),
  );
}
