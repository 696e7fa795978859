/**
 * The protocol of what a socket without link headers (packet(7), SOCK_DGRAM) gives of a frame with VLAN tags inside, that
 * is, beside the one that the kernel takes out. Kernels tell it in two ways (vlan_get_protocol_dgram() in
 * net/packet/af_packet.c, since Linux 6.11 and in stable kernels of its time), and where the bytes begin depends on the direction:
 *
 *     incoming   protocol 0x8100             [ tag | type | packet ]     before 6.11
 *                protocol of the packet      [ tag | type | packet ]     since
 *     outgoing   0x8100, or the packet's     [ packet ], or [ tag | type | packet ] where a packet socket sent it
 *
 * So the bytes themselves are asked. Both readings may seem right: then the one that begins a packet is.
 */
import { PacketType } from './ring-layout.js';

const vlan = 0x8100;
const serviceVlan = 0x88a8;
const tagLen = 4;
const ipv4 = 0x0800;
const arp = 0x0806;
const ipv6 = 0x86dd;

/** What the socket gave of a frame. */
export interface Cooked {
  /** As the kernel tells it. */
  readonly protocol: number;
  readonly packetType: number;
  /** The kernel took a tag out, and tells it beside. */
  readonly isTagged: boolean;
  readonly view: DataView;
  /** First byte behind the link header, behind the last that was captured, and behind the last that there was. */
  readonly start: number;
  readonly end: number;
  readonly originalEnd: number;
}

/** @returns the protocol of the first byte: a VLAN tag's where one is left there */
export function protocolAtStart(cooked: Cooked): number {
  const { protocol, packetType, isTagged } = cooked;
  const isOutgoing = packetType === PacketType.outgoing;
  if (protocol === 0 && isTagged && hasTag(cooked)) return vlan;
  if (!isVlanTag(protocol)) return isTagged && !isOutgoing && hasTags(cooked) ? vlan : protocol;
  if (!isOutgoing || beginsBehindTags(cooked)) return protocol;
  return [ipv4, ipv6, arp].find((each) => begins(cooked, each, cooked.start)) ?? protocol;
}

/** Of the tags that Linux takes out: 802.1Q and 802.1ad. */
export function isVlanTag(protocol: number): boolean {
  return protocol === vlan || protocol === serviceVlan;
}

/** Behind more than eight tags the kernel looks for no protocol: it tells 0. */
function hasTag({ view, start, end }: Cooked): boolean {
  return start + tagLen <= end && isVlanTag(view.getUint16(start + 2));
}

/** Do tags lead to the protocol that the kernel tells, where the bytes are not a packet of it themselves? */
function hasTags(cooked: Cooked): boolean {
  const { protocol, start } = cooked;
  const at = behindTags(cooked);
  if (at < 0 || cooked.view.getUint16(at - 2) !== protocol) return false;
  return begins(cooked, protocol, at) || !begins(cooked, protocol, start);
}

function beginsBehindTags(cooked: Cooked): boolean {
  const at = behindTags(cooked);
  return at >= 0 && begins(cooked, cooked.view.getUint16(at - 2), at);
}

/** Behind the tags that the bytes begin with, if tags they are; -1 where they end before. */
function behindTags({ view, start, end }: Cooked): number {
  for (let at = start + tagLen; at <= end; at += tagLen) if (!isVlanTag(view.getUint16(at - 2))) return at;
  return -1;
}

/** Could a packet of this protocol begin there? Never one that is not known here. */
function begins({ view, end, originalEnd }: Cooked, protocol: number, at: number): boolean {
  const captured = end - at;
  const most = originalEnd - at;
  switch (protocol) {
    case ipv4: {
      if (captured < 20 || view.getUint8(at) >> 4 !== 4) return false;
      const totalLen = view.getUint16(at + 2);
      return totalLen >= 20 && totalLen <= most;
    }
    case ipv6:
      return captured >= 40 && view.getUint8(at) >> 4 === 6 && 40 + view.getUint16(at + 4) <= most;
    case arp:
      return captured >= 28 && view.getUint32(at + 2) === 0x08000604;
    default:
      return false;
  }
}
