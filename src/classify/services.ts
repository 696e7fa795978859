/**
 * The services of a host, put together from its sockets: workers that share an address are one service, connections belong
 * to the service whose address is nearest to theirs, and the other end of a local connection is a socket of this host.
 */
import type { InetProtocolName, InetSocket } from '../host/inet-sockets.js';
import type { ServiceFacts } from '../host/service-facts.js';
import { type Exposure, ExposureJudge, unmapped } from './exposure.js';

/** The other end of a connection. */
export interface Peer {
  readonly address: string;
  readonly port: number;
  /** It is of this host: a loopback address, or one of the host's own. */
  readonly isLocal: boolean;
  /** Of its socket, where that is in the same network namespace; else 0. */
  readonly inode: number;
}

export interface Service {
  readonly protocol: InetProtocolName;
  readonly address: string;
  readonly port: number;
  /** Name of the interface that it is bound to, or ''. */
  readonly interface: string;
  /** Bound to `::`, it takes IPv4 too. */
  readonly isDualStack: boolean;
  readonly exposure: Exposure;
  /** What the firewall could not be asked for matters here. */
  readonly dependsOnFirewall: boolean;
  /** Of its sockets, in the kernel's order. */
  readonly inodes: readonly number[];
  readonly uids: readonly number[];
  /** Of TCP connections to be accepted, of UDP bytes to be read: in all of its sockets. */
  readonly waiting: number;
  /** Of TCP connections that may wait; 0 for UDP. */
  readonly mostWaiting: number;
  /** null: connections were not read. */
  readonly peers: readonly Peer[] | null;
}

/** By port, then protocol, then address. */
export function servicesOf(facts: ServiceFacts): Service[] {
  const judge = new ExposureJudge(facts);
  const names = new Map(facts.settings.links.map(({ index, name }) => [index, name]));
  const sockets = new Map<string, InetSocket[]>();
  for (const socket of facts.listening) {
    const key = keyOf(socket.protocol, socket.port, unmapped(socket.address), socket.interfaceIndex);
    const same = sockets.get(key);
    if (same === undefined) sockets.set(key, [socket]);
    else same.push(socket);
  }
  const peers = facts.connected === null ? null : peersByService(facts.connected, sockets, judge);
  return [...sockets]
    .map(([key, group]) => serviceOf(group, judge, names, peers?.get(key) ?? null))
    .sort(byPort);
}

function serviceOf(
  group: readonly InetSocket[],
  judge: ExposureJudge,
  names: ReadonlyMap<number, string>,
  peers: readonly Peer[] | null,
): Service {
  const [first] = group;
  const sum = (value: (socket: InetSocket) => number): number =>
    group.reduce((total, socket) => total + value(socket), 0);
  const { interfaceIndex } = first;
  return {
    protocol: first.protocol,
    address: unmapped(first.address),
    port: first.port,
    interface: interfaceIndex === 0 ? '' : (names.get(interfaceIndex) ?? `interface ${interfaceIndex}`),
    isDualStack: first.address === '::' && group.some(({ isOneVersion }) => !isOneVersion),
    exposure: judge.judge(first),
    dependsOnFirewall: judge.dependsOnFirewall(first),
    inodes: group.map(({ inode }) => inode),
    uids: [...new Set(group.map(({ uid }) => uid))],
    waiting: sum(({ receiveQueue }) => receiveQueue),
    mostWaiting: first.protocol === 'tcp' ? sum(({ sendQueue }) => sendQueue) : 0,
    peers,
  };
}

function keyOf(protocol: string, port: number, address: string, interfaceIndex: number): string {
  return `${protocol} ${port} ${address} ${interfaceIndex}`;
}

/** Peers by the keys of `services`: [] for those without. */
function peersByService(
  connected: readonly InetSocket[],
  services: ReadonlyMap<string, unknown>,
  judge: ExposureJudge,
): Map<string, Peer[]> {
  const inodes = new Map(connected.map((socket) => [endsOf(socket), socket.inode]));
  const peers = new Map<string, Peer[]>([...services.keys()].map((key) => [key, []]));
  for (const socket of connected) {
    const key = nearestService(socket, services);
    const address = unmapped(socket.peerAddress);
    const isLocal = judge.isOwn(address);
    const inode = isLocal ? (inodes.get(endsOf(socket, true)) ?? 0) : 0;
    if (key !== null) peers.get(key)!.push({ address, port: socket.peerPort, isLocal, inode });
    else if (isLocal && inode === 0) notePeerOf(socket, services, peers);
  }
  for (const each of peers.values()) each.sort(byNearness);
  return peers;
}

/** A UDP service that is not connected itself shows its local clients only by their own sockets. */
function notePeerOf(
  { protocol, version, address, port, peerAddress, peerPort, inode }: InetSocket,
  services: ReadonlyMap<string, unknown>,
  peers: ReadonlyMap<string, Peer[]>,
): void {
  const service = { protocol, version, address: peerAddress, port: peerPort, interfaceIndex: 0 };
  const key = protocol === 'udp' ? nearestService(service, services) : null;
  if (key !== null) peers.get(key)!.push({ address: unmapped(address), port, isLocal: true, inode });
}

/** Both ends, as this one or as the other one sees them. */
function endsOf({ protocol, address, port, peerAddress, peerPort }: InetSocket, isOther = false): string {
  const here = `${unmapped(address)} ${port}`;
  const there = `${unmapped(peerAddress)} ${peerPort}`;
  return isOther ? `${protocol} ${there} ${here}` : `${protocol} ${here} ${there}`;
}

type Bound = Pick<InetSocket, 'protocol' | 'version' | 'address' | 'port' | 'interfaceIndex'>;

/** As the kernel looks for a listener: an address before any address, a device before any device. */
function nearestService(socket: Bound, services: ReadonlyMap<string, unknown>): string | null {
  const address = unmapped(socket.address);
  // Bound to ::ffff:0.0.0.0, a socket of version 6 takes IPv4 alone.
  for (const bound of [address, ...(socket.version === 6 ? ['::', '0.0.0.0'] : ['0.0.0.0'])]) {
    for (const index of new Set([socket.interfaceIndex, 0])) {
      const key = keyOf(socket.protocol, socket.port, bound, index);
      if (services.has(key)) return key;
    }
  }
  return null;
}

/** This host's own first. */
function byNearness(a: Peer, b: Peer): number {
  if (a.isLocal !== b.isLocal) return a.isLocal ? -1 : 1;
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return a.port - b.port;
}

function byPort(a: Service, b: Service): number {
  if (a.port !== b.port) return a.port - b.port;
  if (a.protocol !== b.protocol) return a.protocol < b.protocol ? -1 : 1;
  return a.address < b.address ? -1 : a.address === b.address ? 0 : 1;
}
