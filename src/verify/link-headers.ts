/**
 * A walk's steps over headers below IP: Ethernet, VLAN tags, SNAP, and ARP, which names addresses itself.
 * Reference: IEEE 802.3, 802.1Q; RFC 1042 (SNAP); RFC 826 (ARP).
 */
import { isLoopbackIpv4 } from '../classify/address-scope.js';
import { Header, type LeakWalk } from './leak-walk.js';

const etherTypeOffset = 12;
const ethernetLen = 14;
/** Up to it the field is a length. */
export const mostLengthField = 1500;
/** DSAP and SSAP of SNAP, its control field, and an organisation code of 0: an EtherType follows (RFC 1042). */
const snapLen = 8;

export function passEthernet(walk: LeakWalk): Header {
  if (!walk.has(ethernetLen)) return Header.end;
  const etherType = walk.view.getUint16(walk.at + etherTypeOffset);
  walk.at += ethernetLen;
  return afterEtherType(walk, etherType);
}

export function passVlan(walk: LeakWalk): Header {
  if (!walk.has(4)) return Header.end;
  const etherType = walk.view.getUint16(walk.at + 2);
  walk.at += 4;
  return afterEtherType(walk, etherType);
}

export function afterEtherType(walk: LeakWalk, etherType: number): Header {
  switch (etherType) {
    case 0x0800:
      return Header.ipv4;
    case 0x86dd:
      return Header.ipv6;
    case 0x0806:
      return Header.arp;
    case 0x8100:
    case 0x88a8:
    case 0x9100:
      return Header.vlan;
    default:
      return etherType <= mostLengthField ? afterLengthField(walk) : Header.end;
  }
}

function afterLengthField(walk: LeakWalk): Header {
  const { view, at } = walk;
  if (!walk.has(snapLen)) return Header.end;
  if (view.getUint32(at) !== 0xaaaa0300 || view.getUint16(at + 4) !== 0) return Header.end;
  walk.at += snapLen;
  const etherType = view.getUint16(at + 6);
  return etherType > mostLengthField ? afterEtherType(walk, etherType) : Header.end;
}

const arpLen = 28;

/** RFC 826: hardware and protocol type, their address lengths (6 and 4), operation, then sender and target. */
export function passArp(walk: LeakWalk): Header {
  const { view, at } = walk;
  if (!walk.has(8)) return Header.end;
  if (view.getUint16(at + 2) !== 0x0800 || view.getUint16(at + 4) !== 0x0604) return Header.end;
  if (!walk.has(arpLen)) return Header.end;
  const sender = at + 14;
  const target = at + 24;
  const isLeak = isLoopbackIpv4(view.getInt32(sender)) || isLoopbackIpv4(view.getInt32(target));
  return isLeak ? walk.leaks(sender, target, 4) : Header.end;
}
