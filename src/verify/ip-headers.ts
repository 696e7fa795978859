/**
 * A walk's steps over IP: the two headers whose addresses are looked at, what may stand between them and their transport,
 * the ICMP errors that quote a datagram, and neighbor discovery, which names addresses itself.
 * Reference: RFC 791, RFC 8200 4, RFC 4302 (authentication header), RFC 792, RFC 4443, RFC 4861.
 */
import { isLoopbackIpv4, isLoopbackIpv6 } from '../classify/address-scope.js';
import { Icmpv6Type } from '../decode/icmpv6-types.js';
import { IpProtocol } from '../decode/packet-batch.js';
import { Header, type LeakWalk } from './leak-walk.js';

const ipv4Len = 20;
const ipv6Len = 40;

export function passIpv4(walk: LeakWalk): Header {
  const { view, at } = walk;
  if (!walk.has(ipv4Len)) return walk.isNone();
  const headerLen = 4 * (view.getUint8(at) & 15);
  if (view.getUint8(at) >> 4 !== 4 || headerLen < ipv4Len) return walk.isNone();
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

export function passIpv6(walk: LeakWalk): Header {
  const { view, at } = walk;
  if (!walk.has(ipv6Len) || view.getUint8(at) >> 4 !== 6) return walk.isNone();
  if (isLoopbackIpv6(view, at + 8) || isLoopbackIpv6(view, at + 24)) return walk.leaks(at + 8, at + 24, 16);
  const payloadLen = view.getUint16(at + 4);
  if (payloadLen > 0) walk.endAfter(ipv6Len + payloadLen);
  walk.at += ipv6Len;
  walk.version = 6;
  return afterProtocol(walk, view.getUint8(at + 6));
}

const Extension = { hopByHop: 0, routing: 43, fragment: 44, destination: 60, mobility: 135 } as const;
const Tunnel = { ipv4: 4, ipv6: 41, gre: 47 } as const;

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
export function passExtension(walk: LeakWalk): Header {
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
export function passIcmp(walk: LeakWalk): Header {
  if (!walk.has(8)) return Header.end;
  const type = walk.view.getUint8(walk.at);
  walk.at += 8;
  if (walk.version === 4) {
    if (type === redirect && isLoopbackIpv4(walk.view.getInt32(walk.at - 4)))
      return leaksOf(walk, Header.ipv4, walk.at - 4);
    return isIcmpError(type) ? Header.ipv4 : Header.end;
  }
  return type < 128 ? Header.ipv6 : passDiscovery(walk, type);
}

/** Addresses behind the eight bytes of a neighbor discovery message: its target, and of a redirect the destination. */
const namedBy: Readonly<Record<number, number>> = {
  [Icmpv6Type.neighborSolicitation]: 1,
  [Icmpv6Type.neighborAdvertisement]: 1,
  [Icmpv6Type.redirect]: 2,
};

/** RFC 4861 4.3 to 4.5: what ARP is to IPv4. */
function passDiscovery(walk: LeakWalk, type: number): Header {
  const addresses = namedBy[type] ?? 0;
  for (let i = 0; i < addresses; i++, walk.at += 16) {
    if (!walk.has(16)) return Header.end;
    if (isLoopbackIpv6(walk.view, walk.at)) return leaksOf(walk, Header.ipv6, walk.at);
  }
  return type === Icmpv6Type.redirect ? passRedirectOptions(walk) : Header.end;
}

const redirectedHeader = 4;

/** RFC 4861 4.6: type and length in units of eight bytes; the one that quotes a datagram has six bytes before it. */
function passRedirectOptions(walk: LeakWalk): Header {
  const { view } = walk;
  while (walk.has(8)) {
    const len = 8 * view.getUint8(walk.at + 1);
    if (view.getUint8(walk.at) === redirectedHeader) {
      walk.at += 8;
      return Header.ipv6;
    }
    if (len === 0) break;
    walk.at += len;
  }
  return Header.end;
}

/** A message names a loopback address at `named`; the source is that of its datagram. */
function leaksOf(walk: LeakWalk, ip: typeof Header.ipv4 | typeof Header.ipv6, named: number): Header {
  const datagram = walk.headers.lastIndexOf(ip, walk.headerCount - 1);
  if (datagram < 0) return Header.end;
  const at = walk.offsets[datagram];
  return ip === Header.ipv4 ? walk.leaks(at + 12, named, 4) : walk.leaks(at + 8, named, 16);
}

/** Its second word is the gateway that it names. */
const redirect = 5;

/** Unreachable, source quench, redirect, time exceeded, parameter problem. */
function isIcmpError(type: number): boolean {
  return type === 3 || type === 4 || type === redirect || type === 11 || type === 12;
}

const udpLen = 8;

function afterUdp(walk: LeakWalk): Header {
  if (!walk.has(4)) return Header.end;
  const dstPort = walk.view.getUint16(walk.at + 2);
  const tunnel = walk.udpTunnels.get(dstPort);
  if (tunnel === undefined) return Header.end;
  walk.at += udpLen;
  return Header[tunnel];
}
