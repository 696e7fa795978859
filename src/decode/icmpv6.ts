/**
 * ICMP for IPv6, with neighbour discovery and multicast listener discovery.
 * Reference: RFC 4443 2.1, RFC 4861 4, RFC 3810 5; IANA icmpv6-parameters for the types and codes.
 *
 *      0      1      2          4
 *     | type | code | checksum | depends on the type ...
 */

import { formatHex } from '../format/units.js';
import type { Cursor } from './cursor.js';
import type { Dissector } from './dissector.js';
import { noteIdentifier } from './icmp.js';
import { dissectIcmpExtension } from './icmp-extension.js';
import { Icmpv6Type, icmpv6CodeName, icmpv6TypeName, isIcmpv6Error } from './icmpv6-types.js';
import { Layer } from './layer.js';
import { dissectMld } from './mld.js';
import { dissectNeighborDiscovery } from './ndp.js';
import { IpProtocol } from './packet-batch.js';
import { transportChecksum } from './transport-checksum.js';

const headerLen = 8;

export function decodeIcmpv6(cursor: Cursor): Layer {
  const { view, offset } = cursor;
  cursor.transportOffset = offset;
  if (cursor.left < headerLen) return cursor.truncated(Layer.icmpv6);
  if (cursor.limit - offset < headerLen) return cursor.malformed(Layer.icmpv6);
  cursor.lastLayer = Layer.icmpv6;
  const type = view.getUint8(offset);
  if (type === Icmpv6Type.echo || type === Icmpv6Type.echoReply) noteIdentifier(cursor);
  cursor.payloadLen = cursor.limit - offset - headerLen;
  cursor.offset = offset + headerLen;
  return Layer.end;
}

export function dissectIcmpv6(dissector: Dissector): Layer {
  const { cursor } = dissector;
  const start = cursor.offset;
  const messageLen = cursor.limit - start;
  dissector.layer('Internet Control Message Protocol v6', headerLen);
  dissector.contradiction = `${headerLen} bytes of header are more than the ${messageLen} of the message`;
  const type = dissector.uint8('Type', icmpv6TypeName);
  const code = dissector.uint8('Code', (value) => icmpv6CodeName(type, value));
  dissector.hex16('Checksum', (field) =>
    transportChecksum(dissector, IpProtocol.icmpv6, start, messageLen, field),
  );
  const codeName = icmpv6CodeName(type, code);
  dissector.summary(codeName === '' ? icmpv6TypeName(type) : `${icmpv6TypeName(type)} (${codeName})`);
  if (isIcmpv6Error(type)) dissectError(dissector, type);
  else dissectMessage(dissector, type);
  const next = decodeIcmpv6(cursor);
  if (!dissector.isBroken) cursor.offset = Math.max(cursor.offset, dissector.at);
  return next;
}

/** The second word of an error, and the packet that it quotes. */
function dissectError(dissector: Dissector, type: number): void {
  let quotedLen = 0;
  if (type === Icmpv6Type.packetTooBig) dissector.uint32('MTU');
  else if (type === Icmpv6Type.parameterProblem) dissector.uint32('Pointer');
  else {
    quotedLen = 8 * dissector.uint8('Length', 'of the quotation in 8-byte words; 0: all');
    dissector.skip(3);
  }
  dissector.quote(Layer.ipv6, quotedLen === 0 ? dissector.end : dissector.at + quotedLen);
  dissectIcmpExtension(dissector);
}

function dissectMessage(dissector: Dissector, type: number): void {
  switch (type) {
    case Icmpv6Type.echo:
    case Icmpv6Type.echoReply:
      dissector.uint16('Identifier', (value) => formatHex(value, 2));
      dissector.uint16('Sequence Number');
      return;
    case Icmpv6Type.extendedEcho:
    case Icmpv6Type.extendedEchoReply:
      dissector.uint16('Identifier');
      dissector.uint8('Sequence Number');
      dissector.hex8('State');
      return;
    case Icmpv6Type.mldQuery:
    case Icmpv6Type.mldReport:
    case Icmpv6Type.mldDone:
    case Icmpv6Type.mldv2Report:
      dissectMld(dissector, type);
      return;
    case Icmpv6Type.routerSolicitation:
    case Icmpv6Type.routerAdvertisement:
    case Icmpv6Type.neighborSolicitation:
    case Icmpv6Type.neighborAdvertisement:
    case Icmpv6Type.redirect:
      dissectNeighborDiscovery(dissector, type);
      return;
    default:
      dissector.hex32('Message Body');
  }
}
