/**
 * Policy routing rules: which tables the kernel asks, for what, and in which order. The kernel's own first rule asks
 * `local`; a rule before it can send what belongs on loopback elsewhere.
 * Reference: ip-rule(8); linux/fib_rules.h, struct fib_rule_hdr and FRA_; net/core/fib_rules.c. Numbers in the host's order.
 */
import type { NetlinkSocket } from '../capture/netlink.js';
import { readText, readU32 } from '../capture/netlink-attribute.js';
import { NetlinkError } from '../capture/netlink-error.js';
import { MessageFlag, type NetlinkMessage } from '../capture/netlink-message.js';
import { numberOf, parseHeader, prefixText } from './route-message.js';
import { addressFamily, type IpVersion, RouteMessage } from './rtnetlink.js';

export type RuleAction = 'lookup' | 'goto' | 'nop' | 'blackhole' | 'unreachable' | 'prohibit' | 'unknown';

/** FR_ACT_ numbers. */
const actions = new Map<number, RuleAction>([
  [1, 'lookup'],
  [2, 'goto'],
  [3, 'nop'],
  [6, 'blackhole'],
  [7, 'unreachable'],
  [8, 'prohibit'],
]);

export interface PolicyRule {
  readonly priority: number;
  readonly action: RuleAction;
  /** The table that it asks; 0 where it does something else. */
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
  /** It asks the table of a VRF, for its members only. */
  readonly isVrf: boolean;
  /** It looks at more: protocol, ports, type of service, a VRF … */
  readonly hasOthers: boolean;
  /** As `ip rule` prints it: `10: from 192.0.2.7 lookup 100`. */
  readonly text: string;
}

/** RT_TABLE_ numbers (linux/rtnetlink.h). */
export const RouteTable = { default: 253, main: 254, local: 255 } as const;

const headerLen = 12;
const flagInvert = 0x2;
const everyBit = 0xffffffff;
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
  l3mdev: 19,
  uidRange: 20,
  ipProto: 22,
  srcPorts: 23,
  dstPorts: 24,
} as const;
/** FRA_TUN_ID, L3MDEV, IP_PROTO, SPORT_RANGE, DPORT_RANGE, DSCP, FLOWLABEL. */
const otherSelectors = [12, 19, 22, 23, 24, 25, 26];

/**
 * Every rule, in the order in which the kernel asks.
 * @returns null where the kernel has no rules for the version, or not the version itself
 * @throws NetlinkError of another kind
 */
export function readPolicyRules(socket: NetlinkSocket, version: IpVersion): PolicyRule[] | null {
  return (
    askRules(socket, version)
      ?.filter(({ type, payload }) => type === RouteMessage.newRule && payload[0] === addressFamily[version])
      .map(({ payload }) => parsePolicyRule(payload)) ?? null
  );
}

function askRules(socket: NetlinkSocket, version: IpVersion): NetlinkMessage[] | null {
  const header = new Uint8Array(headerLen);
  header[0] = addressFamily[version];
  try {
    return socket.request(RouteMessage.getRule, MessageFlag.dump, [header]);
  } catch (error) {
    const isWithout = error instanceof NetlinkError && /^E(OPNOTSUPP|AFNOSUPPORT)$/.test(error.code);
    if (isWithout) return null;
    throw error;
  }
}

