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
const indexOffset = 4;
const Attribute = { address: 1, local: 2 } as const;

/** An address, and the interface that has it. */
export interface InterfaceAddress {
  /** By itself, without its subnet. */
  readonly prefix: Prefix;
  readonly interfaceIndex: number;
}

/** Each address, as readAddressesOfInterfaces has them. */
export function readInterfaceAddresses(netns: string | null): Prefix[] {
  return readAddressesOfInterfaces(netns).map(({ prefix }) => prefix);
}

/**
 * @param netns path of the network namespace, or null
 * @throws NetlinkError, NativeError
 */
export function readAddressesOfInterfaces(netns: string | null): InterfaceAddress[] {
  const socket = NetlinkSocket.open(NetlinkProtocol.route, netns);
  try {
    const replies = socket.request(getAddress, MessageFlag.dump, [new Uint8Array(headerLen)]);
    return replies.flatMap(({ type, payload }) => (type === newAddress ? addressOf(payload) : []));
  } finally {
    socket.close();
  }
}

/** Of a point-to-point link, `address` is the peer's and `local` its own. */
function addressOf(payload: Uint8Array): InterfaceAddress[] {
  if (payload.length < headerLen) return [];
  const attributes = attributesByType(payload.subarray(headerLen));
  const bytes = attributes.get(Attribute.local) ?? attributes.get(Attribute.address);
  if (bytes === undefined || (bytes.length !== 4 && bytes.length !== 16)) return [];
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const prefix = { bytes: bytes.slice(), prefixLen: bytes.length * 8 };
  return [{ prefix, interfaceIndex: view.getUint32(indexOffset, true) }];
}
