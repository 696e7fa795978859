/**
 * The Internet Protocol, version 4.
 * Reference: RFC 791 3.1; RFC 4302 for the authentication header that may stand before the transport.
 *
 *      0               1               2                               4
 *     | version · IHL | DSCP · ECN    | total length                  |
 *     | identification                | flags 3 · fragment offset 13  |
 *     | TTL           | protocol      | header checksum               |
 *     | source address                                                |
 *     | destination address                                           |
 *     | options, to IHL · 4 ...
 */
import type { Cursor } from './cursor.js';
import { Layer, Stop } from './layer.js';
import { Fact, IpProtocol, Network } from './packet-batch.js';
import { layerOfIpProtocol } from './transport.js';

const minHeaderLen = 20;
const moreFragments = 0x2000;
const fragmentOffsetMask = 0x1fff;

export function decodeIpv4(cursor: Cursor): Layer {
  const { view, offset } = cursor;
  cursor.network = Network.ipv4;
  cursor.networkOffset = offset;
  if (cursor.left < minHeaderLen) return cursor.truncated(Layer.ipv4);
  const first = view.getUint8(offset);
  if (first >> 4 !== 4) return cursor.malformed(Layer.ipv4);
  cursor.srcIpv4 = view.getInt32(offset + 12);
  cursor.dstIpv4 = view.getInt32(offset + 16);
  cursor.facts |= Fact.addresses;
  const protocol = view.getUint8(offset + 9);
  cursor.ipProtocol = protocol;
  const fragment = view.getUint16(offset + 6);
  if ((fragment & (moreFragments | fragmentOffsetMask)) !== 0) noteFragment(cursor, fragment);
  const headerLen = (first & 15) * 4;
  if (headerLen < minHeaderLen) return cursor.malformed(Layer.ipv4);
  let totalLen = view.getUint16(offset + 2);
  if (totalLen === 0) {
    // Segmentation offload and BIG TCP leave the field 0 (RFC 791 has no such value): what was on the link decides.
    totalLen = cursor.limit - offset;
    cursor.facts |= Fact.lengthFromCapture;
  }
  if (cursor.left < headerLen) return cursor.truncated(Layer.ipv4);
  if (totalLen < headerLen) return cursor.malformed(Layer.ipv4);
  cursor.limit = offset + totalLen;
  cursor.offset = offset + headerLen;
  cursor.lastLayer = Layer.ipv4;
  if ((fragment & fragmentOffsetMask) !== 0) {
    cursor.payloadLen = totalLen - headerLen;
    cursor.stop = Stop.fragment;
    return Layer.end;
  }
  return protocol === IpProtocol.ah ? Layer.ipv6Extension : layerOfIpProtocol(cursor, protocol);
}

function noteFragment(cursor: Cursor, fragment: number): void {
  cursor.facts |= Fact.fragment;
  if ((fragment & fragmentOffsetMask) !== 0) cursor.facts |= Fact.laterFragment;
}
