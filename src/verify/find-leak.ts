/**
 * Is a loopback address in this frame, and in which of its headers? Walks from header to header as a receiver would:
 * VLAN tags, ARP, IP, the datagram that an ICMP error quotes, IP in IP, GRE and VXLAN. What is payload to all of these
 * is not looked into: a DNS answer that names 127.0.0.1 is no leak.
 *
 * Total: any bytes give an outcome, nothing throws, nothing behind `end` is read, nothing is allocated.
 *
 *     ethernet ─ vlan ─ ipv4 ─ gre ─ ipv6 ─ icmp ─ ipv6        headers, offsets: one entry a header
 *                                            └ quotes the datagram with ::1
 *
 * Reference: RFC 1122 3.2.1.3, RFC 4291 2.5.3; RFC 2003 and 4213 (IP in IP), 2784 and 2890 (GRE), 7348 (VXLAN).
 */
import { isLoopbackIpv4, isLoopbackIpv6 } from '../classify/address-scope.js';
import { IpProtocol } from '../decode/packet-batch.js';

/** What a header is, by which the walk goes on. */
export const Header = {
  end: 0,
  ethernet: 1,
  vlan: 2,
  arp: 3,
  ipv4: 4,
  ipv6: 5,
  extension: 6,
  icmp: 7,
  gre: 8,
  vxlan: 9,
} as const;
export type Header = (typeof Header)[keyof typeof Header];

