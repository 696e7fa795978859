/**
 * Services with the processes that hold their sockets. An owner that cannot be seen is not one that is not there.
 */
import type { Process, SocketOwners } from '../host/socket-owners.js';
import type { Peer, Service } from './services.js';

export interface OwnedPeer extends Peer {
  readonly processes: readonly Process[];
}

export interface OwnedService extends Service {
  readonly processes: readonly Process[];
  /** No process was found, and not all could be looked into. */
  readonly isOwnerHidden: boolean;
  /** Names of the users who made the sockets; numbers where they have none. */
  readonly users: readonly string[];
  readonly peers: readonly OwnedPeer[] | null;
}

/** All sockets whose processes tell something: the services' own and the other ends of their connections. */
export function inodesOf(services: readonly Service[]): Set<number> {
  const inodes = services.flatMap((service) => [
    ...service.inodes,
    ...(service.peers ?? []).map(({ inode }) => inode),
  ]);
  return new Set(inodes.filter((inode) => inode !== 0));
}

export function ownedServices(
  services: readonly Service[],
  { byInode, isPartial }: SocketOwners,
  userNames: ReadonlyMap<number, string>,
): OwnedService[] {
  return services.map((service) => {
    const byPid = new Map(
      service.inodes.flatMap((inode) => byInode.get(inode) ?? []).map((process) => [process.pid, process]),
    );
    return {
      ...service,
      processes: [...byPid.values()].sort((a, b) => a.pid - b.pid),
      isOwnerHidden: byPid.size === 0 && isPartial,
      users: service.uids.map((uid) => userNames.get(uid) ?? String(uid)),
      peers: service.peers?.map((peer) => ({ ...peer, processes: byInode.get(peer.inode) ?? [] })) ?? null,
    };
  });
}
