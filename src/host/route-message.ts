/**
 * Routes and policy rules as rtnetlink tells them: the bytes behind the message header, as plain data.
 * Reference: rtnetlink(7); linux/rtnetlink.h (struct rtmsg, RTA_), linux/fib_rules.h (struct fib_rule_hdr, FRA_).
 *
 *      0        1         2         3     4       5          6       7      8        12
 *     | family | dst len | src len | tos | table | protocol | scope | type | flags  | attributes ...     a route
 *     | family | dst len | src len | tos | table | 0        | 0     | action | flags | attributes ...    a rule
 */

import { attribute, attributesByType, readU32, u32 } from '../capture/netlink-attribute.js';
import { malformed } from '../capture/netlink-error.js';
import { formatIpv4, formatIpv6 } from '../format/address.js';
import { addressFamily, type IpVersion } from './rtnetlink.js';

/** RTM_F_ and RTCF_ bits of a route's flags. */
export const RouteFlag = {
  lookupTable: 0x1000,
  fibMatch: 0x2000,
  broadcast: 0x10000000,
  multicast: 0x20000000,
  /** The datagram, or a copy of it, is delivered here. */
  local: 0x80000000,
} as const;

const routeTypes = [
  'unspecified',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
] as const;
/** RTN_ names. */
export type RouteType = (typeof routeTypes)[number] | 'unknown';

export interface Route {
  readonly type: RouteType;
  readonly table: number;
  /** `10.0.0.0/8`; a look-up's answer has the whole address. */
  readonly prefix: string;
  /** Index, or 0. */
  readonly outInterface: number;
  /** '' where the next hop is the destination itself. */
  readonly gateway: string;
  /** The source address that the kernel chooses; '' if it did not say. */
  readonly source: string;
  /** Of the route; 0: the interface's. */
  readonly mtu: number;
  /** Next hops of a multipath route, else 0. */
  readonly hops: number;
  readonly flags: number;
}

const rtaDst = 1;
const rtaOif = 4;
const rtaGateway = 5;
const rtaPrefsrc = 7;
const rtaMetrics = 8;
const rtaMultipath = 9;
const rtaTable = 15;
const rtaVia = 18;
const rtaxMtu = 2;
const headerLen = 12;

/**
 * A question for the route to an address.
 * @param address 4 or 16 bytes
 * @param outInterface index, or 0
 * @param flags RouteFlag bits
 */
export function routeQuestion(address: Uint8Array, outInterface: number, flags: number): Uint8Array[] {
  const header = new Uint8Array(headerLen);
  header[0] = address.length === 4 ? addressFamily[4] : addressFamily[6];
  header[1] = address.length * 8;
  new DataView(header.buffer).setUint32(8, flags, true);
  const parts = [header, attribute(rtaDst, address)];
  return outInterface === 0 ? parts : [...parts, attribute(rtaOif, u32(outInterface))];
}

/** A question for all routes of one type. Older kernels answer with every route. */
export function routesOfType(version: IpVersion, type: RouteType): Uint8Array[] {
  const header = new Uint8Array(headerLen);
  header[0] = addressFamily[version];
  header[7] = routeTypes.indexOf(type as (typeof routeTypes)[number]);
  return [header];
}

/** @throws NetlinkError `malformed` */
export function parseRoute(payload: Uint8Array): Route {
  const { version, dstLen, view, attributes } = parseHeader(payload);
  const table = attributes.get(rtaTable);
  const gateway = attributes.get(rtaGateway);
  const multipath = attributes.get(rtaMultipath);
  const first = multipath === undefined ? null : firstHop(multipath);
  return {
    type: routeTypes[payload[7]] ?? 'unknown',
    table: table === undefined ? payload[4] : readU32(table),
    prefix: prefixText(version, attributes.get(rtaDst), dstLen),
    outInterface: numberOf(attributes.get(rtaOif)) || (first?.outInterface ?? 0),
    gateway:
      gateway === undefined
        ? viaText(attributes.get(rtaVia)) || (first?.gateway ?? '')
        : addressText(gateway),
    source: addressText(attributes.get(rtaPrefsrc)),
    mtu: mtuOf(attributes.get(rtaMetrics)),
    hops: first?.hops ?? 0,
    flags: view.getUint32(8, true),
  };
}

/** What the two kinds of message have in common. */
export function parseHeader(payload: Uint8Array): {
  version: IpVersion;
  dstLen: number;
  srcLen: number;
  view: DataView;
  attributes: Map<number, Uint8Array>;
} {
  if (payload.length < headerLen) throw malformed(`a route of ${payload.length} bytes (least ${headerLen})`);
  const [family, dstLen, srcLen] = payload;
  const version = family === addressFamily[4] ? 4 : family === addressFamily[6] ? 6 : null;
  if (version === null) throw malformed(`a route of address family ${family} (expected 2 or 10)`);
  const most = version === 4 ? 32 : 128;
  if (Math.max(dstLen, srcLen) > most) {
    throw malformed(`a prefix length of ${Math.max(dstLen, srcLen)} (at most ${most})`);
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return { version, dstLen, srcLen, view, attributes: attributesByType(payload.subarray(headerLen)) };
}

/** `10.0.0.0/8`; without an address the prefix of everything. */
export function prefixText(version: IpVersion, value: Uint8Array | undefined, prefixLen: number): string {
  if (value === undefined && prefixLen !== 0)
    throw malformed(`a prefix of ${prefixLen} bits without its address`);
  return `${value === undefined ? (version === 4 ? '0.0.0.0' : '::') : addressText(value)}/${prefixLen}`;
}

/** An address of 4 or 16 bytes as text; '' where there is none. */
export function addressText(value: Uint8Array | undefined): string {
  if (value === undefined) return '';
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  if (value.length === 4) return formatIpv4(view.getInt32(0));
  if (value.length === 16) return formatIpv6(view, 0);
  throw malformed(`an address of ${value.length} bytes (expected 4 or 16)`);
}

export function numberOf(value: Uint8Array | undefined): number {
  return value === undefined ? 0 : readU32(value);
}

/** RTA_VIA: a gateway of the other version, behind its family in two bytes. */
function viaText(value: Uint8Array | undefined): string {
  return value === undefined || value.length < 2 ? '' : addressText(value.subarray(2));
}

function mtuOf(metrics: Uint8Array | undefined): number {
  return metrics === undefined ? 0 : numberOf(attributesByType(metrics).get(rtaxMtu));
}

/** struct rtnexthop: length (2), flags, hops, interface (4), attributes. */
function firstHop(value: Uint8Array): { outInterface: number; gateway: string; hops: number } {
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  const hopLen = 8;
  let hops = 0;
  let gateway = '';
  for (let at = 0; at < value.length; hops++) {
    const left = value.length - at;
    const len = left < hopLen ? 0 : view.getUint16(at, true);
    if (len < hopLen || len > left) throw malformed(`a next hop of ${len} bytes where ${left} are left`);
    if (hops === 0) gateway = hopGateway(value.subarray(at + hopLen, at + len));
    at += (len + 3) & ~3;
  }
  if (hops === 0) throw malformed('a multipath route without a next hop');
  return { outInterface: view.getUint32(4, true), gateway, hops };
}

function hopGateway(bytes: Uint8Array): string {
  const attributes = attributesByType(bytes);
  return addressText(attributes.get(rtaGateway)) || viaText(attributes.get(rtaVia));
}
