/**
 * The Internet Protocol, version 6, and its extension headers.
 * Reference: RFC 8200 3 and 4; RFC 2675 (jumbo payload); RFC 4302 (AH); RFC 6275, 7401, 5533 (mobility, HIP, shim6).
 *
 *      0                                               4
 *     | version 4 · traffic class 8 · flow label 20   |
 *     | payload length        | next hdr  | hop limit |
 *     | source address, 16 bytes                      |
 *     | destination address, 16 bytes                 |
 *
 * Extension headers: next header 1, length 1 (in 8-byte units beyond the first 8; AH counts 4-byte units, less 2;
 * the fragment header is always 8 bytes).
 */
import type { Cursor } from './cursor.js';
import type { Dissector } from './dissector.js';
import { describeIpProtocol, ipProtocolName } from './ip-protocols.js';
import { Layer, Stop } from './layer.js';
import { Fact, Network } from './packet-batch.js';
import { dissectTrafficClass } from './traffic-class.js';
import { layerOfIpProtocol } from './transport.js';

const headerLen = 40;
const nextHeaderOffset = 6;
const fragmentHeaderLen = 8;
const optionPad1 = 0;
const optionJumboPayload = 0xc2;

/** Next-header values of extension headers that are walked over. */
export const Extension = {
  hopByHop: 0,
  routing: 43,
  fragment: 44,
  authentication: 51,
  destination: 60,
  mobility: 135,
  hip: 139,
  shim6: 140,
} as const;

export function decodeIpv6(cursor: Cursor): Layer {
  const { view, offset } = cursor;
  if (cursor.left > 0 && view.getUint8(offset) >> 4 !== 6) return cursor.malformed(Layer.ipv6);
  cursor.network = Network.ipv6;
  cursor.networkOffset = offset;
  // A header cut behind its next-header field still tells what it would lead to.
  if (cursor.left > nextHeaderOffset) cursor.ipProtocol = view.getUint8(offset + nextHeaderOffset);
  if (cursor.left < headerLen) return cursor.truncated(Layer.ipv6);
  cursor.facts |= Fact.addresses;
  cursor.lastLayer = Layer.ipv6;
  cursor.offset = offset + headerLen;
  const payloadLen = view.getUint16(offset + 4);
  // 0 is a jumbo payload (its option corrects the limit) or offload: what was on the link decides.
  if (payloadLen === 0) cursor.facts |= Fact.lengthFromCapture;
  else cursor.limit = cursor.offset + payloadLen;
  return layerOfNextHeader(cursor);
}

/** Reads one extension header; cursor.ipProtocol says which (also AH behind IPv4). */
export function decodeIpv6Extension(cursor: Cursor): Layer {
  const { view, offset } = cursor;
  const kind = cursor.ipProtocol;
  if (cursor.left < 8) return cursor.truncated(Layer.ipv6Extension);
  const next = view.getUint8(offset);
  const lenField = view.getUint8(offset + 1);
  let extensionLen = (lenField + 1) * 8;
  if (kind === Extension.fragment) extensionLen = fragmentHeaderLen;
  else if (kind === Extension.authentication) extensionLen = (lenField + 2) * 4;
  cursor.lastLayer = Layer.ipv6Extension;
  if (kind === Extension.authentication) cursor.facts |= Fact.authenticated;
  if (cursor.left < extensionLen) {
    cursor.ipProtocol = next;
    return cursor.truncated(Layer.ipv6Extension);
  }
  const hasOptions = kind === Extension.hopByHop || kind === Extension.destination;
  if (hasOptions && !walkOptions(cursor, offset + 2, offset + extensionLen)) {
    return cursor.malformed(Layer.ipv6Extension);
  }
  cursor.ipProtocol = next;
  cursor.offset = offset + extensionLen;
  if (cursor.offset > cursor.limit) return cursor.malformed(Layer.ipv6Extension);
  if (kind === Extension.fragment) {
    const field = view.getUint16(offset + 2);
    cursor.fragmentId = view.getInt32(offset + 4);
    // An "atomic" fragment (RFC 6946), offset 0 and no more to come, is a whole datagram.
    if ((field & 0xfff9) !== 0) cursor.facts |= Fact.fragment;
    if ((field & 0xfff8) !== 0) {
      cursor.facts |= Fact.laterFragment;
      cursor.payloadLen = Math.max(0, cursor.limit - cursor.offset);
      cursor.stop = Stop.fragment;
      return Layer.end;
    }
  }
  return layerOfNextHeader(cursor);
}

function layerOfNextHeader(cursor: Cursor): Layer {
  switch (cursor.ipProtocol) {
    case Extension.hopByHop:
    case Extension.routing:
    case Extension.fragment:
    case Extension.authentication:
    case Extension.destination:
    case Extension.mobility:
    case Extension.hip:
    case Extension.shim6:
      return Layer.ipv6Extension;
    default:
      return layerOfIpProtocol(cursor, cursor.ipProtocol);
  }
}

/**
 * Walks hop-by-hop or destination options; a jumbo payload among them gives the datagram its length.
 * @returns false when an option runs past its header
 */
function walkOptions(cursor: Cursor, start: number, end: number): boolean {
  const { view } = cursor;
  let at = start;
  while (at < end) {
    const type = view.getUint8(at);
    if (type === optionPad1) {
      at++;
      continue;
    }
    if (at + 2 > end) return false;
    const optionLen = view.getUint8(at + 1);
    if (at + 2 + optionLen > end) return false;
    const isUnknownLen = (cursor.facts & Fact.lengthFromCapture) !== 0;
    if (type === optionJumboPayload && optionLen === 4 && isUnknownLen) {
      cursor.limit = cursor.networkOffset + headerLen + view.getUint32(at + 2);
      cursor.facts &= ~Fact.lengthFromCapture;
    }
    at += 2 + optionLen;
  }
  return true;
}

export function dissectIpv6(dissector: Dissector): Layer {
  const { cursor } = dissector;
  const start = cursor.offset;
  dissector.layer('Internet Protocol Version 6', headerLen);
  const version = dissector.peek8() >> 4;
  dissector.part('Version', version, '', start, 1);
  if (dissector.left > 0 && version !== 6) {
    dissector.skip(1);
    dissector.contradiction = `version ${version} is not 6`;
    return decodeIpv6(cursor);
  }
  const trafficClass = (dissector.peek16() >> 4) & 255;
  dissectTrafficClass(dissector, trafficClass, start, 2);
  const flowLabel = ((dissector.peek8(1) & 15) << 16) | dissector.peek16(2);
  dissector.part('Flow Label', `0x${flowLabel.toString(16).padStart(5, '0')}`, '', start + 1, 3);
  dissector.skip(4);
  dissector.uint16('Payload Length', (payloadLen) => payloadLenMeaning(dissector, start, payloadLen));
  const next = dissector.uint8('Next Header', ipProtocolName);
  dissector.uint8('Hop Limit');
  const source = dissector.ipv6('Source Address');
  const destination = dissector.ipv6('Destination Address');
  if (destination !== '') {
    dissector.summary(`${source} → ${destination}`);
    dissector.addressesOffset = start + 8;
    dissector.addressesLen = 32;
  }
  dissector.unknown = describeIpProtocol(next);
  return decodeIpv6(cursor);
}

function payloadLenMeaning(dissector: Dissector, start: number, payloadLen: number): string {
  if (payloadLen === 0) return 'a jumbo payload option or the captured length decides';
  const onLink = dissector.cursor.limit - start - headerLen;
  return payloadLen > onLink && dissector.depth === 0 ? `more than the ${onLink} bytes on the link` : '';
}
