/**
 * The Internet checksum: the one's complement of the one's complement sum of 16-bit words.
 * Reference: RFC 1071. The same sum over data and its checksum gives 0xffff.
 */
import { formatHex } from '../format/units.js';

/** The sum of the words from `start` to `end`, an odd last byte filled with zero, added to `sum`; not folded. */
export function sumOfWords(view: DataView, start: number, end: number, sum = 0): number {
  let total = sum;
  let at = start;
  for (; at + 1 < end; at += 2) total += view.getUint16(at);
  return at < end ? total + view.getUint8(at) * 256 : total;
}

/** A sum as 16 bits, carries added in. */
export function foldSum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return folded;
}

/**
 * The verdict on the checksum `field`, part of the bytes that were summed up to `sum`: `correct`, or what it should be.
 * @param sum not folded, over everything that the checksum covers, the field itself among it
 * @param insteadOfZero how the protocol sends a checksum that comes out as zero
 */
export function checksumVerdict(sum: number, field: number, insteadOfZero = 0): string {
  if (foldSum(sum) === 0xffff) return 'correct';
  const expected = ~foldSum(foldSum(sum) + (~field & 0xffff)) & 0xffff;
  return `wrong, should be ${formatHex(expected || insteadOfZero, 2)}`;
}
