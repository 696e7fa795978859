/**
 * The Internet Control Message Protocol.
 * Reference: RFC 792; IANA icmp-parameters for the types and codes.
 *
 *      0      1      2          4                     8
 *     | type | code | checksum | depends on the type | quoted datagram (errors) or data ...
 */

import { formatHex } from '../format/units.js';
import { checksumVerdict, sumOfWords } from './checksum.js';
import type { Cursor } from './cursor.js';
import type { Dissector } from './dissector.js';
import { dissectIcmpExtension } from './icmp-extension.js';
import { IcmpType, icmpCodeName, icmpTypeName, isIcmpError } from './icmp-types.js';
import { timeOfDayMeaning } from './ipv4-options.js';
import { Layer } from './layer.js';
import { Fact } from './packet-batch.js';

const headerLen = 8;

/** The code of a destination that is unreachable because the datagram does not fit. */
export const fragmentationNeeded = 4;

/** Types whose second word begins with an identifier: echo, timestamp, information, address mask. */
const hasIdentifier = new Set([0, 8, 13, 14, 15, 16, 17, 18]);

export function decodeIcmp(cursor: Cursor): Layer {
  const { view, offset } = cursor;
  cursor.transportOffset = offset;
  if (cursor.left < headerLen) return cursor.truncated(Layer.icmp);
  if (cursor.limit - offset < headerLen) return cursor.malformed(Layer.icmp);
  cursor.lastLayer = Layer.icmp;
  if (hasIdentifier.has(view.getUint8(offset))) noteIdentifier(cursor);
  cursor.payloadLen = cursor.limit - offset - headerLen;
  cursor.offset = offset + headerLen;
  return Layer.end;
}

/** An echo's identifier tells one ping from another, as ports do for UDP. */
export function noteIdentifier(cursor: Cursor): void {
  const identifier = cursor.view.getUint16(cursor.offset + 4);
  cursor.srcPort = identifier;
  cursor.dstPort = identifier;
  cursor.facts |= Fact.ports;
}

export function dissectIcmp(dissector: Dissector): Layer {
  const { cursor, view } = dissector;
  const start = cursor.offset;
  const messageLen = cursor.limit - start;
  dissector.layer('Internet Control Message Protocol', headerLen);
  dissector.contradiction = `${headerLen} bytes of header are more than the ${messageLen} of the message`;
  const type = dissector.uint8('Type', icmpTypeName);
  const code = dissector.uint8('Code', (value) => icmpCodeName(type, value));
  dissector.hex16('Checksum', (field) => {
    const isWhole = start + messageLen <= cursor.end && (cursor.facts & Fact.fragment) === 0;
    return isWhole ? checksumVerdict(sumOfWords(view, start, start + messageLen), field) : 'not verified';
  });
  const codeName = icmpCodeName(type, code);
  dissector.summary(codeName === '' ? icmpTypeName(type) : `${icmpTypeName(type)} (${codeName})`);
  if (isIcmpError(type)) dissectError(dissector, type, code);
  else dissectMessage(dissector, type);
  const next = decodeIcmp(cursor);
  if (!dissector.isBroken) cursor.offset = Math.max(cursor.offset, dissector.at);
  return next;
}

/** The second word of an error, and the datagram that it quotes. */
function dissectError(dissector: Dissector, type: number, code: number): void {
  let quotedLen = 0;
  if (type === IcmpType.redirect) dissector.ipv4('Gateway Address');
  else if (type === IcmpType.sourceQuench) dissector.hex32('Unused');
  else {
    if (type === IcmpType.parameterProblem) dissector.uint8('Pointer');
    else dissector.hex8('Unused');
    quotedLen = 4 * dissector.uint8('Length', 'of the quotation in 4-byte words; 0: all');
    const hasMtu = type === IcmpType.unreachable && code === fragmentationNeeded;
    if (hasMtu) dissector.uint16('Next-Hop MTU');
    else dissector.hex16('Unused');
  }
  dissector.quote(Layer.ipv4, quotedLen === 0 ? dissector.end : dissector.at + quotedLen);
  dissectIcmpExtension(dissector);
}

function dissectMessage(dissector: Dissector, type: number): void {
  if (hasIdentifier.has(type)) {
    dissector.uint16('Identifier', (value) => formatHex(value, 2));
    dissector.uint16('Sequence Number');
  }
  switch (type) {
    case IcmpType.timestamp:
    case IcmpType.timestampReply:
      dissector.uint32('Originate Timestamp', timeOfDayMeaning);
      dissector.uint32('Receive Timestamp', timeOfDayMeaning);
      dissector.uint32('Transmit Timestamp', timeOfDayMeaning);
      return;
    case IcmpType.addressMaskRequest:
    case IcmpType.addressMaskReply:
      dissector.ipv4('Address Mask');
      return;
    case IcmpType.routerAdvertisement:
      dissectRouters(dissector);
      return;
    case IcmpType.photuris:
      dissector.hex16('Reserved');
      dissector.uint16('Pointer');
      return;
    case IcmpType.extendedEcho:
    case IcmpType.extendedEchoReply:
      dissector.uint16('Identifier');
      dissector.uint8('Sequence Number');
      dissector.hex8('State');
      return;
    default:
      if (!hasIdentifier.has(type)) dissector.hex32('Rest of Header');
  }
}

/** RFC 1256 3: the addresses of routers and how much each is preferred. */
function dissectRouters(dissector: Dissector): void {
  const count = dissector.uint8('Number of Addresses');
  dissector.uint8('Address Entry Size');
  dissector.uint16('Lifetime', 'seconds');
  for (let i = 0; i < count && dissector.left >= 8; i++) {
    dissector.ipv4('Router Address');
    dissector.uint32('Preference Level');
  }
}
