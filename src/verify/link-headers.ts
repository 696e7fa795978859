/**
 * A walk's steps over headers below IP: Ethernet, VLAN tags, SNAP, and ARP, which names addresses itself.
 * Reference: IEEE 802.3, 802.1Q, 802.1H; RFC 1042 (SNAP); RFC 826 (ARP), 903 (RARP), 2390 (InARP).
 */
import { isLoopbackIpv4 } from '../classify/address-scope.js';
import { Header, type LeakWalk } from './leak-walk.js';

const etherTypeOffset = 12;
const ethernetLen = 14;
/** Up to it the field is a length. */
export const mostLengthField = 1500;
/** DSAP and SSAP of SNAP, its control field, an organisation code, and for the two below an EtherType. */
const snapLen = 8;
/** Of RFC 1042, and of bridges that tunnel Ethernet's types (802.1H). */
const encapsulated = 0;
const bridged = 0x0000f8;

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
    case 0x8035:
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
  const organisation = view.getUint32(at + 2) & 0xffffff;
  if (view.getUint16(at) !== 0xaaaa || view.getUint8(at + 2) !== 3) return Header.end;
  if (organisation !== encapsulated && organisation !== bridged) return Header.end;
  walk.at += snapLen;
  const etherType = view.getUint16(at + 6);
  return etherType > mostLengthField ? afterEtherType(walk, etherType) : Header.end;
}

const arpLen = 8;

/** RFC 826: hardware and protocol type, their address lengths, operation, then both addresses of sender and of target. */
export function passArp(walk: LeakWalk): Header {
  const { view, at } = walk;
  if (!walk.has(arpLen)) return Header.end;
  const isForIpv4 = view.getUint16(at + 2) === 0x0800 && view.getUint8(at + 5) === 4;
  if (!isForIpv4 || !walk.has(arpLen + 2 * (view.getUint8(at + 4) + 4))) return Header.end;
  const { sender, target } = arpAddresses(view, at);
  const isLeak = isLoopbackIpv4(view.getInt32(sender)) || isLoopbackIpv4(view.getInt32(target));
  return isLeak ? walk.leaks(sender, target, 4) : Header.end;
}

/** Where an ARP message has its IPv4 addresses: behind hardware addresses of any length, 6 on Ethernet. */
export function arpAddresses(view: DataView, at: number): { sender: number; target: number } {
  const hardwareLen = view.getUint8(at + 4);
  return { sender: at + arpLen + hardwareLen, target: at + arpLen + 4 + 2 * hardwareLen };
}