export const Outcome = {
  none: 0,
  leak: 1,
  /** The capture ends before the headers do. */
  cut: 2,
  /** More headers in each other than are followed. */
  deep: 3,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** Headers of one frame that are followed; VXLAN in VXLAN behind VLAN tags needs eleven. */
export const mostHeaders = 16;

/** Where a walk is and what it found; made once and used for each frame. */
export class LeakWalk {
  /** Headers passed so far, outermost first, and where each begins. */
  readonly headers = new Uint8Array(mostHeaders);
  readonly offsets = new Uint32Array(mostHeaders);
  headerCount = 0;
  /** Of the datagram or ARP message with the loopback address; 4 or 16 bytes each. */
  srcOffset = 0;
  dstOffset = 0;
  addressLen: 4 | 16 = 4;
  outcome: Outcome = Outcome.none;
  view: DataView = new DataView(new ArrayBuffer(0));
  at = 0;
  /** One past the last byte that may be read. */
  end = 0;
  /** The frame went on where `end` is. */
  isCut = false;
  /** Of the IP header passed last, and the protocol number that led here: both versions share the numbers, not the uses. */
  version: 4 | 6 = 4;
  protocol = 0;

  /** Are there `len` more bytes? Where a capture ends too early, the outcome says so. */
  has(len: number): boolean {
    if (this.at + len <= this.end) return true;
    if (this.isCut) this.outcome = Outcome.cut;
    return false;
  }

  /** What is left ends with this datagram, `len` bytes from here; padding behind it is nobody's. */
  endAfter(len: number): void {
    if (this.at + len > this.end) return;
    this.end = this.at + len;
    this.isCut = false;
  }

  leaks(srcOffset: number, dstOffset: number, addressLen: 4 | 16): Header {
    this.srcOffset = srcOffset;
    this.dstOffset = dstOffset;
    this.addressLen = addressLen;
    this.outcome = Outcome.leak;
    return Header.end;
  }
}

/**
 * Walks a frame from its header `first` at `at`.
 * @param end one past its last captured byte
 * @param isCut the capture has less of it than was on the link
 * @param walk receives what is found and where
 */
export function findLeak(
  view: DataView,
  at: number,
  end: number,
  isCut: boolean,
  first: Header,
  walk: LeakWalk,
): Outcome {
  walk.view = view;
  walk.at = at;
  walk.end = Math.min(end, view.byteLength);
  walk.isCut = isCut;
  walk.headerCount = 0;
  walk.outcome = Outcome.none;
  let header = first;
  while (header !== Header.end) {
    if (walk.headerCount === mostHeaders) {
      walk.outcome = Outcome.deep;
      break;
    }
    walk.headers[walk.headerCount] = header;
    walk.offsets[walk.headerCount++] = walk.at;
    header = pass(walk, header);
  }
  return walk.outcome;
}

function pass(walk: LeakWalk, header: Header): Header {
  switch (header) {
    case Header.ethernet:
      return passEthernet(walk);
    case Header.vlan:
      return passVlan(walk);
    case Header.arp:
      return passArp(walk);
    case Header.ipv4:
      return passIpv4(walk);
    case Header.ipv6:
      return passIpv6(walk);
    case Header.extension:
      return passExtension(walk);
    case Header.icmp:
      return passIcmp(walk);
    case Header.gre:
      return passGre(walk);
    case Header.vxlan:
      return passVxlan(walk);
    default:
      return Header.end;
  }
}

const etherTypeOffset = 12;
const ethernetLen = 14;
const mostLengthField = 1500;
/** DSAP and SSAP of SNAP, its control field, and an organisation code of 0: an EtherType follows (RFC 1042). */
const snapLen = 8;

function passEthernet(walk: LeakWalk): Header {
  if (!walk.has(ethernetLen)) return Header.end;
  const etherType = walk.view.getUint16(walk.at + etherTypeOffset);
  walk.at += ethernetLen;
  return afterEtherType(walk, etherType);
}

function passVlan(walk: LeakWalk): Header {
  if (!walk.has(4)) return Header.end;
  const etherType = walk.view.getUint16(walk.at + 2);
  walk.at += 4;
  return afterEtherType(walk, etherType);
}

function afterEtherType(walk: LeakWalk, etherType: number): Header {
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
function passArp(walk: LeakWalk): Header {
  const { view, at } = walk;
  if (!walk.has(8)) return Header.end;
  if (view.getUint16(at + 2) !== 0x0800 || view.getUint16(at + 4) !== 0x0604) return Header.end;
  if (!walk.has(arpLen)) return Header.end;
  const sender = at + 14;
  const target = at + 24;
  const isLeak = isLoopbackIpv4(view.getInt32(sender)) || isLoopbackIpv4(view.getInt32(target));
  return isLeak ? walk.leaks(sender, target, 4) : Header.end;
}

const ipv4Len = 20;
const ipv6Len = 40;

function passIpv4(walk: LeakWalk): Header {
  const { view, at } = walk;
  if (!walk.has(ipv4Len)) return Header.end;
  const headerLen = 4 * (view.getUint8(at) & 15);
  if (view.getUint8(at) >> 4 !== 4 || headerLen < ipv4Len) return Header.end;
  if (isLoopbackIpv4(view.getInt32(at + 12)) || isLoopbackIpv4(view.getInt32(at + 16)))
    return walk.leaks(at + 12, at + 16, 4);
  const totalLen = view.getUint16(at + 2);
  // 0 where the card cuts a large datagram into segments (segmentation offload).
  if (totalLen >= headerLen) walk.endAfter(totalLen);
  const isLaterFragment = (view.getUint16(at + 6) & 0x1fff) !== 0;
  walk.at += headerLen;
  walk.version = 4;
  return isLaterFragment ? Header.end : afterProtocol(walk, view.getUint8(at + 9));
}

function passIpv6(walk: LeakWalk): Header {
  const { view, at } = walk;
  if (!walk.has(ipv6Len)) return Header.end;
  if (view.getUint8(at) >> 4 !== 6) return Header.end;
  if (isLoopbackIpv6(view, at + 8) || isLoopbackIpv6(view, at + 24)) return walk.leaks(at + 8, at + 24, 16);
  const payloadLen = view.getUint16(at + 4);
  if (payloadLen > 0) walk.endAfter(ipv6Len + payloadLen);
  walk.at += ipv6Len;
  walk.version = 6;
  return afterProtocol(walk, view.getUint8(at + 6));
}

const Extension = { hopByHop: 0, routing: 43, fragment: 44, destination: 60, mobility: 135 } as const;
const Tunnel = { ipv4: 4, ipv6: 41, gre: 47 } as const;
const vxlanPorts = [4789, 8472] as const;

/** Past a protocol number, at what it names. */
function afterProtocol(walk: LeakWalk, protocol: number): Header {
  walk.protocol = protocol;
  switch (protocol) {
    case Tunnel.ipv4:
      return Header.ipv4;
    case Tunnel.ipv6:
      return Header.ipv6;
    case Tunnel.gre:
      return Header.gre;
    case IpProtocol.icmp:
      return walk.version === 4 ? Header.icmp : Header.end;
    case IpProtocol.icmpv6:
      return walk.version === 6 ? Header.icmp : Header.end;
    case IpProtocol.udp:
      return afterUdp(walk);
    case IpProtocol.ah:
      return Header.extension;
    case Extension.hopByHop:
    case Extension.routing:
    case Extension.fragment:
    case Extension.destination:
    case Extension.mobility:
      return walk.version === 6 ? Header.extension : Header.end;
    default:
      return Header.end;
  }
}

/** RFC 8200 4; RFC 4302 2.2 counts an authentication header in words. */
function passExtension(walk: LeakWalk): Header {
  const { view, at, protocol } = walk;
  if (!walk.has(8)) return Header.end;
  const units = view.getUint8(at + 1);
  if (protocol === Extension.fragment) {
    walk.at += 8;
    if ((view.getUint16(at + 2) & 0xfff8) !== 0) return Header.end;
  } else walk.at += protocol === IpProtocol.ah ? 4 * (units + 2) : 8 * (units + 1);
  return afterProtocol(walk, view.getUint8(at));
}

/** The types that quote a datagram behind their eight bytes: RFC 792; RFC 4443 keeps those below 128 for errors. */
function passIcmp(walk: LeakWalk): Header {
  if (!walk.has(8)) return Header.end;
  const type = walk.view.getUint8(walk.at);
  walk.at += 8;
  if (walk.version === 6) return type < 128 ? Header.ipv6 : Header.end;
  return isIcmpError(type) ? Header.ipv4 : Header.end;
}

/** Unreachable, source quench, redirect, time exceeded, parameter problem. */
function isIcmpError(type: number): boolean {
  return type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
}

const udpLen = 8;

function afterUdp(walk: LeakWalk): Header {
  if (!walk.has(4)) return Header.end;
  const dstPort = walk.view.getUint16(walk.at + 2);
  if (dstPort !== vxlanPorts[0] && dstPort !== vxlanPorts[1]) return Header.end;
  walk.at += udpLen;
  return Header.vxlan;
}

/** Without its I flag it is another protocol on that port. */
function passVxlan(walk: LeakWalk): Header {
  if (!walk.has(8)) return Header.end;
  const hasNetwork = (walk.view.getUint8(walk.at) & 0x08) !== 0;
  walk.at += 8;
  return hasNetwork ? Header.ethernet : Header.end;
}

/** Version 0 only; each flag adds four bytes, and the routing of RFC 1701 is no longer sent. */
function passGre(walk: LeakWalk): Header {
  const { view, at } = walk;
  if (!walk.has(4)) return Header.end;
  const flags = view.getUint16(at);
  if ((flags & 0x4007) !== 0) return Header.end;
  const etherType = view.getUint16(at + 2);
  walk.at += 4;
  for (const flag of [0x8000, 0x2000, 0x1000]) if ((flags & flag) !== 0) walk.at += 4;
  if (etherType === 0x6558) return Header.ethernet;
  return etherType > mostLengthField ? afterEtherType(walk, etherType) : Header.end;
}
