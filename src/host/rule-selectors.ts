/**
 * What a policy rule selects by and what it does, so that the look-up's walk over the rules can be followed.
 * Reference: ip-rule(8); linux/fib_rules.h (FRA_), net/core/fib_rules.c, net/ipv4/fib_rules.c.
 */
import { readText } from './netlink-attribute.js';
import { malformed } from './netlink-error.js';
import { type PolicyRule, parsePolicyRule, RouteTable } from './policy-rules.js';
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

export interface SelectingRule extends PolicyRule {
  readonly action: RuleAction;
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
  /** It looks at more: protocol, ports, type of service, a VRF … */
  readonly hasOthers: boolean;
}

const flagInvert = 2;
const Fra = {
  dst: 1,
  src: 2,
  iifName: 3,
  goto: 4,
  mark: 10,
  suppressPrefixLen: 14,
  mask: 16,
  oifName: 17,
  uidRange: 20,
} as const;
/** FRA_TUN_ID, L3MDEV, IP_PROTO, SPORT_RANGE, DPORT_RANGE, DSCP, FLOWLABEL. */
const otherSelectors = [12, 19, 22, 23, 24, 25, 26];

/** @throws NetlinkError `malformed` */
export function parseSelectingRule(payload: Uint8Array): SelectingRule {
  const { version, dstLen, srcLen, view, attributes } = parseHeader(payload);
  const rule = parsePolicyRule(payload);
  if (rule === null) throw malformed(`a rule of ${payload.length} bytes`);
  const tos = payload[3];
  const uids = attributes.get(Fra.uidRange);
  const suppressed = attributes.get(Fra.suppressPrefixLen);
  const mask = attributes.get(Fra.mask);
  const mark = numberOf(attributes.get(Fra.mark));
  return {
    ...rule,
    action: actionNames.get(payload[7] as 1) ?? 'unknown',
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
    hasOthers: tos !== 0 || rule.isVrf || otherSelectors.some((type) => attributes.has(type)),
  };
}

function nameOf(value: Uint8Array | undefined): string {
  return value === undefined ? '' : readText(value);
}

const tableNames = new Map<number, string>(
  Object.entries(RouteTable).map(([name, number]) => [number, name]),
);

export function tableName(table: number): string {
  return tableNames.get(table) ?? String(table);
}

export function isEverything(prefix: string): boolean {
  return prefix.endsWith('/0');
}
