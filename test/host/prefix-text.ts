/**
 * Prefixes and addresses as text, for comparisons.
 */
import type { Prefix } from '../../src/host/host-model.js';

export function ipv4Text(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

/** Dotted decimal, or all 32 hexadecimal digits, and the length. */
export function formatPrefix({ bytes, prefixLen }: Prefix): string {
  const address = bytes.length === 4 ? bytes.join('.') : Buffer.from(bytes).toString('hex');
  return `${address}/${prefixLen}`;
}
