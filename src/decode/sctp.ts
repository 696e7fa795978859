/**
 * The Stream Control Transmission Protocol: its common header.
 * Reference: RFC 9260 3.1.
 *
 *      0             2                  4                  8          12
 *     | source port | destination port | verification tag | checksum | chunks ...
 */
import type { Cursor } from './cursor.js';
import { Layer } from './layer.js';
import { notePorts } from './tcp.js';

const headerLen = 12;

export function decodeSctp(cursor: Cursor): Layer {
  const { offset } = cursor;
  cursor.transportOffset = offset;
  if (cursor.left >= 4) notePorts(cursor);
  if (cursor.left < headerLen) return cursor.truncated(Layer.sctp);
  cursor.lastLayer = Layer.sctp;
  cursor.payloadLen = Math.max(0, cursor.limit - offset - headerLen);
  cursor.offset = offset + headerLen;
  return Layer.end;
}
