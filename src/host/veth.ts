/**
 * A veth pair, made through rtnetlink(7): what is sent into one end comes out of the other.
 * Reference: linux/if_link.h; drivers/net/veth.c, veth_newlink.
 */

import { NetlinkProtocol, NetlinkSocket } from '../capture/netlink.js';
import { attribute, concatenate, nested, nulTerminated } from '../capture/netlink-attribute.js';
import { MessageFlag } from '../capture/netlink-message.js';

const newLink = 16;
const setLink = 19;
const Link = { name: 3, info: 18, infoKind: 1, infoData: 2, vethPeer: 1 } as const;
const iffUp = 1;
const flagsOffset = 8;
const changeOffset = 12;

/**
 * Makes a pair, both ends up.
 * @param netns path of the network namespace
 * @throws NetlinkError, NativeError
 */
export function makeVethPair(netns: string, name: string, peerName: string): void {
  const socket = NetlinkSocket.open(NetlinkProtocol.route, netns);
  try {
    const peer = attribute(
      Link.vethPeer,
      concatenate([interfaceHeader(0), attribute(Link.name, nulTerminated(peerName))]),
    );
    const info = nested(Link.info, [
      attribute(Link.infoKind, nulTerminated('veth')),
      nested(Link.infoData, [peer]),
    ]);
    const first = [interfaceHeader(0), attribute(Link.name, nulTerminated(name)), info];
    socket.request(newLink, MessageFlag.create | MessageFlag.excl, first);
    // An end cannot come up before it has the other, which it has not while it is made.
    for (const end of [name, peerName]) {
      socket.request(setLink, 0, [interfaceHeader(iffUp), attribute(Link.name, nulTerminated(end))]);
    }
  } finally {
    socket.close();
  }
}

/** struct ifinfomsg: no family, type or index; IFF_ flags to set. */
function interfaceHeader(flags: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(flagsOffset, flags, true);
  view.setUint32(changeOffset, flags, true);
  return bytes;
}
