/**
 * UDP sockets that are bound to one address, by sock_diag(7): a multicast group's or a broadcast's own listeners. The
 * kernel tells nobody which sockets have joined a group; those that are bound to it are the ones that can be named.
 * Reference: linux/inet_diag.h, struct inet_diag_req_v2 and inet_diag_msg.
 *
 *      0        1       2       3       4       6       8     24       40    44      52 …   64    68      72
 *     | family | state | timer | retrans | sport | dport | src (16) | dst | if    | cookie … | uid | inode |
 */
import { NetlinkProtocol, NetlinkSocket } from '../capture/netlink.js';
import { malformed } from '../capture/netlink-error.js';
import { MessageFlag } from '../capture/netlink-message.js';
import { addressText } from './route-message.js';
import { addressFamily, type IpVersion } from './rtnetlink.js';

export interface BoundSocket {
  readonly address: string;
  readonly port: number;
  readonly uid: number;
  readonly inode: number;
}

const sockDiagByFamily = 20;
const protocolUdp = 17;
const everyState = 0xffffffff;
const requestLen = 56;
const replyLen = 72;

/** @param netns path of a network namespace, or null for this one */
export function socketsBoundTo(address: string, version: IpVersion, netns: string | null): BoundSocket[] {
  const socket = NetlinkSocket.open(NetlinkProtocol.sockDiag, netns);
  try {
    const request = new Uint8Array(requestLen);
    request[0] = addressFamily[version];
    request[1] = protocolUdp;
    new DataView(request.buffer).setUint32(4, everyState, true);
    return socket
      .request(sockDiagByFamily, MessageFlag.dump, [request])
      .map(({ payload }) => parseBoundSocket(payload))
      .filter((bound) => bound.address === address);
  } finally {
    socket.close();
  }
}

/** @throws NetlinkError `malformed` */
export function parseBoundSocket(payload: Uint8Array): BoundSocket {
  if (payload.length < replyLen) throw malformed(`a socket of ${payload.length} bytes (least ${replyLen})`);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const addressLen = payload[0] === addressFamily[4] ? 4 : 16;
  return {
    address: addressText(payload.subarray(8, 8 + addressLen)),
    port: view.getUint16(4),
    uid: view.getUint32(64, true),
    inode: view.getUint32(68, true),
  };
}
