/**
 * What is the host's own by the kernel's word (rtnetlink(7)): the addresses of its interfaces, and the routes of type local
 * in the tables that every datagram may be looked up in. A table that only marked packets ask, or those of one interface,
 * says nothing of whose an address is: a transparent proxy has one that takes a whole network for local.
 */
import { NetlinkProtocol, NetlinkSocket } from '../capture/netlink.js';
import { type Prefix, parsePrefix } from './host-model.js';
import { type Link, readLinks, readOwnAddresses } from './links.js';
import { isEverything, type PolicyRule, RouteTable, readPolicyRules } from './policy-rules.js';
import { routesOf } from './route-lookup.js';
import type { IpVersion } from './rtnetlink.js';

export interface Own {
  readonly prefixes: Prefix[];
  readonly links: readonly Link[];
}

/**
 * @param netns path of a network namespace, or null for this process's own
 * @throws NetlinkError, NativeError of the call that failed
 */
export function readOwn(netns: string | null): Own {
  const socket = NetlinkSocket.open(NetlinkProtocol.route, netns);
  try {
    const links = readLinks(socket);
    const addresses = readOwnAddresses(socket, links).map(({ address }) => address);
    const routes = ([4, 6] as const).flatMap((version) => localRoutes(socket, version));
    const prefixes = [...addresses, ...routes].flatMap((text) => parsePrefix(text) ?? []);
    return { prefixes, links };
  } finally {
    socket.close();
  }
}

/** Prefixes as text; none where the kernel lacks the version. */
function localRoutes(socket: NetlinkSocket, version: IpVersion): string[] {
  const rules = readPolicyRules(socket, version);
  if (rules === null) return [];
  const asked = new Set([...Object.values(RouteTable), ...rules.filter(isForAll).map(({ table }) => table)]);
  return routesOf(socket, version, 'local')
    .filter(({ table }) => asked.has(table))
    .map(({ prefix }) => prefix);
}

/** Does it look every datagram up in its table? */
function isForAll(rule: PolicyRule): boolean {
  const { action, isInverted, hasOthers, markMask, uids, from, to, inInterface, outInterface } = rule;
  if (action !== 'lookup' || isInverted || hasOthers || markMask !== 0 || uids !== null) return false;
  return isEverything(from) && isEverything(to) && inInterface === '' && outInterface === '';
}
