/**
 * The Internet Control Message Protocol.
 * Reference: RFC 792; IANA icmp-parameters for the types and codes.
 *
 *      0      1      2          4                     8
 *     | type | code | checksum | depends on the type | quoted datagram (errors) or data ...
 */
import type { Cursor } from './cursor.js';
import { Layer } from './layer.js';
import { Fact } from './packet-batch.js';

const headerLen = 8;

export const IcmpType = { echoReply: 0, unreachable: 3, echo: 8 } as const;

/** Types whose second word begins with an identifier: echo, timestamp, information, address mask. */
const hasIdentifier = new Set([0, 8, 13, 14, 15, 16, 17, 18]);

export function decodeIcmp(cursor: Cursor): Layer {
  const { view, offset } = cursor;
  cursor.transportOffset = offset;
  if (cursor.left < headerLen) return cursor.truncated(Layer.icmp);
  cursor.lastLayer = Layer.icmp;
  if (hasIdentifier.has(view.getUint8(offset))) noteIdentifier(cursor);
  cursor.payloadLen = Math.max(0, cursor.limit - offset - headerLen);
  cursor.offset = offset + headerLen;
  return Layer.end;
}

/** An echo's identifier tells one ping from another, as ports do for UDP. */
export function noteIdentifier(cursor: Cursor): void {
  const identifier = cursor.view.getUint16(cursor.offset + 4);
  cursor.srcPort = identifier;
  cursor.dstPort = identifier;
  cursor.facts |= Fact.ports;
}
