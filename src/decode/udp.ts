/**
 * The User Datagram Protocol.
 * Reference: RFC 768; RFC 2675 4 for length 0 in jumbograms.
 *
 *      0             2                  4        6          8
 *     | source port | destination port | length | checksum | ...
 */
import type { Cursor } from './cursor.js';
import { Layer } from './layer.js';
import { Fact } from './packet-batch.js';
import { notePorts } from './tcp.js';

const headerLen = 8;

export function decodeUdp(cursor: Cursor): Layer {
  const { view, offset } = cursor;
  cursor.transportOffset = offset;
  if (cursor.left >= 4) notePorts(cursor);
  if (cursor.left < headerLen) return cursor.truncated(Layer.udp);
  cursor.lastLayer = Layer.udp;
  cursor.offset = offset + headerLen;
  const udpLen = view.getUint16(offset + 4);
  if (udpLen === 0) {
    cursor.payloadLen = Math.max(0, cursor.limit - cursor.offset);
    return Layer.end;
  }
  if (udpLen < headerLen) return cursor.malformed(Layer.udp);
  cursor.payloadLen = udpLen - headerLen;
  // A first fragment announces the whole datagram's length; elsewhere the length must fit the IP payload.
  const fits = offset + udpLen <= cursor.limit || (cursor.facts & Fact.fragment) !== 0;
  return fits ? Layer.end : cursor.malformed(Layer.udp);
}
