/**
 * A veth pair, made through rtnetlink(7): what is sent into one end comes out of the other.
 * Reference: linux/if_link.h; drivers/net/veth.c, veth_newlink.
 */

import { iffUp } from '../capture/interface-flags.js';
import { NetlinkProtocol, NetlinkSocket } from '../capture/netlink.js';
import { attribute, concatenate, nested, nulTerminated } from '../capture/netlink-attribute.js';
import { MessageFlag } from '../capture/netlink-message.js';
import { LinkAttribute, linkHeaderLen, linkInfoKind, RouteMessage } from './rtnetlink.js';

/** IFLA_INFO_ and VETH_INFO_ numbers. */
const Info = { kind: linkInfoKind, data: 2, vethPeer: 1 } as const;
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
      Info.vethPeer,
      concatenate([interfaceHeader(0), attribute(LinkAttribute.name, nulTerminated(peerName))]),
    );
    const info = nested(LinkAttribute.info, [
      attribute(Info.kind, nulTerminated('veth')),
      nested(Info.data, [peer]),
    ]);
    const first = [interfaceHeader(0), attribute(LinkAttribute.name, nulTerminated(name)), info];
    socket.request(RouteMessage.newLink, MessageFlag.create | MessageFlag.excl, first);
    // An end cannot come up before it has the other, which it has not while it is made.
    for (const end of [name, peerName]) {
      socket.request(RouteMessage.setLink, 0, [
        interfaceHeader(iffUp),
        attribute(LinkAttribute.name, nulTerminated(end)),
      ]);
    }
  } finally {
    socket.close();
  }
}

/** struct ifinfomsg: no family, type or index; IFF_ flags to set. */
function interfaceHeader(flags: number): Uint8Array {
  const bytes = new Uint8Array(linkHeaderLen);
  const view = new DataView(bytes.buffer);
  view.setUint32(flagsOffset, flags, true);
  view.setUint32(changeOffset, flags, true);
  return bytes;
}
