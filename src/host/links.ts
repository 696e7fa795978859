/**
 * Interfaces and their addresses as rtnetlink tells them, in the namespace of the socket that is asked.
 * Reference: rtnetlink(7); linux/if_link.h (struct ifinfomsg, IFLA_), linux/if_addr.h (struct ifaddrmsg, IFA_).
 */
import type { NetlinkSocket } from './netlink.js';
import { attribute, attributesByType, nulTerminated, readText } from './netlink-attribute.js';
import { malformed, NetlinkError } from './netlink-error.js';
import { MessageFlag } from './netlink-message.js';
import { addressFamily, addressText, type IpVersion, numberOf } from './route-message.js';

export interface Link {
  readonly index: number;
  readonly name: string;
  readonly mtu: number;
  /** IFF_LOOPBACK. */
  readonly isLoopback: boolean;
  /** IFF_UP. */
  readonly isUp: boolean;
  /** IFF_LOWER_UP: it has a carrier. */
  readonly hasCarrier: boolean;
}

export interface OwnAddress {
  readonly address: string;
  /** Interface index. */
  readonly link: number;
}

const rtmGetLink = 18;
const rtmGetAddress = 22;
const linkHeaderLen = 16;
const addressHeaderLen = 8;
const iflaIfname = 3;
const iflaMtu = 4;
const ifaAddress = 1;
const ifaLocal = 2;
const iffUp = 0x1;
const iffLoopback = 0x8;
const iffLowerUp = 0x10000;
const mostNameLen = 15;

/** @returns null where there is none with that index */
export function linkByIndex(socket: NetlinkSocket, index: number): Link | null {
  const header = new Uint8Array(linkHeaderLen);
  new DataView(header.buffer).setInt32(4, index, true);
  return askLink(socket, [header]);
}

/** @returns null where there is none of that name */
export function linkByName(socket: NetlinkSocket, name: string): Link | null {
  if (name === '' || new TextEncoder().encode(name).length > mostNameLen) return null;
  return askLink(socket, [new Uint8Array(linkHeaderLen), attribute(iflaIfname, nulTerminated(name))]);
}

function askLink(socket: NetlinkSocket, question: readonly Uint8Array[]): Link | null {
  try {
    const [reply] = socket.request(rtmGetLink, 0, question);
    return reply === undefined ? null : parseLink(reply.payload);
  } catch (error) {
    if (error instanceof NetlinkError && error.code === 'ENODEV') return null;
    throw error;
  }
}

/** @throws NetlinkError `malformed` */
export function parseLink(payload: Uint8Array): Link {
  if (payload.length < linkHeaderLen) throw malformed(`an interface of ${payload.length} bytes`);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const attributes = attributesByType(payload.subarray(linkHeaderLen));
  const name = attributes.get(iflaIfname);
  const flags = view.getUint32(8, true);
  return {
    index: view.getInt32(4, true),
    name: name === undefined ? '' : readText(name),
    mtu: numberOf(attributes.get(iflaMtu)),
    isLoopback: (flags & iffLoopback) !== 0,
    isUp: (flags & iffUp) !== 0,
    hasCarrier: (flags & iffLowerUp) !== 0,
  };
}

/** Addresses of all interfaces, whether or not the host still takes datagrams to them. */
export function ownAddresses(socket: NetlinkSocket, version: IpVersion): OwnAddress[] {
  const header = new Uint8Array(addressHeaderLen);
  header[0] = addressFamily[version];
  return socket
    .request(rtmGetAddress, MessageFlag.dump, [header])
    .filter(({ payload }) => payload[0] === addressFamily[version])
    .map(({ payload }) => parseAddress(payload));
}

/** @throws NetlinkError `malformed` */
export function parseAddress(payload: Uint8Array): OwnAddress {
  if (payload.length < addressHeaderLen) throw malformed(`an address of ${payload.length} bytes`);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const attributes = attributesByType(payload.subarray(addressHeaderLen));
  // Of a point-to-point link IFA_ADDRESS is the other end.
  return {
    address: addressText(attributes.get(ifaLocal) ?? attributes.get(ifaAddress)),
    link: view.getUint32(4, true),
  };
}
