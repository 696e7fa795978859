/**
 * ICMP errors as the sender of a datagram gets them: which one, and the datagram that it quotes.
 *
 *     at: IP header ─ type, code, …, 8 bytes in all ─ the quoted IP header ─ its beginning
 *
 * Reference: RFC 792; RFC 4443 2.1 (types below 128 are errors) and 3.1.
 */
import { IpProtocol } from '../decode/packet-batch.js';
import { type FoundHeader, Header } from './leak-walk.js';

export interface IcmpError {
  /** `ICMP error 3/13`, its type and code. */
  readonly text: string;
  readonly quoted: FoundHeader;
}

/** What the kernel tells where no neighbour answered: host unreachable, and address unreachable of IPv6. */
export const unanswered = 'no neighbour answered';

const icmpLen = 8;
/** Destination unreachable, source quench, redirect, time exceeded, parameter problem. */
const ipv4Errors = [3, 4, 5, 11, 12];

/** @param found an IP header; null where no ICMP error that quotes one follows it */
export function errorIn({ view, header, at, end }: FoundHeader): IcmpError | null {
  const isIpv4 = header === Header.ipv4;
  const minLen = isIpv4 ? 20 : 40;
  if (at + minLen > end) return null;
  const protocol = view.getUint8(at + (isIpv4 ? 9 : 6));
  if (protocol !== (isIpv4 ? IpProtocol.icmp : IpProtocol.icmpv6)) return null;
  const icmp = at + (isIpv4 ? 4 * (view.getUint8(at) & 15) : minLen);
  const quote = icmp + icmpLen;
  if (quote + minLen > end) return null;
  const type = view.getUint8(icmp);
  const code = view.getUint8(icmp + 1);
  if (isIpv4 ? !ipv4Errors.includes(type) : type >= 128) return null;
  const isUnanswered = isIpv4 ? type === 3 && code === 1 : type === 1 && code === 3;
  const text = isUnanswered ? unanswered : `ICMP${isIpv4 ? '' : 'v6'} error ${type}/${code}`;
  return { text, quoted: { view, header, at: quote, end } };
}
