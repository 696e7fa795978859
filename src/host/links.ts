/**
 * Interfaces and their addresses as rtnetlink(7) tells them, in any network namespace and without privilege in one's own.
 * Reference: linux/if_link.h, struct ifinfomsg; linux/if_addr.h, struct ifaddrmsg. Numbers in the host's order.
 */

import { iffLoopback, iffUp } from '../capture/interface-flags.js';
import { NetlinkProtocol, NetlinkSocket } from '../capture/netlink.js';
import { attributesByType, readText, readU32 } from '../capture/netlink-attribute.js';
import { MessageFlag } from '../capture/netlink-message.js';
import { formatIpv4, formatIpv6 } from '../format/address.js';
import { addressFamily, LinkAttribute, linkHeaderLen, linkInfoKind, RouteMessage } from './rtnetlink.js';
import { parseTunnelPort, type TunnelPort } from './udp-tunnels.js';

export interface Link {
  readonly name: string;
  readonly index: number;
  /** By IFF_LOOPBACK, whatever its name. */
  readonly isLoopback: boolean;
  readonly isUp: boolean;
  readonly mtu: number;
  /** Index of the interface below, of a VLAN's; absent where there is none in this namespace. */
  readonly below?: number;
  /** Index of the bridge or bond that it is a port of. */
  readonly master?: number;
  /** `vxlan`, `veth` …; absent of devices that no kind makes. */
  readonly kind?: string;
  /** Of a VXLAN or Geneve device. */
  readonly tunnelPort?: TunnelPort;
}

export interface OwnAddress {
  readonly interface: string;
  readonly address: string;
  readonly prefixLen: number;
  /** False while another host may still have it (duplicate address detection, RFC 4862 5.4). */
  readonly isReady: boolean;
}

const addressHeaderLen = 8;
const AddressAttribute = { address: 1, local: 2, flags: 8 } as const;
/** IFA_F_TENTATIVE and IFA_F_DADFAILED. */
const notReady = 0x48;

/** Every interface, in the kernel's order. @throws NetlinkError */
export function readLinks(socket: NetlinkSocket): Link[] {
  return socket
    .request(RouteMessage.getLink, MessageFlag.dump, [new Uint8Array(linkHeaderLen)])
    .flatMap(({ payload }) => parseLink(payload) ?? []);
}

/**
 * The interfaces of a namespace, and nothing else of it.
 * @param netns path of a network namespace, or null for this process's own
 * @throws NetlinkError, NativeError of the call that failed: EPERM for entering the namespace, ENOENT when it is gone
 */
export function readLinksOf(netns: string | null): { links: Link[]; addresses: OwnAddress[] } {
  const socket = NetlinkSocket.open(NetlinkProtocol.route, netns);
  try {
    const links = readLinks(socket);
    return { links, addresses: readOwnAddresses(socket, links) };
  } finally {
    socket.close();
  }
}

/** An interface of one RTM_NEWLINK message, or null when it lacks a name. @throws NetlinkError `malformed` */
export function parseLink(payload: Uint8Array): Link | null {
  if (payload.length < linkHeaderLen) return null;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const attributes = attributesByType(payload.subarray(linkHeaderLen));
  const name = attributes.get(LinkAttribute.name);
  const mtu = attributes.get(LinkAttribute.mtu);
  const info = attributes.get(LinkAttribute.info);
  const kindBytes = info === undefined ? undefined : attributesByType(info).get(linkInfoKind);
  const kind = kindBytes === undefined ? undefined : readText(kindBytes);
  // A veth's peer is not below it, and of another namespace it is the number of an interface there.
  const isPeer = kind === 'veth' || attributes.has(LinkAttribute.linkNetnsid);
  const below = isPeer ? undefined : attributes.get(LinkAttribute.link);
  const master = attributes.get(LinkAttribute.master);
  const tunnelPort = info === undefined ? null : parseTunnelPort(info);
  const flags = view.getUint32(8, true);
  if (name === undefined) return null;
  return {
    name: readText(name),
    index: view.getInt32(4, true),
    isLoopback: (flags & iffLoopback) !== 0,
    isUp: (flags & iffUp) !== 0,
    mtu: mtu === undefined ? 0 : readU32(mtu),
    ...(below === undefined ? {} : { below: readU32(below) }),
    ...(master === undefined ? {} : { master: readU32(master) }),
    ...(kind === undefined ? {} : { kind }),
    ...(tunnelPort === null ? {} : { tunnelPort }),
  };
}

/** Every address of every interface of `links`. @throws NetlinkError */
export function readOwnAddresses(socket: NetlinkSocket, links: readonly Link[]): OwnAddress[] {
  const names = new Map(links.map(({ index, name }) => [index, name]));
  return socket
    .request(RouteMessage.getAddress, MessageFlag.dump, [new Uint8Array(addressHeaderLen)])
    .flatMap(({ payload }) => parseOwnAddress(payload, names) ?? []);
}

/** The address of one RTM_NEWADDR message; null for another family's or a foreign interface's. */
export function parseOwnAddress(payload: Uint8Array, names: ReadonlyMap<number, string>): OwnAddress | null {
  if (payload.length < addressHeaderLen) return null;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const family = payload[0];
  const name = names.get(view.getUint32(4, true));
  const attributes = attributesByType(payload.subarray(addressHeaderLen));
  // On a point-to-point link `address` is the peer's; `local` is the host's own where both stand.
  const value = attributes.get(AddressAttribute.local) ?? attributes.get(AddressAttribute.address);
  const address = value === undefined ? null : addressText(family, value);
  if (address === null || name === undefined) return null;
  const flags = attributes.get(AddressAttribute.flags);
  const bits = flags === undefined ? payload[2] : readU32(flags);
  return { interface: name, address, prefixLen: payload[1], isReady: (bits & notReady) === 0 };
}

/** The text of an address of rtnetlink, or null where its length is not its family's. */
function addressText(family: number, value: Uint8Array): string | null {
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  if (family === addressFamily[4] && value.length === 4) return formatIpv4(view.getInt32(0));
  return family === addressFamily[6] && value.length === 16 ? formatIpv6(view, 0) : null;
}
