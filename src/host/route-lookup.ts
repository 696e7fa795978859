/**
 * The way to an address by the kernel's own answer (RTM_GETROUTE): the route, the entry of the table that matched, or
 * the error that a send would end with.
 *
 * Two facts of Linux need a second look. While IPv4 has only its three standard rules, the tables local and main are
 * one trie, and every answer names main: the entry's real table is in a dump of its type. And where a route refuses,
 * the kernel gives the error but not the route: that too is found among the routes of its type.
 * Reference: net/ipv4/route.c, inet_rtm_getroute; net/ipv4/fib_trie.c; net/ipv6/route.c, inet6_rtm_getroute.
 */

import type { NetlinkSocket } from '../capture/netlink.js';
import { NetlinkError } from '../capture/netlink-error.js';
import { MessageFlag } from '../capture/netlink-message.js';
import { covers } from './host-model.js';
import {
  parseRoute,
  type Route,
  RouteFlag,
  type RouteType,
  routeQuestion,
  routesOfType,
} from './route-message.js';
import { addressFamily, type IpVersion, RouteMessage } from './rtnetlink.js';

export interface RouteAnswer {
  /** What the kernel would do with a datagram; null when it refuses. */
  readonly route: Route | null;
  /** The entry that matched, with its prefix and its table; null where none did, or none was told. */
  readonly entry: Route | null;
  /** Why it refuses: the errno's name and words, as a send would have them. */
  readonly failure: { readonly code: string; readonly text: string } | null;
  /** Where it refuses: every entry that would give this error, of any table. */
  readonly refusing: readonly Route[];
}

export interface RouteTarget {
  readonly version: IpVersion;
  readonly address: string;
  readonly bytes: Uint8Array;
  /** Index of the interface that a zone names, or 0. */
  readonly outInterface: number;
}

/** Errors that a route of a type gives (fib_props in net/ipv4/fib_semantics.c). */
const refusalTypes: Record<string, RouteType> = {
  EHOSTUNREACH: 'unreachable',
  EACCES: 'prohibit',
  EINVAL: 'blackhole',
};
/** What a look-up fails with where the way is known, and refused. Anything else is a failure of the question. */
const refusals = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EACCES', 'EINVAL', 'ENETDOWN', 'EAGAIN', 'ENODEV']);

/** @throws NetlinkError where the question itself failed */
export function lookUpRoute(socket: NetlinkSocket, target: RouteTarget): RouteAnswer {
  try {
    const route = ask(socket, target, 0);
    return { route, entry: matchedEntry(socket, target), failure: null, refusing: [] };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const type = refusalTypes[error.code];
    const refusing = type === undefined ? [] : coveringRoutes(socket, target, type);
    return { route: null, entry: null, failure: { code: error.code, text: error.message }, refusing };
  }
}

/** Where the kernel finds fault with the question it says so in words; a way that ends has a number only. */
function isRefusal(error: unknown): error is NetlinkError {
  return error instanceof NetlinkError && refusals.has(error.code) && error.words === '';
}

function ask(socket: NetlinkSocket, { version, bytes, outInterface }: RouteTarget, flags: number): Route {
  // IPv6 names the table unasked, and refuses the flag.
  const asked = version === 4 ? flags | RouteFlag.lookupTable : flags;
  const replies = socket.request(RouteMessage.getRoute, 0, routeQuestion(bytes, outInterface, asked));
  const reply = replies.find(({ type }) => type === RouteMessage.newRoute);
  if (reply === undefined) throw new NetlinkError('malformed', 'netlink: no route in the answer');
  return parseRoute(reply.payload);
}

/** @returns null where the answer came from no entry, or the kernel is older than 4.13 */
function matchedEntry(socket: NetlinkSocket, target: RouteTarget): Route | null {
  try {
    const entry = ask(socket, target, RouteFlag.fibMatch);
    if (target.version === 6 || entry.type === 'unicast') return entry;
    const same = coveringRoutes(socket, target, entry.type).find((each) => isSameEntry(each, entry));
    // The answer's type is the datagram's: a multicast goes by a unicast entry.
    return same ?? { ...entry, type: entry.type === 'local' ? 'local' : 'unicast' };
  } catch (error) {
    if (error instanceof NetlinkError) return null;
    throw error;
  }
}

function isSameEntry(a: Route, b: Route): boolean {
  return a.prefix === b.prefix && a.outInterface === b.outInterface;
}

/** All entries of the type, of any table, that the address lies in. */
function coveringRoutes(socket: NetlinkSocket, { version, address }: RouteTarget, type: RouteType): Route[] {
  return routesOf(socket, version, type).filter(({ prefix }) => covers(prefix, address));
}

/** All entries of the type, of any table. */
export function routesOf(socket: NetlinkSocket, version: IpVersion, type: RouteType): Route[] {
  return socket
    .request(RouteMessage.getRoute, MessageFlag.dump, routesOfType(version, type))
    .filter(({ payload }) => payload[0] === addressFamily[version])
    .map(({ payload }) => parseRoute(payload))
    .filter((route) => route.type === type);
}
