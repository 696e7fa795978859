/**
 * Policy rules: which table a datagram is looked up in. Each is a set of selectors and an action; the first whose
 * selectors match and whose table has an answer decides.
 * Reference: ip-rule(8); linux/fib_rules.h (FRA_), net/core/fib_rules.c, net/ipv4/fib_rules.c.
 */
import { readText } from './netlink-attribute.js';
import { numberOf, parseHeader, prefixText } from './route-message.js';

const actionNames = new Map([
  [1, 'lookup'],
  [2, 'goto'],
  [3, 'nop'],
  [6, 'blackhole'],
  [7, 'unreachable'],
  [8, 'prohibit'],
] as const);
export type RuleAction = 'lookup' | 'goto' | 'nop' | 'blackhole' | 'unreachable' | 'prohibit' | 'unknown';

export interface PolicyRule {
  /** Smaller is asked first. */
  readonly priority: number;
  readonly action: RuleAction;
  /** Of `lookup`. */
  readonly table: number;
  /** Of `goto`: a priority. */
  readonly target: number;
  readonly isInverted: boolean;
  /** Prefixes; `0.0.0.0/0` or `::/0` match everything. */
  readonly from: string;
  readonly to: string;
  /** Interface names, or ''. What this host sends comes in from loopback. */
  readonly inInterface: string;
  readonly outInterface: string;
  readonly mark: number;
  readonly markMask: number;
  /** First and last user id, or null. */
  readonly uids: readonly [number, number] | null;
  /** Answers with a prefix of at most this length do not count; -1: all do. */
  readonly suppressPrefixLen: number;
  /** Selectors that are only named: protocol, ports, tos … */
  readonly others: readonly string[];
}

const flagInvert = 2;
const Fra = {
  dst: 1,
  src: 2,
  iifName: 3,
  goto: 4,
  priority: 6,
  mark: 10,
  suppressPrefixLen: 14,
  table: 15,
  mask: 16,
  oifName: 17,
  uidRange: 20,
} as const;
const otherSelectors = new Map([
  [12, 'tun_id'],
  [19, 'l3mdev'],
  [22, 'ipproto'],
  [23, 'sport'],
  [24, 'dport'],
  [25, 'dscp'],
  [26, 'flowlabel'],
]);

/** @throws NetlinkError `malformed` */
export function parseRule(payload: Uint8Array): PolicyRule {
  const { version, dstLen, srcLen, view, attributes } = parseHeader(payload);
  const tos = payload[3];
  const table = attributes.get(Fra.table);
  const uids = attributes.get(Fra.uidRange);
  const suppressed = attributes.get(Fra.suppressPrefixLen);
  const mask = attributes.get(Fra.mask);
  const mark = numberOf(attributes.get(Fra.mark));
  const named = [...attributes.keys()].flatMap((type) => otherSelectors.get(type) ?? []);
  return {
    priority: numberOf(attributes.get(Fra.priority)),
    action: actionNames.get(payload[7] as 1) ?? 'unknown',
    table: table === undefined ? payload[4] : numberOf(table),
    target: numberOf(attributes.get(Fra.goto)),
    isInverted: (view.getUint32(8, true) & flagInvert) !== 0,
    from: prefixText(version, attributes.get(Fra.src), srcLen),
    to: prefixText(version, attributes.get(Fra.dst), dstLen),
    inInterface: nameOf(attributes.get(Fra.iifName)),
    outInterface: nameOf(attributes.get(Fra.oifName)),
    mark,
    markMask: mask === undefined ? (mark === 0 ? 0 : 0xffffffff) : numberOf(mask),
    uids: uids?.length === 8 ? [numberOf(uids.subarray(0, 4)), numberOf(uids.subarray(4))] : null,
    suppressPrefixLen: suppressed === undefined ? -1 : numberOf(suppressed) | 0,
    others: tos === 0 ? named : ['tos', ...named],
  };
}

function nameOf(value: Uint8Array | undefined): string {
  return value === undefined ? '' : readText(value);
}

const tableNames: Record<number, string> = { 253: 'default', 254: 'main', 255: 'local' };

export function tableName(table: number): string {
  return tableNames[table] ?? String(table);
}

/** As `ip rule` shows it: `0: from all lookup local`. */
export function formatRule(rule: PolicyRule): string {
  const words = [`${rule.priority}:`];
  if (rule.isInverted) words.push('not');
  words.push('from', isEverything(rule.from) ? 'all' : rule.from);
  if (!isEverything(rule.to)) words.push('to', rule.to);
  if (rule.inInterface !== '') words.push('iif', rule.inInterface);
  if (rule.outInterface !== '') words.push('oif', rule.outInterface);
  if (rule.markMask !== 0) words.push('fwmark', formatMark(rule));
  if (rule.uids !== null) words.push('uidrange', rule.uids.join('-'));
  words.push(...rule.others);
  if (rule.action === 'lookup') words.push('lookup', tableName(rule.table));
  else words.push(...(rule.action === 'goto' ? ['goto', String(rule.target)] : [rule.action]));
  if (rule.suppressPrefixLen >= 0) words.push('suppress_prefixlength', String(rule.suppressPrefixLen));
  return words.join(' ');
}

function formatMark({ mark, markMask }: PolicyRule): string {
  const hex = `0x${mark.toString(16)}`;
  return markMask === 0xffffffff ? hex : `${hex}/0x${markMask.toString(16)}`;
}

export function isEverything(prefix: string): boolean {
  return prefix.endsWith('/0');
}
