/**
 * ICMP for IPv6, with neighbour discovery and multicast listener discovery.
 * Reference: RFC 4443 2.1, RFC 4861 4, RFC 3810 5; IANA icmpv6-parameters for the types and codes.
 *
 *      0      1      2          4
 *     | type | code | checksum | depends on the type ...
 */
import type { Cursor } from './cursor.js';
import { noteIdentifier } from './icmp.js';
import { Layer } from './layer.js';

const headerLen = 8;

export const Icmpv6Type = { echo: 128, echoReply: 129 } as const;

export function decodeIcmpv6(cursor: Cursor): Layer {
  const { view, offset } = cursor;
  cursor.transportOffset = offset;
  if (cursor.left < headerLen) return cursor.truncated(Layer.icmpv6);
  cursor.lastLayer = Layer.icmpv6;
  const type = view.getUint8(offset);
  if (type === Icmpv6Type.echo || type === Icmpv6Type.echoReply) noteIdentifier(cursor);
  cursor.payloadLen = Math.max(0, cursor.limit - offset - headerLen);
  cursor.offset = offset + headerLen;
  return Layer.end;
}
