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
import { Layer, Stop } from './layer.js';
import { Fact, IpProtocol, Network } from './packet-batch.js';
import { layerOfIpProtocol } from './transport.js';

const headerLen = 40;
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
  cursor.network = Network.ipv6;
  cursor.networkOffset = offset;
  if (cursor.left < headerLen) return cursor.truncated(Layer.ipv6);
  if (view.getUint8(offset) >> 4 !== 6) return cursor.malformed(Layer.ipv6);
  cursor.facts |= Fact.addresses;
  cursor.lastLayer = Layer.ipv6;
  cursor.offset = offset + headerLen;
  const payloadLen = view.getUint16(offset + 4);
  // 0 is a jumbo payload (its option corrects the limit) or offload: what was on the link decides.
  if (payloadLen === 0) cursor.facts |= Fact.lengthFromCapture;
  else cursor.limit = cursor.offset + payloadLen;
  cursor.ipProtocol = view.getUint8(offset + 6);
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
  cursor.ipProtocol = next;
  if (cursor.left < extensionLen) return cursor.truncated(Layer.ipv6Extension);
  cursor.offset = offset + extensionLen;
  if (kind === Extension.hopByHop) noteJumboPayload(cursor, offset + 2, cursor.offset);
  if (kind === Extension.fragment) {
    const field = view.getUint16(offset + 2);
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

/** Looks for the jumbo payload option among hop-by-hop options and takes the datagram's length from it. */
function noteJumboPayload(cursor: Cursor, start: number, end: number): void {
  const { view } = cursor;
  let at = start;
  while (at + 1 < end) {
    const type = view.getUint8(at);
    if (type === optionPad1) {
      at++;
      continue;
    }
    const optionLen = view.getUint8(at + 1);
    if (type === optionJumboPayload && optionLen === 4 && at + 6 <= end) {
      if ((cursor.facts & Fact.lengthFromCapture) === 0) return;
      cursor.limit = cursor.networkOffset + headerLen + view.getUint32(at + 2);
      cursor.facts &= ~Fact.lengthFromCapture;
      return;
    }
    at += 2 + optionLen;
  }
}

/** True for a protocol number that a header chain passes through rather than ends in. */
export function isExtension(protocol: number): boolean {
  return protocol === IpProtocol.ah || Object.values(Extension).includes(protocol as never);
}
