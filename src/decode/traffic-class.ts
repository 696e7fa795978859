/**
 * The differentiated services field of both versions of IP: six bits of code point, two of congestion notification.
 * Reference: RFC 2474 3, RFC 3168 5; IANA dscp-registry.
 */
import type { Dissector } from './dissector.js';

const ecnNames = ['not ECN-capable', 'ECN-capable: ECT(1)', 'ECN-capable: ECT(0)', 'congestion experienced'];

/** Notes the code point and the congestion bits of the byte `value`, which lies in the `len` bytes at `offset`. */
export function dissectTrafficClass(dissector: Dissector, value: number, offset: number, len: number): void {
  dissector.part('Differentiated Services Code Point', value >> 2, dscpName(value >> 2), offset, len);
  dissector.part('Explicit Congestion Notification', value & 3, ecnNames[value & 3], offset, len);
}

function dscpName(dscp: number): string {
  if (dscp === 0) return 'default';
  if (dscp === 1) return 'lower effort';
  if (dscp === 44) return 'voice admit';
  if (dscp === 46) return 'expedited forwarding';
  if (dscp % 8 === 0) return `class selector ${dscp / 8}`;
  const [forwardingClass, drop] = [dscp >> 3, (dscp & 7) / 2];
  const isAssured = forwardingClass <= 4 && Number.isInteger(drop);
  return isAssured ? `assured forwarding ${forwardingClass}${drop}` : '';
}
