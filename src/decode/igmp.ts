/**
 * The Internet Group Management Protocol: who joins which IPv4 multicast group.
 * Reference: RFC 1112 appendix I, RFC 2236 2, RFC 3376 4.
 *
 *      0      1                   2          4               8
 *     | type | max response time | checksum | group address | IGMPv3: sources or group records ...
 */
import type { Cursor } from './cursor.js';
import { Layer } from './layer.js';

const headerLen = 8;

export function decodeIgmp(cursor: Cursor): Layer {
  const { offset } = cursor;
  cursor.transportOffset = offset;
  if (cursor.left < headerLen) return cursor.truncated(Layer.igmp);
  cursor.lastLayer = Layer.igmp;
  cursor.payloadLen = Math.max(0, cursor.limit - offset - headerLen);
  cursor.offset = offset + headerLen;
  return Layer.end;
}
