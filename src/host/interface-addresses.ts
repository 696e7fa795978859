/**
 * The addresses that interfaces of a network namespace have (ip-address(8)), as the kernel's dump tells them. They are the
 * host's own also where a routing table no longer says so.
 * Reference: rtnetlink(7), RTM_GETADDR; linux/if_addr.h.
 *
 *     | family | prefix len | flags | scope | interface index | attributes …
 */
import type { Prefix } from './host-model.js';
import { NetlinkProtocol, NetlinkSocket } from './netlink.js';
import { attributesByType } from './netlink-attribute.js';
import { MessageFlag } from './netlink-message.js';

const newAddress = 20;
const getAddress = 22;
const headerLen = 8;
const Attribute = { address: 1, local: 2 } as const;

/**
 * Each address by itself, without its subnet.
 * @param netns path of the network namespace, or null
 * @throws NetlinkError, NativeError
 */
export function readInterfaceAddresses(netns: string | null): Prefix[] {
  const socket = NetlinkSocket.open(NetlinkProtocol.route, netns);
  try {
    const replies = socket.request(getAddress, MessageFlag.dump, [new Uint8Array(headerLen)]);
    return replies.flatMap(({ type, payload }) => (type === newAddress ? addressOf(payload) : []));
  } finally {
    socket.close();
  }
}

/** Of a point-to-point link, `address` is the peer's and `local` its own. */
function addressOf(payload: Uint8Array): Prefix[] {
  const attributes = attributesByType(payload.subarray(headerLen));
  const bytes = attributes.get(Attribute.local) ?? attributes.get(Attribute.address);
  if (bytes === undefined || (bytes.length !== 4 && bytes.length !== 16)) return [];
  return [{ bytes: bytes.slice(), prefixLen: bytes.length * 8 }];
}
