/**
 * The TCP and UDP sockets of a network namespace by sock_diag(7), which tells them to everybody; whose they are is
 * host/socket-owners.ts.
 * Reference: linux/inet_diag.h, struct inet_diag_req_v2 and inet_diag_msg; tcp_diag.c for the queues of a listener.
 *
 *      0        1       2       3         4       6       8     24       40    44      52 …   56       60       64    68      72
 *     | family | state | timer | retrans | sport | dport | src (16) | dst | if    | cookie … | rqueue | wqueue | uid | inode | attributes …
 */
import type { NetlinkSocket } from '../capture/netlink.js';
import { attributesByType } from '../capture/netlink-attribute.js';
import { malformed } from '../capture/netlink-error.js';
import { MessageFlag } from '../capture/netlink-message.js';
import { addressText } from './route-message.js';
import { addressFamily, type IpVersion } from './rtnetlink.js';

export const InetProtocol = { tcp: 6, udp: 17 } as const;
export type InetProtocolName = keyof typeof InetProtocol;

/** States by their numbers (net/tcp_states.h), as bits of a set. A UDP socket without a peer is closed. */
export const SocketStates = {
  established: 1 << 1,
  closed: 1 << 7,
  closeWait: 1 << 8,
  listening: 1 << 10,
  every: 0xffffffff,
} as const;

export interface InetSocket {
  readonly protocol: InetProtocolName;
  readonly version: IpVersion;
  /** Of an IPv6 socket IPv4 addresses are mapped: `::ffff:127.0.0.1`. */
  readonly address: string;
  readonly port: number;
  readonly peerAddress: string;
  /** 0: it has no peer. */
  readonly peerPort: number;
  /** Index of the interface that it is bound to, or that its link-local address is of; 0: none. */
  readonly interfaceIndex: number;
  /** Of a TCP listener connections that wait to be accepted, else bytes that wait to be read. */
  readonly receiveQueue: number;
  /** Of a TCP listener the most that may wait to be accepted, else bytes that were not sent yet. */
  readonly sendQueue: number;
  /** Of the user who made it. */
  readonly uid: number;
  /** 0: no process holds it any more. */
  readonly inode: number;
  /** IPV6_V6ONLY; true also for IPv4's. Told of sockets without a peer only. */
  readonly isOneVersion: boolean;
  /** IP_TRANSPARENT: it may take what is for other addresses. */
  readonly isTransparent: boolean;
}

const sockDiagByFamily = 20;
const requestLen = 56;
const replyLen = 72;
const SocketAttribute = { ipv6Only: 11, options: 22 } as const;
/** In the first byte of struct inet_diag_sockopt. */
const transparentBit = 1 << 5;

/**
 * All sockets of one protocol and version that are in one of the states.
 * @param states SocketStates bits
 * @throws NetlinkError; ENOENT where the kernel lacks the protocol's part of sock_diag
 */
export function readInetSockets(
  socket: NetlinkSocket,
  protocol: InetProtocolName,
  version: IpVersion,
  states: number,
): InetSocket[] {
  const request = new Uint8Array(requestLen);
  request[0] = addressFamily[version];
  request[1] = InetProtocol[protocol];
  new DataView(request.buffer).setUint32(4, states, true);
  return socket
    .request(sockDiagByFamily, MessageFlag.dump, [request])
    .map(({ payload }) => parseInetSocket(payload, protocol));
}

/** @throws NetlinkError `malformed` */
export function parseInetSocket(payload: Uint8Array, protocol: InetProtocolName): InetSocket {
  if (payload.length < replyLen) throw malformed(`a socket of ${payload.length} bytes (least ${replyLen})`);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const version = payload[0] === addressFamily[4] ? 4 : 6;
  const addressLen = version === 4 ? 4 : 16;
  const attributes = attributesByType(payload.subarray(replyLen));
  return {
    protocol,
    version,
    address: addressText(payload.subarray(8, 8 + addressLen)),
    port: view.getUint16(4),
    peerAddress: addressText(payload.subarray(24, 24 + addressLen)),
    peerPort: view.getUint16(6),
    interfaceIndex: view.getUint32(40, true),
    receiveQueue: view.getUint32(56, true),
    sendQueue: view.getUint32(60, true),
    uid: view.getUint32(64, true),
    inode: view.getUint32(68, true),
    isOneVersion: version === 4 || attributes.get(SocketAttribute.ipv6Only)?.[0] === 1,
    isTransparent: ((attributes.get(SocketAttribute.options)?.[0] ?? 0) & transparentBit) !== 0,
  };
}
