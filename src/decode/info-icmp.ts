/**
 * The one line that a packet list shows of an ICMP or ICMPv6 message; for errors with the datagram that caused it.
 */
import { formatIpv4, formatIpv6 } from '../format/address.js';
import { fragmentationNeeded } from './icmp.js';
import { IcmpType, icmpCodeName, icmpTypeName, isIcmpError } from './icmp-types.js';
import { Icmpv6Type, icmpv6CodeName, icmpv6TypeName, isIcmpv6Error } from './icmpv6-types.js';
import { mldInfo } from './info-multicast.js';
import { ipProtocolName } from './ip-protocols.js';
import { IpProtocol } from './packet-batch.js';

const headerLen = 8;

/** @param start of the message, whose eight-byte header is before `end` */
export function icmpInfo(view: DataView, start: number, end: number): string {
  const type = view.getUint8(start);
  const code = view.getUint8(start + 1);
  const text = withCode(icmpTypeName(type), icmpCodeName(type, code));
  if (type === IcmpType.echo || type === IcmpType.echoReply) return text + identifier(view, start);
  if (!isIcmpError(type)) return text;
  const quote = quotedIpv4(view, start + headerLen, end);
  if (type === IcmpType.redirect) return `${text} to ${formatIpv4(view.getInt32(start + 4))}${quote}`;
  const hasMtu = type === IcmpType.unreachable && code === fragmentationNeeded;
  return hasMtu ? `${text} mtu ${view.getUint16(start + 6)}${quote}` : text + quote;
}

/** @param start of the message, whose eight-byte header is before `end` */
export function icmpv6Info(view: DataView, start: number, end: number): string {
  const type = view.getUint8(start);
  const text = withCode(icmpv6TypeName(type), icmpv6CodeName(type, view.getUint8(start + 1)));
  if (type === Icmpv6Type.echo || type === Icmpv6Type.echoReply) return text + identifier(view, start);
  if (isIcmpv6Error(type)) {
    const mtu = type === Icmpv6Type.packetTooBig ? ` mtu ${view.getUint32(start + 4)}` : '';
    return text + mtu + quotedIpv6(view, start + headerLen, end);
  }
  switch (type) {
    case Icmpv6Type.neighborSolicitation:
    case Icmpv6Type.neighborAdvertisement:
    case Icmpv6Type.redirect:
      return start + headerLen + 16 <= end ? `${text} for ${formatIpv6(view, start + headerLen)}` : text;
    case Icmpv6Type.mldQuery:
    case Icmpv6Type.mldReport:
    case Icmpv6Type.mldDone:
    case Icmpv6Type.mldv2Report:
      return mldInfo(view, start, end, type);
    default:
      return text;
  }
}

function withCode(type: string, code: string): string {
  return code === '' ? type : `${type} (${code})`;
}

function identifier(view: DataView, start: number): string {
  return ` id ${view.getUint16(start + 4)} seq ${view.getUint16(start + 6)}`;
}

/** ` for 127.0.0.1:40000 → 127.0.0.1:9 udp` of the datagram quoted at `at`; '' where it is not there. */
function quotedIpv4(view: DataView, at: number, end: number): string {
  if (at + 20 > end || view.getUint8(at) >> 4 !== 4) return '';
  const protocol = view.getUint8(at + 9);
  const isFirst = (view.getUint16(at + 6) & 0x1fff) === 0;
  const transport = at + (view.getUint8(at) & 15) * 4;
  const ports = isFirst ? quotedPorts(view, transport, end, protocol) : null;
  const [source, destination] = [formatIpv4(view.getInt32(at + 12)), formatIpv4(view.getInt32(at + 16))];
  if (ports === null) return ` for ${source} → ${destination}${named(protocol)}`;
  return ` for ${source}:${ports[0]} → ${destination}:${ports[1]}${named(protocol)}`;
}

/** Extension headers in a quotation are not walked: such a packet is named by them. */
function quotedIpv6(view: DataView, at: number, end: number): string {
  if (at + 40 > end || view.getUint8(at) >> 4 !== 6) return '';
  const protocol = view.getUint8(at + 6);
  const ports = quotedPorts(view, at + 40, end, protocol);
  const [source, destination] = [formatIpv6(view, at + 8), formatIpv6(view, at + 24)];
  if (ports === null) return ` for ${source} → ${destination}${named(protocol)}`;
  return ` for [${source}]:${ports[0]} → [${destination}]:${ports[1]}${named(protocol)}`;
}

function quotedPorts(view: DataView, at: number, end: number, protocol: number): [number, number] | null {
  const hasPorts = protocol === IpProtocol.tcp || protocol === IpProtocol.udp || protocol === IpProtocol.sctp;
  return hasPorts && at + 4 <= end ? [view.getUint16(at), view.getUint16(at + 2)] : null;
}

function named(protocol: number): string {
  return ` ${ipProtocolName(protocol).toLowerCase() || `protocol ${protocol}`}`;
}
