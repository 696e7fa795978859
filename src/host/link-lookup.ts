/**
 * One interface by its index or its name, without a list of all of them.
 * Reference: rtnetlink(7); linux/if_link.h, struct ifinfomsg.
 */

import { iffLowerUp } from '../capture/interface-flags.js';
import type { NetlinkSocket } from '../capture/netlink.js';
import { attribute, nulTerminated } from '../capture/netlink-attribute.js';
import { malformed, NetlinkError } from '../capture/netlink-error.js';
import { bytesOfText } from '../format/kernel-text.js';
import { type Link, parseLink } from './links.js';
import { LinkAttribute, linkHeaderLen, RouteMessage } from './rtnetlink.js';

export interface FoundLink extends Link {
  /** IFF_LOWER_UP: the other end is there. */
  readonly hasCarrier: boolean;
}

const mostNameLen = 15;

/** @returns null where there is none with that index */
export function linkByIndex(socket: NetlinkSocket, index: number): FoundLink | null {
  const header = new Uint8Array(linkHeaderLen);
  new DataView(header.buffer).setInt32(4, index, true);
  return askLink(socket, [header]);
}

/** @returns null where there is none of that name */
export function linkByName(socket: NetlinkSocket, name: string): FoundLink | null {
  if (name === '' || bytesOfText(name).length > mostNameLen) return null;
  return askLink(socket, [new Uint8Array(linkHeaderLen), attribute(LinkAttribute.name, nulTerminated(name))]);
}

function askLink(socket: NetlinkSocket, question: readonly Uint8Array[]): FoundLink | null {
  try {
    const [reply] = socket.request(RouteMessage.getLink, 0, question);
    return reply === undefined ? null : parseFoundLink(reply.payload);
  } catch (error) {
    if (error instanceof NetlinkError && error.code === 'ENODEV') return null;
    throw error;
  }
}

/** @throws NetlinkError `malformed` */
export function parseFoundLink(payload: Uint8Array): FoundLink {
  const link = parseLink(payload);
  if (link === null) throw malformed(`an interface of ${payload.length} bytes without a name`);
  const flags = new DataView(payload.buffer, payload.byteOffset, payload.length).getUint32(8, true);
  return { ...link, hasCarrier: (flags & iffLowerUp) !== 0 };
}
