/**
 * UDP sockets that are bound to one address: a multicast group's or a broadcast's own listeners. The kernel tells nobody
 * which sockets have joined a group; those that are bound to it are the ones that can be named.
 */
import { NetlinkProtocol, NetlinkSocket } from '../capture/netlink.js';
import { type InetSocket, readInetSockets, SocketStates } from './inet-sockets.js';
import type { IpVersion } from './rtnetlink.js';

export type BoundSocket = Pick<InetSocket, 'address' | 'port' | 'uid' | 'inode'>;

/** @param netns path of a network namespace, or null for this one */
export function socketsBoundTo(address: string, version: IpVersion, netns: string | null): BoundSocket[] {
  const socket = NetlinkSocket.open(NetlinkProtocol.sockDiag, netns);
  try {
    return readInetSockets(socket, 'udp', version, SocketStates.every).filter(
      (bound) => bound.address === address,
    );
  } finally {
    socket.close();
  }
}