/** The rule of one RTM_NEWRULE message. @throws NetlinkError `malformed` */
export function parsePolicyRule(payload: Uint8Array): PolicyRule {
  const { version, dstLen, srcLen, view, attributes } = parseHeader(payload);
  const tos = payload[3];
  const isVrf = (attributes.get(Fra.l3mdev)?.[0] ?? 0) !== 0;
  const action = actions.get(payload[7]) ?? 'unknown';
  const table = attributes.has(Fra.table) ? numberOf(attributes.get(Fra.table)) : payload[4];
  const uids = attributes.get(Fra.uidRange);
  const suppressed = attributes.get(Fra.suppressPrefixLen);
  const mask = attributes.get(Fra.mask);
  const mark = numberOf(attributes.get(Fra.mark));
  const rule: Omit<PolicyRule, 'text'> = {
    priority: numberOf(attributes.get(Fra.priority)),
    action,
    table: action === 'lookup' && !isVrf ? table : 0,
    target: numberOf(attributes.get(Fra.goto)),
    isInverted: (view.getUint32(8, true) & flagInvert) !== 0,
    from: prefixText(version, attributes.get(Fra.src), srcLen),
    to: prefixText(version, attributes.get(Fra.dst), dstLen),
    inInterface: nameOf(attributes.get(Fra.iifName)),
    outInterface: nameOf(attributes.get(Fra.oifName)),
    mark,
    markMask: mask === undefined ? (mark === 0 ? 0 : everyBit) : numberOf(mask),
    uids: uids?.length === 8 ? [readU32(uids.subarray(0, 4)), readU32(uids.subarray(4))] : null,
    suppressPrefixLen: suppressed === undefined ? -1 : numberOf(suppressed) | 0,
    isVrf,
    hasOthers: tos !== 0 || isVrf || otherSelectors.some((type) => attributes.has(type)),
  };
  const does = action === 'unknown' ? `action ${payload[7]}` : actionText(rule);
  return {
    ...rule,
    text: `${rule.priority}: ${[...selectorWords(rule, tos), ...otherWords(attributes), does].join(' ')}`,
  };
}

function nameOf(value: Uint8Array | undefined): string {
  return value === undefined ? '' : readText(value);
}

function actionText({ action, table, target, isVrf, suppressPrefixLen }: Omit<PolicyRule, 'text'>): string {
  if (action === 'goto') return `goto ${target}`;
  if (action !== 'lookup') return action;
  const suppressed = suppressPrefixLen < 0 ? '' : ` suppress_prefixlength ${suppressPrefixLen}`;
  return `lookup ${isVrf ? '[l3mdev-table]' : tableName(table)}${suppressed}`;
}

/** What the rule is for, in ip-rule's words. */
function selectorWords(rule: Omit<PolicyRule, 'text'>, tos: number): string[] {
  const words = rule.isInverted ? ['not'] : [];
  words.push('from', isEverything(rule.from) ? 'all' : shortPrefix(rule.from));
  if (!isEverything(rule.to)) words.push('to', shortPrefix(rule.to));
  if (tos !== 0) words.push('tos', hex(tos));
  const { mark, markMask } = rule;
  if (markMask !== 0)
    words.push('fwmark', markMask === everyBit ? hex(mark) : `${hex(mark)}/${hex(markMask)}`);
  if (rule.inInterface !== '') words.push('iif', rule.inInterface);
  if (rule.outInterface !== '') words.push('oif', rule.outInterface);
  if (rule.uids !== null) words.push('uidrange', rule.uids.join('-'));
  return words;
}

function otherWords(attributes: ReadonlyMap<number, Uint8Array>): string[] {
  const words: string[] = [];
  const protocol = attributes.get(Fra.ipProto);
  if (protocol !== undefined) words.push('ipproto', String(protocol[0]));
  for (const [type, word] of [[Fra.srcPorts, 'sport'] as const, [Fra.dstPorts, 'dport'] as const]) {
    const ports = attributes.get(type);
    if (ports?.length === 4) words.push(word, portsText(ports));
  }
  return words;
}

/** Without the length of a whole address. */
function shortPrefix(prefix: string): string {
  return prefix.replace(prefix.includes(':') ? /\/128$/ : /\/32$/, '');
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** struct fib_rule_port_range: two numbers of 16 bits. */
function portsText(ports: Uint8Array): string {
  const view = new DataView(ports.buffer, ports.byteOffset, 4);
  const [first, last] = [view.getUint16(0, true), view.getUint16(2, true)];
  return first === last ? String(first) : `${first}-${last}`;
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
