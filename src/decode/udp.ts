/**
 * The User Datagram Protocol.
 * Reference: RFC 768; RFC 2675 4 for length 0 in jumbograms.
 *
 *      0             2                  4        6          8
 *     | source port | destination port | length | checksum | ...
 */
import type { Cursor } from './cursor.js';
import type { Dissector } from './dissector.js';
import { Layer } from './layer.js';
import { Fact, IpProtocol } from './packet-batch.js';
import { dissectPorts, notePorts } from './tcp.js';
import { transportChecksum } from './transport-checksum.js';

const headerLen = 8;

export function decodeUdp(cursor: Cursor): Layer {
  const { view, offset } = cursor;
  cursor.transportOffset = offset;
  if (cursor.left >= 4) notePorts(cursor);
  if (cursor.left < headerLen) return cursor.truncated(Layer.udp);
  if (cursor.limit - offset < headerLen) return cursor.malformed(Layer.udp);
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

export function dissectUdp(dissector: Dissector): Layer {
  const { cursor } = dissector;
  const start = cursor.offset;
  const available = cursor.limit - start;
  dissector.layer('User Datagram Protocol', headerLen);
  dissectPorts(dissector);
  const udpLen = dissector.uint16('Length', (len) =>
    len === 0 ? "0: the IP header's length decides (jumbogram or segmentation offload)" : '',
  );
  const messageLen = udpLen === 0 ? available : udpLen;
  dissector.hex16('Checksum', (field) => {
    if (field !== 0) return transportChecksum(dissector, IpProtocol.udp, start, messageLen, field);
    return dissector.addressesLen === 32 ? '0: none, which IPv6 allows in tunnels only' : '0: none';
  });
  dissector.contradiction =
    available >= headerLen && udpLen < headerLen
      ? `length ${udpLen} is below the minimum ${headerLen}`
      : `length ${Math.max(udpLen, headerLen)} is more than the ${available} bytes of the datagram`;
  const next = decodeUdp(cursor);
  if (!dissector.isBroken) dissector.payloadEnd = Math.min(cursor.limit, start + messageLen);
  return next;
}
