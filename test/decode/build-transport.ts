/**
 * Builds TCP, UDP, ICMP, ICMPv6, IGMP and SCTP. Those with a pseudo-header take the addresses of the IP header.
 */

import { addressBytes, internetChecksum, pack, pseudoHeader, withUint16 } from './build-bytes.js';
import { crc32c } from './build-crc.js';

const none = new Uint8Array(0);

interface Addressed {
  /** The IP header's addresses, as text; both versions. */
  readonly source?: string;
  readonly destination?: string;
  /** 'offloaded' puts the folded pseudo-header sum into the field, as the kernel does on lo. */
  readonly checksum?: number | 'offloaded';
}

function withTransportChecksum(
  message: Uint8Array,
  offset: number,
  protocol: number,
  fields: Addressed,
): Uint8Array {
  const { source = '127.0.0.1', destination = source, checksum } = fields;
  const pseudo = pseudoHeader(source, destination, protocol, message.length);
  if (checksum === 'offloaded') return withUint16(message, offset, internetChecksum([pseudo], true));
  return withUint16(message, offset, checksum ?? internetChecksum([pseudo, message]));
}

export interface TcpFields extends Addressed {
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly seq?: number;
  readonly ack?: number;
  /** Bits of TcpFlag. */
  readonly flags?: number;
  readonly window?: number;
  readonly urgentPointer?: number;
  /** Padded with zeros to a multiple of four bytes. */
  readonly options?: Uint8Array;
  readonly payload?: Uint8Array;
  readonly dataOffset?: number;
}

export function tcp(fields: TcpFields = {}): Uint8Array {
  const { sourcePort = 40000, destinationPort = 8080, seq = 0, ack = 0, flags = 2, window = 65495 } = fields;
  const { urgentPointer = 0, options = none, payload = none } = fields;
  const padding = new Uint8Array((4 - (options.length % 4)) % 4);
  const { dataOffset = 20 + options.length + padding.length } = fields;
  const segment = pack(
    [2, sourcePort],
    [2, destinationPort],
    [4, seq],
    [4, ack],
    [1, (dataOffset / 4) << 4],
    [1, flags],
    [2, window],
    [2, 0],
    [2, urgentPointer],
    options,
    padding,
    payload,
  );
  return withTransportChecksum(segment, 16, 6, fields);
}

/** The options that Linux sends with a SYN on lo. */
export const synOptions = pack(
  pack([1, 2], [1, 4], [2, 65495]),
  pack([1, 4], [1, 2]),
  pack([1, 8], [1, 10], [4, 1000], [4, 0]),
  pack([1, 1], [1, 3], [1, 3], [1, 7]),
);

export interface UdpFields extends Addressed {
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly payload?: Uint8Array;
  readonly udpLen?: number;
}

export function udp(fields: UdpFields = {}): Uint8Array {
  const { sourcePort = 40000, destinationPort = 9, payload = none, udpLen = 8 + payload.length } = fields;
  const datagram = pack([2, sourcePort], [2, destinationPort], [2, udpLen], [2, 0], payload);
  const built = withTransportChecksum(datagram, 6, 17, fields);
  // A sum of zero is sent as all ones: zero says that there is none (RFC 768).
  const isZero = fields.checksum === undefined && built[6] === 0 && built[7] === 0;
  return isZero ? withUint16(built, 6, 0xffff) : built;
}

export interface IcmpFields {
  readonly type?: number;
  readonly code?: number;
  /** The second word: identifier and sequence number, gateway, MTU. */
  readonly word?: number;
  /** What follows the eight bytes: data, or the quoted datagram. */
  readonly payload?: Uint8Array;
  readonly checksum?: number;
}

export function icmp(fields: IcmpFields = {}): Uint8Array {
  const { type = 8, code = 0, word = 0x12340001, payload = none } = fields;
  const message = pack([1, type], [1, code], [2, 0], [4, word], payload);
  return withUint16(message, 2, fields.checksum ?? internetChecksum([message]));
}

export function icmpv6(fields: Omit<IcmpFields, 'checksum'> & Addressed = {}): Uint8Array {
  const { type = 128, code = 0, word = 0x12340001, payload = none } = fields;
  const message = pack([1, type], [1, code], [2, 0], [4, word], payload);
  return withTransportChecksum(message, 2, 58, { ...fields, source: fields.source ?? '::1' });
}

export interface IgmpFields {
  readonly type?: number;
  readonly responseTime?: number;
  readonly group?: string;
  /** What follows the group: sources of a version 3 query, records of a version 3 report (group then counts them). */
  readonly payload?: Uint8Array;
  readonly checksum?: number;
}

export function igmp(fields: IgmpFields = {}): Uint8Array {
  const { type = 0x16, responseTime = 0, group = '224.0.0.251', payload = none } = fields;
  const message = pack([1, type], [1, responseTime], [2, 0], addressBytes(group), payload);
  return withUint16(message, 2, fields.checksum ?? internetChecksum([message]));
}

export interface SctpFields {
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly tag?: number;
  readonly chunks?: Uint8Array;
  readonly checksum?: number;
}

export function sctp(fields: SctpFields = {}): Uint8Array {
  const { sourcePort = 40000, destinationPort = 36412, tag = 0x01020304, chunks = none } = fields;
  const packet = pack([2, sourcePort], [2, destinationPort], [4, tag], [4, 0], chunks);
  const { checksum = crc32c(packet) } = fields;
  packet.set(pack([4, checksum]).reverse(), 8);
  return packet;
}

/** One SCTP chunk, padded to four bytes. */
export function chunk(type: number, value: Uint8Array, chunkFlags = 0): Uint8Array {
  const padding = new Uint8Array((4 - (value.length % 4)) % 4);
  return pack([1, type], [1, chunkFlags], [2, 4 + value.length], value, padding);
}
