/**
 * The routing policy database (ip-rule(8)): which tables a look-up asks, in which order. The kernel's own first rule asks
 * `local`; a rule before it can send what belongs on loopback elsewhere.
 * Reference: linux/fib_rules.h, struct fib_rule_hdr and FRA_; net/core/fib_rules.c. Numbers in the host's order.
 */
import { addressText } from './links.js';
import type { NetlinkSocket } from './netlink.js';
import { attributesByType, readText, readU32 } from './netlink-attribute.js';
import { MessageFlag } from './netlink-message.js';

export interface PolicyRule {
  readonly priority: number;
  /** The table that it asks; 0 where it does something else. */
  readonly table: number;
  /** It asks the table of a VRF, for its members only. */
  readonly isVrf: boolean;
  /** As `ip rule` prints it: `10: from 192.0.2.7 lookup 100`. */
  readonly text: string;
}

/** RT_TABLE_ numbers (linux/rtnetlink.h). */
export const RouteTable = { default: 253, main: 254, local: 255 } as const;
export const RouteFamily = { ipv4: 2, ipv6: 10 } as const;
export type RouteFamily = (typeof RouteFamily)[keyof typeof RouteFamily];

const getRule = 34;
const headerLen = 12;
const Fra = {
  dst: 1,
  src: 2,
  iifName: 3,
  goto: 4,
  priority: 6,
  mark: 10,
  table: 15,
  mask: 16,
  oifName: 17,
  l3mdev: 19,
  uidRange: 20,
  ipProto: 22,
  srcPorts: 23,
  dstPorts: 24,
} as const;
const flagInvert = 0x2;
const actions: Record<number, string> = {
  2: 'goto',
  3: 'nop',
  6: 'blackhole',
  7: 'unreachable',
  8: 'prohibit',
};
const toTable = 1;
const tableNames: Record<number, string> = { 253: 'default', 254: 'main', 255: 'local' };

/** Every rule of the family, in the order in which the kernel asks. @throws NetlinkError */
export function readPolicyRules(socket: NetlinkSocket, family: RouteFamily): PolicyRule[] {
  const header = new Uint8Array(headerLen);
  header[0] = family;
  return socket
    .request(getRule, MessageFlag.dump, [header])
    .filter(({ payload }) => payload[0] === family)
    .flatMap(({ payload }) => parsePolicyRule(payload) ?? []);
}

/** The rule of one RTM_NEWRULE message; null when it is too short. @throws NetlinkError `malformed` */
export function parsePolicyRule(payload: Uint8Array): PolicyRule | null {
  if (payload.length < headerLen) return null;
  const attributes = attributesByType(payload.subarray(headerLen));
  const number = (type: number): number => {
    const value = attributes.get(type);
    return value === undefined ? 0 : readU32(value);
  };
  const isVrf = (attributes.get(Fra.l3mdev)?.[0] ?? 0) !== 0;
  const table = attributes.has(Fra.table) ? number(Fra.table) : payload[4];
  const action = payload[7];
  const does =
    action !== toTable
      ? `${actions[action] ?? `action ${action}`}${action === 2 ? ` ${number(Fra.goto)}` : ''}`
      : isVrf
        ? 'lookup [l3mdev-table]'
        : `lookup ${tableNames[table] ?? table}`;
  const priority = number(Fra.priority);
  return {
    priority,
    table: action === toTable && !isVrf ? table : 0,
    isVrf,
    text: `${priority}: ${[...selectors(payload, attributes), does].join(' ')}`,
  };
}

/** What the rule is for, in ip-rule's words. */
function selectors(payload: Uint8Array, attributes: ReadonlyMap<number, Uint8Array>): string[] {
  const [family, dstLen, srcLen] = payload;
  const flags = new DataView(payload.buffer, payload.byteOffset, payload.length).getUint32(8, true);
  const words = (flags & flagInvert) === 0 ? [] : ['not'];
  words.push('from', prefixText(family, attributes.get(Fra.src), srcLen));
  if (attributes.has(Fra.dst)) words.push('to', prefixText(family, attributes.get(Fra.dst), dstLen));
  if (payload[3] !== 0) words.push('tos', `0x${payload[3].toString(16)}`);
  const mark = attributes.get(Fra.mark);
  if (mark !== undefined) words.push('fwmark', maskText(readU32(mark), attributes.get(Fra.mask)));
  for (const [type, word] of [[Fra.iifName, 'iif'] as const, [Fra.oifName, 'oif'] as const]) {
    const name = attributes.get(type);
    if (name !== undefined) words.push(word, readText(name));
  }
  const uids = attributes.get(Fra.uidRange);
  if (uids?.length === 8) {
    words.push('uidrange', `${readU32(uids.subarray(0, 4))}-${readU32(uids.subarray(4))}`);
  }
  const protocol = attributes.get(Fra.ipProto);
  if (protocol !== undefined) words.push('ipproto', String(protocol[0]));
  for (const [type, word] of [[Fra.srcPorts, 'sport'] as const, [Fra.dstPorts, 'dport'] as const]) {
    const ports = attributes.get(type);
    if (ports?.length === 4) words.push(word, portsText(ports));
  }
  return words;
}

function prefixText(family: number, value: Uint8Array | undefined, prefixLen: number): string {
  const address = value === undefined ? null : addressText(family, value);
  if (address === null) return 'all';
  return prefixLen === value!.length * 8 ? address : `${address}/${prefixLen}`;
}

function maskText(mark: number, mask: Uint8Array | undefined): string {
  const bits = mask === undefined ? 0xffffffff : readU32(mask);
  return bits === 0xffffffff ? `0x${mark.toString(16)}` : `0x${mark.toString(16)}/0x${bits.toString(16)}`;
}

/** struct fib_rule_port_range: two numbers of 16 bits. */
function portsText(ports: Uint8Array): string {
  const view = new DataView(ports.buffer, ports.byteOffset, 4);
  const [first, last] = [view.getUint16(0, true), view.getUint16(2, true)];
  return first === last ? String(first) : `${first}-${last}`;
}
