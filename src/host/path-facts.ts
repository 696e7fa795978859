/**
 * Everything that decides which way a datagram to an address takes, read from the kernel at one moment: plain data for
 * classify/path.ts. Nothing is sent to the address.
 */
import process from 'node:process';
import { loopbackIndex } from '../capture/interface-flags.js';
import { closeSockets, openSockets, readTables } from '../capture/live-sockets.js';
import { loadNative } from '../capture/native.js';
import { NetlinkProtocol, NetlinkSocket } from '../capture/netlink.js';
import { type BoundSocket, socketsBoundTo } from './group-sockets.js';
import type { GroupMembership } from './host-model.js';
import { type FoundLink, linkByIndex, linkByName } from './link-lookup.js';
import { type OwnAddress, readLinks, readOwnAddresses } from './links.js';
import { linuxHostOf, readMemberships } from './linux-host.js';
import { needsZone, PathError, type PathQuestion } from './path-question.js';
import { type PolicyRule, readPolicyRules } from './policy-rules.js';
import { lookUpRoute, type RouteAnswer, routesOf } from './route-lookup.js';
import { ownersOf, type Process } from './socket-owners.js';

/** A socket that is bound to the address, and who holds it; [] where that is unknown. */
export interface Listener extends BoundSocket {
  readonly processes: readonly Process[];
}

export interface PathFacts {
  readonly question: PathQuestion;
  readonly answer: RouteAnswer;
  readonly rules: readonly PolicyRule[];
  /** Of whoever asks: rules may look at it. */
  readonly uid: number;
  /** The loopback interface; null where there is none. */
  readonly loopback: FoundLink | null;
  /** The interface that the datagram goes out by; null when it is refused. */
  readonly out: FoundLink | null;
  /** The interface that the zone names, or null. */
  readonly zone: FoundLink | null;
  /** Names of interfaces by index, as far as the answer names them. */
  readonly names: ReadonlyMap<number, string>;
  /** Addresses of interfaces, whether or not the host still takes datagrams to them. */
  readonly own: readonly OwnAddress[];
  /** Broadcast addresses of the host, IPv4. */
  readonly broadcasts: readonly string[];
  /** Memberships in the group that the address is, on any interface. */
  readonly groups: readonly GroupMembership[];
  readonly listeners: readonly Listener[];
}

/**
 * @param netns path of a network namespace, or null for this one
 * @throws PathError for a zone that names nothing, NetlinkError, NativeError
 */
export function readPathFacts(question: PathQuestion, netns: string | null): PathFacts {
  const socket = NetlinkSocket.open(NetlinkProtocol.route, netns);
  try {
    return factsOf(socket, question, netns);
  } finally {
    socket.close();
  }
}

function factsOf(socket: NetlinkSocket, question: PathQuestion, netns: string | null): PathFacts {
  const { version, address, bytes } = question;
  const zone = zoneLink(socket, question);
  const answer = lookUpRoute(socket, { version, address, bytes, outInterface: zone?.index ?? 0 });
  const outIndex = answer.route?.outInterface ?? 0;
  const out = outIndex === 0 ? null : linkByIndex(socket, outIndex);
  const isMulticast = answer.route?.type === 'multicast';
  const isCast = isMulticast || answer.route?.type === 'broadcast';
  return {
    question,
    answer,
    rules: readPolicyRules(socket, version) ?? [],
    uid: process.getuid?.() ?? 0,
    loopback: linkByIndex(socket, loopbackIndex),
    out,
    zone,
    names: namesOf(socket, answer, [out, zone]),
    own: readOwnAddresses(socket, readLinks(socket)),
    broadcasts: version === 6 ? [] : broadcastsOf(socket),
    groups: isMulticast ? membershipsOf(address, netns) : [],
    listeners: isCast ? listenersOf(address, version, netns) : [],
  };
}

/** The interface of the zone where the address needs one. Elsewhere the kernel does not look at a zone. */
function zoneLink(socket: NetlinkSocket, question: PathQuestion): FoundLink | null {
  const { address, zone, bytes } = question;
  const where = `path ${zone === '' ? address : `${address}%${zone}`}`;
  if (zone === '') {
    if (!needsZone(question) || bytes[0] === 0xff) return null;
    throw new PathError(where, 'means another host on each link', `name the interface: ${address}%eth0`);
  }
  const byName = linkByName(socket, zone);
  const isIndex = byName === null && /^[1-9]\d{0,9}$/.test(zone) && Number(zone) <= 0x7fffffff;
  const link = isIndex ? linkByIndex(socket, Number(zone)) : byName;
  if (link === null) throw new PathError(where, `no interface ${zone}`, '`ip link` lists them');
  return needsZone(question) ? link : null;
}

function namesOf(
  socket: NetlinkSocket,
  { entry, refusing }: RouteAnswer,
  known: readonly (FoundLink | null)[],
): Map<number, string> {
  const names = new Map(known.flatMap((link) => (link === null ? [] : [[link.index, link.name] as const])));
  for (const { outInterface } of entry === null ? refusing : [entry]) {
    if (outInterface === 0 || names.has(outInterface)) continue;
    names.set(outInterface, linkByIndex(socket, outInterface)?.name ?? `interface ${outInterface}`);
  }
  return names;
}

function broadcastsOf(socket: NetlinkSocket): string[] {
  return [...new Set(routesOf(socket, 4, 'broadcast').map(({ prefix }) => prefix.replace(/\/32$/, '')))];
}

function membershipsOf(address: string, netns: string | null): GroupMembership[] {
  return allMemberships(netns).filter((each) => each.address === address);
}

function allMemberships(netns: string | null): readonly GroupMembership[] {
  if (netns === null) return readMemberships();
  const native = loadNative();
  if ('reason' in native) return [];
  const sockets = openSockets(native, netns, 0, 0);
  try {
    return linuxHostOf(readTables(sockets.tables)).groups;
  } finally {
    closeSockets(native, sockets);
  }
}

/** A kernel without sock_diag names nobody: that takes nothing from the way. */
function listenersOf(address: string, version: 4 | 6, netns: string | null): Listener[] {
  try {
    const bound = socketsBoundTo(address, version, netns);
    const owners = ownersOf(new Set(bound.map(({ inode }) => inode)));
    return bound.map((each) => ({ ...each, processes: owners.get(each.inode) ?? [] }));
  } catch {
    return [];
  }
}
