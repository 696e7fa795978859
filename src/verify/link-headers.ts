/**
 * A walk's steps over headers below IP: Ethernet, cooked headers, VLAN tags, SNAP, and ARP, which names addresses itself.
 * Reference: IEEE 802.3, 802.1Q, 802.1H; RFC 1042 (SNAP); RFC 826 (ARP), 903 (RARP), 2390 (InARP); LINKTYPE_LINUX_SLL and
 * _SLL2 in the tcpdump group's registry.
 */
import { isLoopbackIpv4 } from '../classify/address-scope.js';
import { EtherType } from '../decode/ethernet.js';
import { Header, type LeakWalk } from './leak-walk.js';

const etherTypeOffset = 12;
const ethernetLen = 14;
/** Up to it the field is a length. */
export const mostLengthField = 1500;
/** DSAP and SSAP of IP; a control byte follows. */
const ipAccess = [6, 6];
const ipAccessLen = 3;
/** DSAP and SSAP of SNAP, its control field, and an organisation behind whose code an EtherType follows (RFC 1042, 802.1H). */
const snaps = [0x00, 0xf8].map((organisation) => [0xaa, 0xaa, 3, 0, 0, organisation]);
const snapLen = 8;

export function passEthernet(walk: LeakWalk): Header {
  if (!walk.has(ethernetLen)) return Header.end;
  const etherType = walk.view.getUint16(walk.at + etherTypeOffset);
  walk.at += ethernetLen;
  return afterEtherType(walk, etherType);
}

/** Where a cooked header has the protocol, and how long it is. */
const cooked = {
  [Header.sll]: { protocolOffset: 14, len: 16 },
  [Header.sll2]: { protocolOffset: 0, len: 20 },
} as const;

/** The protocol is an EtherType, 4 where LLC follows, or of what a packet socket sent the length before it. */
export function passCooked(walk: LeakWalk, header: keyof typeof cooked): Header {
  const { protocolOffset, len } = cooked[header];
  if (!walk.has(len)) return Header.end;
  const protocol = walk.view.getUint16(walk.at + protocolOffset);
  walk.at += len;
  return afterCooked(walk, protocol);
}

function afterCooked(walk: LeakWalk, protocol: number): Header {
  return isTagLeft(walk, protocol) ? Header.vlan : afterEtherType(walk, protocol);
}

/**
 * Linux names the protocol behind all VLAN tags and takes the outermost away (vlan_get_protocol_dgram in
 * net/packet/af_packet.c), so that of a frame with two tags the inner one stands where the packet should, also where
 * whoever captured has put the outermost back.
 */
function isTagLeft(walk: LeakWalk, protocol: number): boolean {
  const { view, at, end, isCut } = walk;
  const isIp = protocol === EtherType.ipv4 || protocol === EtherType.ipv6;
  if (at + 8 > end || !(isIp || protocol === EtherType.arp)) return false;
  const next = view.getUint16(at + 2);
  if (next !== protocol && !isTagType(next)) return false;
  if (!isIp) return true;
  // The priority of a tag may look like the version: then what looks like a length is none.
  const isIpv4 = protocol === EtherType.ipv4;
  const len = isIpv4 ? next : 40 + view.getUint16(at + 4);
  return view.getUint8(at) >> 4 !== (isIpv4 ? 4 : 6) || (!isCut && at + len > end);
}

function isTagType(etherType: number): boolean {
  return (
    etherType === EtherType.vlan || etherType === EtherType.vlanService || etherType === EtherType.vlanOld
  );
}

export function passVlan(walk: LeakWalk): Header {
  if (!walk.has(4)) return Header.end;
  const etherType = walk.view.getUint16(walk.at + 2);
  walk.at += 4;
  return walk.headers[0] in cooked ? afterCooked(walk, etherType) : afterEtherType(walk, etherType);
}

export function afterEtherType(walk: LeakWalk, etherType: number): Header {
  switch (etherType) {
    case EtherType.ipv4:
      return Header.ipv4;
    case EtherType.ipv6:
      return Header.ipv6;
    case EtherType.arp:
    case EtherType.rarp:
      return Header.arp;
    case EtherType.vlan:
    case EtherType.vlanService:
    case EtherType.vlanOld:
      return Header.vlan;
    default:
      return etherType <= mostLengthField ? afterLengthField(walk) : Header.end;
  }
}

function afterLengthField(walk: LeakWalk): Header {
  const { view, at } = walk;
  if (begins(walk, ipAccess)) {
    if (!walk.has(ipAccessLen)) return Header.end;
    walk.at += ipAccessLen;
    return Header.ipv4;
  }
  if (!snaps.some((snap) => begins(walk, snap)) || !walk.has(snapLen)) return Header.end;
  walk.at += snapLen;
  const etherType = view.getUint16(at + 6);
  return etherType > mostLengthField ? afterEtherType(walk, etherType) : Header.end;
}

/** Of what was cut, the bytes that are there may tell that it does not. */
function begins({ view, at, end }: LeakWalk, bytes: readonly number[]): boolean {
  return bytes.every((byte, i) => at + i >= end || view.getUint8(at + i) === byte);
}

const arpLen = 8;

/** RFC 826: hardware and protocol type, their address lengths, operation, then both addresses of sender and of target. */
export function passArp(walk: LeakWalk): Header {
  const { view, at } = walk;
  if (!walk.has(arpLen)) return walk.isNone();
  if (view.getUint16(at + 2) !== EtherType.ipv4 || view.getUint8(at + 5) !== 4) return Header.end;
  if (!walk.has(arpLen + 2 * (view.getUint8(at + 4) + 4))) return walk.isNone();
  const { sender, target } = arpAddresses(view, at);
  const isLeak = isLoopbackIpv4(view.getInt32(sender)) || isLoopbackIpv4(view.getInt32(target));
  return isLeak ? walk.leaks(sender, target, 4) : Header.end;
}

/** Where an ARP message has its IPv4 addresses: behind hardware addresses of any length, 6 on Ethernet. */
export function arpAddresses(view: DataView, at: number): { sender: number; target: number } {
  const hardwareLen = view.getUint8(at + 4);
  return { sender: at + arpLen + hardwareLen, target: at + arpLen + 4 + 2 * hardwareLen };
}
