/**
 * Checksums that cover a pseudo-header of the IP addresses, the protocol and the length: TCP, UDP, ICMPv6.
 * Reference: RFC 9293 3.1, RFC 768, RFC 8200 8.1.
 *
 * A kernel that leaves the checksum to the device, and lo never computes one, puts the folded sum of the
 * pseudo-header into the field, so that a capture alone can tell `offloaded` from `wrong`.
 */
import { checksumVerdict, foldSum, sumOfWords } from './checksum.js';
import type { Dissector } from './dissector.js';
import { Fact, IpProtocol } from './packet-batch.js';

/**
 * The verdict on the checksum `field` of the message of `len` bytes at `start`.
 * @param dissector its cursor may be before or behind the message's header
 */
export function transportChecksum(
  dissector: Dissector,
  protocol: number,
  start: number,
  len: number,
  field: number,
): string {
  const { cursor, view, addressesOffset, addressesLen } = dissector;
  if ((cursor.facts & Fact.fragment) !== 0) return 'not verified: covers the reassembled datagram';
  if (dissector.addressesReplaced) return 'not verified: covers an address that the IP header does not have';
  const captured = cursor.end - start;
  if (addressesLen === 0 || len < 8) return 'not verified';
  if (captured < len) return `not verified: ${captured} of ${len} bytes captured`;
  const addresses = sumOfWords(view, addressesOffset, addressesOffset + addressesLen);
  const pseudoHeader = addresses + protocol + len;
  const sum = sumOfWords(view, start, start + len, pseudoHeader);
  // UDP sends a sum of zero as all ones: zero says that there is none (RFC 768).
  const verdict =
    protocol === IpProtocol.udp ? checksumVerdict(sum, field, 0xffff) : checksumVerdict(sum, field);
  if (verdict === 'correct' || field !== foldSum(pseudoHeader)) return verdict;
  return 'offloaded: it holds the pseudo-header sum only';
}
