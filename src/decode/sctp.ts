/**
 * The Stream Control Transmission Protocol: its common header.
 * Reference: RFC 9260 3.1.
 *
 *      0             2                  4                  8          12
 *     | source port | destination port | verification tag | checksum | chunks ...
 */

import { formatHex } from '../format/units.js';
import { crc32c } from './crc32c.js';
import type { Cursor } from './cursor.js';
import type { Dissector } from './dissector.js';
import { Layer } from './layer.js';
import { Fact } from './packet-batch.js';
import { dissectChunks } from './sctp-chunks.js';
import { dissectPorts, notePorts } from './tcp.js';

const headerLen = 12;

export function decodeSctp(cursor: Cursor): Layer {
  const { offset } = cursor;
  cursor.transportOffset = offset;
  if (cursor.left >= 4) notePorts(cursor);
  if (cursor.left < headerLen) return cursor.truncated(Layer.sctp);
  if (cursor.limit - offset < headerLen) return cursor.malformed(Layer.sctp);
  cursor.lastLayer = Layer.sctp;
  cursor.payloadLen = cursor.limit - offset - headerLen;
  cursor.offset = offset + headerLen;
  return Layer.end;
}

export function dissectSctp(dissector: Dissector): Layer {
  const { cursor } = dissector;
  const start = cursor.offset;
  const packetLen = cursor.limit - start;
  dissector.layer('Stream Control Transmission Protocol', headerLen);
  dissector.contradiction = `${headerLen} bytes of header are more than the ${packetLen} of the packet`;
  dissectPorts(dissector);
  dissector.hex32('Verification Tag');
  dissector.hex32('Checksum', (field) => {
    const isWhole = start + packetLen <= cursor.end && (cursor.facts & Fact.fragment) === 0;
    if (!isWhole || packetLen < headerLen) return 'not verified';
    return crcVerdict(dissector.bytes.subarray(start, start + packetLen), field);
  });
  dissectChunks(dissector);
  const next = decodeSctp(cursor);
  if (!dissector.isBroken) cursor.offset = Math.max(cursor.offset, dissector.at);
  return next;
}

/** RFC 9260 6.8: CRC32c over the packet with the field zero, least significant byte first on the wire. */
function crcVerdict(packet: Uint8Array, field: number): string {
  const zeroed = packet.slice();
  zeroed.fill(0, 8, 12);
  const crc = crc32c(zeroed);
  const onWire = (((crc & 255) << 24) | ((crc & 0xff00) << 8) | ((crc >>> 8) & 0xff00) | (crc >>> 24)) >>> 0;
  if (field === onWire) return 'correct';
  return field === 0 ? '0: offloaded' : `wrong, should be ${formatHex(onWire, 4)}`;
}
