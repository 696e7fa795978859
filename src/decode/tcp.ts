/**
 * The Transmission Control Protocol.
 * Reference: RFC 9293 3.1.
 *
 *      0                               2                               4
 *     | source port                   | destination port              |
 *     | sequence number                                               |
 *     | acknowledgment number                                         |
 *     | data offset · rsv | flags     | window                        |
 *     | checksum                      | urgent pointer                |
 *     | options, to data offset · 4 ...
 */
import type { Cursor } from './cursor.js';
import { Layer } from './layer.js';
import { Fact } from './packet-batch.js';

const minHeaderLen = 20;

/** Bits of the flag byte. */
export const TcpFlag = {
  fin: 1,
  syn: 2,
  rst: 4,
  psh: 8,
  ack: 16,
  urg: 32,
  ece: 64,
  cwr: 128,
} as const;

export function decodeTcp(cursor: Cursor): Layer {
  const { view, offset } = cursor;
  cursor.transportOffset = offset;
  if (cursor.left >= 4) notePorts(cursor);
  if (cursor.left < minHeaderLen) return cursor.truncated(Layer.tcp);
  cursor.lastLayer = Layer.tcp;
  cursor.tcpFlags = view.getUint8(offset + 13);
  const headerLen = (view.getUint8(offset + 12) >> 4) * 4;
  if (headerLen < minHeaderLen || offset + headerLen > cursor.limit) return cursor.malformed(Layer.tcp);
  if (cursor.left < headerLen) return cursor.truncated(Layer.tcp);
  cursor.payloadLen = cursor.limit - offset - headerLen;
  cursor.offset = offset + headerLen;
  return Layer.end;
}

/** The two ports that TCP, UDP and SCTP all begin with. */
export function notePorts(cursor: Cursor): void {
  cursor.srcPort = cursor.view.getUint16(cursor.offset);
  cursor.dstPort = cursor.view.getUint16(cursor.offset + 2);
  cursor.facts |= Fact.ports;
}
