/**
 * What the matches of an nftables rule say of addresses and interfaces, in the JSON of `nft -j`.
 * Reference: libnftables-json(5), sections SET, STATEMENTS and EXPRESSIONS.
 */
import {
  type AddressMatch,
  anyAddress,
  both,
  matchOf,
  notLoopback,
  ownAddresses,
  parseSpan,
} from './loopback-match.js';
import { type Conditions, noConditions } from './nat-rule.js';

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [name: string]: Json };
/** The elements of a set or a map by its name; null where there is none. */
export type Elements = (name: string) => readonly Json[] | null;

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A name; whatever else stands in its place must not be called. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

/** `A`, `A/8`, `A-B` of an address, a prefix or a range, also where it is an element or the first of a concatenation. */
export function addressText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  if (!isObject(value)) return '';
  const { elem, concat, prefix, range } = value;
  if (isObject(elem)) return addressText(elem.val);
  if (Array.isArray(concat)) return addressText(concat[0]);
  if (isObject(prefix)) return `${textOf(prefix.addr)}/${textOf(prefix.len)}`;
  return Array.isArray(range) ? range.map(textOf).join('-') : '';
}

/** What all matches of a rule ask together. */
export function conditionsOf(expressions: readonly JsonObject[], elements: Elements): Conditions {
  let conditions: Conditions = { ...noConditions, protocol: protocolOf(expressions) };
  for (const { match } of expressions) {
    if (!isObject(match) || !isObject(match.left)) continue;
    if (match.op !== '==' && match.op !== '!=' && match.op !== 'in') continue;
    const isNegated = match.op === '!=';
    const values = valuesOf(match.right, elements);
    conditions = values === null ? conditions : narrowedBy(conditions, match.left, values, isNegated);
  }
  return conditions;
}

/** Each of the values, of which one must match: one alone, a set, or a named set. */
function valuesOf(right: Json | undefined, elements: Elements): readonly Json[] | null {
  if (typeof right === 'string' && right.startsWith('@')) return elements(right.slice(1));
  if (isObject(right) && Array.isArray(right.set)) return right.set;
  return right === undefined ? null : [right];
}

/** @param left what is compared: a field, or several at once */
export function narrowedBy(
  conditions: Conditions,
  left: JsonObject,
  values: readonly Json[],
  isNegated: boolean,
): Conditions {
  if (Array.isArray(left.concat)) {
    // Several fields that are not a pair: each alone may be anything.
    return isNegated ? conditions : narrowedByParts(conditions, left.concat, values);
  }
  const { payload, fib, meta } = left;
  if (isObject(payload)) return withAddress(conditions, payload.field, addressMatch(values, isNegated));
  if (isObject(fib) && fib.result === 'type' && Array.isArray(fib.flags)) {
    const field = fib.flags.includes('saddr') ? 'saddr' : 'daddr';
    return withAddress(conditions, field, typeMatch(values, isNegated));
  }
  const [name] = values;
  if (!isObject(meta) || isNegated || values.length !== 1 || typeof name !== 'string' || name.endsWith('*')) {
    return conditions;
  }
  if (meta.key === 'iif' || meta.key === 'iifname') return { ...conditions, inInterface: name };
  return meta.key === 'oif' || meta.key === 'oifname' ? { ...conditions, outInterface: name } : conditions;
}

function narrowedByParts(
  conditions: Conditions,
  lefts: readonly Json[],
  values: readonly Json[],
): Conditions {
  let narrowed = conditions;
  for (const [i, left] of lefts.entries()) {
    if (!isObject(left) || 'concat' in left) continue;
    const parts = values.map((value) => partOf(value, i));
    narrowed = narrowedBy(narrowed, left, parts, false);
  }
  return narrowed;
}

/** Of a concatenation. */
export function partOf(value: Json, i: number): Json {
  const inner = isObject(value) && isObject(value.elem) ? value.elem.val : value;
  return isObject(inner) && Array.isArray(inner.concat) ? (inner.concat[i] ?? null) : null;
}

function withAddress(conditions: Conditions, field: Json, match: AddressMatch): Conditions {
  if (field === 'saddr') return { ...conditions, source: both(conditions.source, match) };
  return field === 'daddr' ? { ...conditions, destination: both(conditions.destination, match) } : conditions;
}

/** Values that are no addresses (of Ethernet, by a look-up) say nothing. */
function addressMatch(values: readonly Json[], isNegated: boolean): AddressMatch {
  const spans = values.flatMap((value) => parseSpan(addressText(value)) ?? []);
  return spans.length < values.length ? anyAddress : matchOf(spans, isNegated);
}

/** 127/8 is `local`, like the host's own addresses. */
function typeMatch(values: readonly Json[], isNegated: boolean): AddressMatch {
  if (values.includes('local') === isNegated) return notLoopback;
  return isNegated ? anyAddress : ownAddresses;
}

const transports = new Set<Json>(['tcp', 'udp', 'udplite', 'sctp', 'dccp', 'icmp', 'icmpv6']);

/** The protocol above IP that a rule is about, by a field of its header or by its name; '' for several. */
function protocolOf(expressions: readonly JsonObject[]): string {
  for (const { match, vmap, dnat, snat } of expressions) {
    const left = isObject(match) ? match.left : isObject(vmap) ? vmap.key : keyOfMap(dnat ?? snat);
    if (!isObject(left)) continue;
    const fields = Array.isArray(left.concat) ? left.concat : [left];
    for (const field of fields.filter(isObject)) {
      const { payload } = field;
      if (isObject(payload) && transports.has(payload.protocol)) return textOf(payload.protocol);
    }
    const isName = isObject(left.meta) ? left.meta.key === 'l4proto' : isProtocolField(left.payload);
    if (isName && isObject(match) && match.op === '==' && typeof match.right === 'string') return match.right;
  }
  return '';
}

/** What `dnat to tcp dport map …` asks: a packet without such a field passes it by. */
function keyOfMap(statement: Json | undefined): Json | undefined {
  const map = isObject(statement) && isObject(statement.addr) ? statement.addr.map : undefined;
  return isObject(map) ? map.key : undefined;
}

/** Of `ip protocol tcp` and `ip6 nexthdr tcp`. */
function isProtocolField(payload: Json | undefined): boolean {
  return isObject(payload) && (payload.field === 'protocol' || payload.field === 'nexthdr');
}

const ipFields: Record<string, 4 | 6> = { ip: 4, ip6: 6, ipv4: 4, ipv6: 6 };

/** The version of IP that a rule of the family `inet` is about, by any of its matches or statements; null for both. */
export function versionOf(expressions: readonly JsonObject[]): 4 | 6 | null {
  for (const { match, snat, dnat, tproxy } of expressions) {
    for (const statement of [snat, dnat, tproxy]) {
      if (isObject(statement) && typeof statement.family === 'string')
        return ipFields[statement.family] ?? null;
    }
    if (!isObject(match) || !isObject(match.left)) continue;
    const { payload, meta } = match.left;
    if (
      isObject(payload) &&
      typeof payload.protocol === 'string' &&
      Object.hasOwn(ipFields, payload.protocol)
    ) {
      return ipFields[payload.protocol];
    }
    const isVersion =
      isObject(meta) && (meta.key === 'nfproto' || meta.key === 'protocol') && match.op === '==';
    if (isVersion && Object.hasOwn(ipFields, textOf(match.right))) return ipFields[textOf(match.right)];
  }
  return null;
}
