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

import { plural } from '../format/units.js';
import { checksumVerdict, sumOfWords } from './checksum.js';
import type { Cursor } from './cursor.js';
import type { Dissector } from './dissector.js';
import { describeIpProtocol, ipProtocolName } from './ip-protocols.js';
import { ipv4Options } from './ipv4-options.js';
import { Layer, Stop } from './layer.js';
import { dissectOptions } from './options.js';
import { Fact, IpProtocol, Network } from './packet-batch.js';
import { dissectTrafficClass } from './traffic-class.js';
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
  if (totalLen < headerLen) {
    cursor.ipProtocol = 0; // The datagram ends before anything that the field could lead to.
    return cursor.malformed(Layer.ipv4);
  }
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
  cursor.fragmentId = cursor.view.getUint16(cursor.offset + 4);
  if ((fragment & fragmentOffsetMask) !== 0) cursor.facts |= Fact.laterFragment;
}

export function dissectIpv4(dissector: Dissector): Layer {
  const { cursor } = dissector;
  const start = cursor.offset;
  dissector.layer('Internet Protocol Version 4', minHeaderLen);
  const first = dissector.peek8();
  const headerLen = (first & 15) * 4;
  dissector.part('Version', first >> 4, '', start, 1);
  if (dissector.left > 0 && first >> 4 !== 4) {
    dissector.skip(1);
    dissector.contradiction = `version ${first >> 4} is not 4`;
    return decodeIpv4(cursor);
  }
  dissector.part('Header Length', plural(headerLen, 'byte'), '', start, 1);
  dissector.skip(1);
  dissector.needs = Math.max(minHeaderLen, headerLen);
  dissector.end = Math.min(dissector.end, start + dissector.needs);
  const captured = cursor.end - start;
  const checked = captured >= headerLen ? headerLen : 0;
  dissectIpv4Fields(dissector, checked);
  dissectOptions(dissector, headerLen - minHeaderLen, ipv4Options);
  if (captured >= minHeaderLen) {
    dissector.addressesOffset = start + 12;
    dissector.addressesLen = 8;
    dissector.contradiction = ipv4Contradiction(dissector, start, headerLen);
  }
  return decodeIpv4(cursor);
}

/** @param checked bytes that the header checksum covers; 0 when they were not all captured */
function dissectIpv4Fields(dissector: Dissector, checked: number): void {
  const { cursor, view } = dissector;
  const start = cursor.offset;
  dissectTrafficClass(dissector, dissector.peek8(), dissector.at, 1);
  dissector.skip(1);
  dissector.uint16('Total Length', (totalLen) => {
    if (totalLen === 0) return 'the captured length decides (segmentation offload)';
    const onLink = cursor.limit - start;
    return totalLen > onLink && dissector.depth === 0 ? `more than the ${onLink} bytes on the link` : '';
  });
  dissector.hex16('Identification');
  dissectIpv4Fragment(dissector);
  dissector.uint8('Time to Live');
  const protocol = dissector.uint8('Protocol', ipProtocolName);
  dissector.hex16('Header Checksum', (field) => {
    if (checked < minHeaderLen) return 'not verified';
    const verdict = checksumVerdict(sumOfWords(view, start, start + checked), field);
    return field === 0 && verdict !== 'correct' ? '0: not filled in (offload or Npcap)' : verdict;
  });
  const source = dissector.ipv4('Source Address');
  const destination = dissector.ipv4('Destination Address');
  if (destination !== '') dissector.summary(`${source} → ${destination}`);
  if (dissector.unknown === '') dissector.unknown = describeIpProtocol(protocol);
}

function dissectIpv4Fragment(dissector: Dissector): void {
  const field = dissector.peek16();
  const { at } = dissector;
  dissector.flags('Flags', field & 0xe000, at, 2, [
    [0x8000, 'Reserved'],
    [0x4000, "Don't Fragment"],
    [moreFragments, 'More Fragments'],
  ]);
  const fragmentOffset = (field & fragmentOffsetMask) * 8;
  dissector.part('Fragment Offset', fragmentOffset, plural(fragmentOffset, 'byte'), at, 2);
  dissector.skip(2);
  if (fragmentOffset > 0) dissector.unknown = `at offset ${fragmentOffset}`;
}

function ipv4Contradiction(dissector: Dissector, start: number, headerLen: number): string {
  if (headerLen < minHeaderLen) return `header length ${headerLen} is below the minimum ${minHeaderLen}`;
  const totalLen = dissector.view.getUint16(start + 2);
  return totalLen !== 0 && totalLen < headerLen
    ? `total length ${totalLen} is below the header length ${headerLen}`
    : '';
}
