/**
 * What a firewall rule's condition on an address says of loopback's: 127/8, ::1 and ::ffff:127.0.0.0/104. IPv4 lies in
 * ::ffff:0:0/96 here, so that spans of both versions are numbers of one range.
 */
import { type Prefix, parsePrefix } from './host-model.js';

/** How a condition lets loopback addresses through: not at all, unasked, among the others that it names, by name. */
export const Reach = { none: 0, any: 1, some: 2, named: 3 } as const;
export type Reach = (typeof Reach)[keyof typeof Reach];

export interface AddressMatch {
  readonly loopback: Reach;
  /** It lets other addresses through. */
  readonly others: boolean;
}

/** From the first address to the last. */
export interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

export const anyAddress: AddressMatch = { loopback: Reach.any, others: true };
export const notLoopback: AddressMatch = { loopback: Reach.none, others: true };
/** Of the host's own addresses, which 127/8 belongs to. */
export const ownAddresses: AddressMatch = { loopback: Reach.some, others: true };

const ipv4Start = 0xffff_0000_0000n;
const ipv4: Span = { first: ipv4Start, last: ipv4Start + 0xffff_ffffn };
const ipv4Loopback: Span = { first: ipv4Start + 0x7f00_0000n, last: ipv4Start + 0x7fff_ffffn };
const ipv6Loopback: Span = { first: 1n, last: 1n };
const loopback: readonly Span[] = [ipv4Loopback, ipv6Loopback];

/** Of `ADDRESS`, `ADDRESS/LEN`, `ADDRESS/MASK` or `FIRST-LAST`; null where the text is none of them. */
export function parseSpan(text: string): Span | null {
  const [start, end, ...more] = text.split('-');
  if (end !== undefined) {
    const [first, last] = [parsePrefix(start), parsePrefix(end)];
    if (first === null || last === null || more.length > 0) return null;
    return { first: spanOf(first).first, last: spanOf(last).last };
  }
  const prefix = parsePrefix(text);
  return prefix === null ? masked(text) : spanOf(prefix);
}

function spanOf({ bytes, prefixLen }: Prefix): Span {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  const rest = (1n << BigInt(bytes.length * 8 - prefixLen)) - 1n;
  const first = (value & ~rest) + (bytes.length === 4 ? ipv4Start : 0n);
  return { first, last: first | rest };
}

/** `127.0.0.1/255.0.0.255`: all that lies between the least and the greatest address that fit. */
function masked(text: string): Span | null {
  const [address, mask, ...more] = text.split('/').map(parsePrefix);
  if (!address || !mask || more.length > 0 || address.bytes.length !== mask.bytes.length) return null;
  const withBits = (choose: (value: number, bits: number) => number): Prefix => ({
    bytes: address.bytes.map((byte, i) => choose(byte, mask.bytes[i])),
    prefixLen: address.prefixLen,
  });
  return {
    first: spanOf(withBits((value, bits) => value & bits)).first,
    last: spanOf(withBits((value, bits) => value | (~bits & 0xff))).last,
  };
}

function overlaps(a: Span, b: Span): boolean {
  return a.first <= b.last && b.first <= a.last;
}

function isWithin(inner: Span, outer: Span): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

export function isInLoopback(span: Span): boolean {
  return loopback.some((each) => isWithin(span, each));
}

export function meetsLoopback(span: Span): boolean {
  return loopback.some((each) => overlaps(span, each));
}

/** Does the text name addresses of loopback alone? */
export function isLoopbackText(text: string): boolean {
  const span = parseSpan(text);
  return span !== null && isInLoopback(span);
}

/** A condition that the address is, or is not, in one of the spans. */
export function matchOf(spans: readonly Span[], isNegated: boolean): AddressMatch {
  if (isNegated) {
    // Of the version that the condition is for: ::ffff:127.0.0.0/104 is left by each one that excludes ::1.
    const own = spans.some((span) => isWithin(span, ipv4)) ? ipv4Loopback : ipv6Loopback;
    return { loopback: isCovered(own, spans) ? Reach.none : Reach.some, others: true };
  }
  const others = spans.some((span) => !isInLoopback(span));
  if (spans.some(isInLoopback)) return { loopback: Reach.named, others };
  return { loopback: spans.some(meetsLoopback) ? Reach.some : Reach.none, others };
}

/** Do the spans together hold all of it? */
function isCovered(whole: Span, spans: readonly Span[]): boolean {
  const parts = spans.filter((span) => overlaps(span, whole));
  parts.sort((a, b) => (a.first < b.first ? -1 : 1));
  let next = whole.first;
  for (const { first, last } of parts) {
    if (first > next) return false;
    if (last >= next) next = last + 1n;
  }
  return next > whole.last;
}

/** Of two conditions that both must hold. */
export function both(a: AddressMatch, b: AddressMatch): AddressMatch {
  const isOut = a.loopback === Reach.none || b.loopback === Reach.none;
  return { loopback: isOut ? Reach.none : stronger(a, b), others: a.others && b.others };
}

/** Of two conditions one of which is enough. */
export function either(a: AddressMatch, b: AddressMatch): AddressMatch {
  return { loopback: stronger(a, b), others: a.others || b.others };
}

function stronger(a: AddressMatch, b: AddressMatch): Reach {
  return a.loopback > b.loopback ? a.loopback : b.loopback;
}
