/**
 * Dissects IPv6's extension headers, and the authentication header behind either IP.
 * Reference: RFC 8200 4, RFC 8754 2 (segment routing), RFC 6554 (RPL), RFC 6275 6 (mobility), RFC 4302 2 (AH),
 * RFC 7401 5.1 (HIP), RFC 5533 5 (shim6); IANA ipv6-parameters for routing and mobility types.
 */

import { plural } from '../format/units.js';
import type { Dissector } from './dissector.js';
import { describeIpProtocol, ipProtocolName } from './ip-protocols.js';
import { decodeIpv6Extension, Extension } from './ipv6.js';
import { dissectIpv6Options } from './ipv6-options.js';
import type { Layer } from './layer.js';

const minLen = 8;

const titles = new Map<number, string>([
  [Extension.hopByHop, 'IPv6 Hop-by-Hop Options'],
  [Extension.routing, 'IPv6 Routing Header'],
  [Extension.fragment, 'IPv6 Fragment Header'],
  [Extension.authentication, 'Authentication Header'],
  [Extension.destination, 'IPv6 Destination Options'],
  [Extension.mobility, 'Mobility Header'],
  [Extension.hip, 'Host Identity Protocol'],
  [Extension.shim6, 'Shim6'],
]);

const RoutingType = { source: 0, mobility: 2, rpl: 3, segment: 4 } as const;
const routingTypes = new Map<number, string>([
  [RoutingType.source, 'source route, deprecated'],
  [1, 'Nimrod, deprecated'],
  [RoutingType.mobility, 'home address'],
  [RoutingType.rpl, 'RPL source route'],
  [RoutingType.segment, 'segment routing'],
  [5, 'compact routing, 16 bits'],
  [6, 'compact routing, 32 bits'],
  [253, 'experiment'],
  [254, 'experiment'],
]);

const mobilityTypes = [
  'binding refresh request',
  'home test init',
  'care-of test init',
  'home test',
  'care-of test',
  'binding update',
  'binding acknowledgement',
  'binding error',
  'fast binding update',
  'fast binding acknowledgement',
  'fast neighbor advertisement',
  'experimental',
  'home agent switch',
  'heartbeat',
  'handover initiate',
  'handover acknowledge',
  'binding revocation',
];

export function dissectIpv6Extension(dissector: Dissector): Layer {
  const { cursor } = dissector;
  const kind = cursor.ipProtocol;
  dissector.layer(titles.get(kind) ?? 'IPv6 Extension Header', minLen);
  const next = dissector.uint8('Next Header', ipProtocolName);
  const lenField = dissector.peek8();
  if (dissector.left > 0) dissector.needs = extensionLen(kind, lenField);
  const end = cursor.offset + dissector.needs;
  dissector.end = Math.min(dissector.end, end);
  if (kind === Extension.fragment) dissectFragment(dissector);
  else {
    dissector.uint8('Header Length', plural(dissector.needs, 'byte'));
    dissectBody(dissector, kind);
    dissector.rest('Data');
  }
  const isBehind = end > cursor.limit;
  dissector.contradiction = isBehind
    ? 'the header ends behind the datagram'
    : 'an option runs past its header';
  if (dissector.unknown === '') dissector.unknown = describeIpProtocol(next);
  return decodeIpv6Extension(cursor);
}

/** Bytes of the extension header `kind` by its length field. */
export function extensionLen(kind: number, lenField: number): number {
  if (kind === Extension.fragment) return 8;
  return kind === Extension.authentication ? Math.max(minLen, (lenField + 2) * 4) : (lenField + 1) * 8;
}

function dissectBody(dissector: Dissector, kind: number): void {
  switch (kind) {
    case Extension.hopByHop:
    case Extension.destination:
      dissectIpv6Options(dissector, dissector.left);
      return;
    case Extension.routing:
      dissectRouting(dissector);
      return;
    case Extension.authentication:
      dissector.hex16('Reserved');
      dissector.hex32('Security Parameters Index');
      dissector.uint32('Sequence Number');
      dissector.rest('Integrity Check Value');
      return;
    case Extension.mobility:
      dissector.uint8('MH Type', (type) => mobilityTypes[type] ?? '');
      dissector.uint8('Reserved');
      dissector.hex16('Checksum');
      dissector.rest('Message Data');
      return;
    case Extension.hip:
      dissectHip(dissector);
      return;
  }
}

function dissectFragment(dissector: Dissector): void {
  dissector.uint8('Reserved');
  const field = dissector.peek16();
  const { at } = dissector;
  const offset = field & 0xfff8;
  dissector.part('Fragment Offset', offset, plural(offset, 'byte'), at, 2);
  const isAtomic = (field & 0xfff9) === 0;
  dissector.part(
    'More Fragments',
    field & 1,
    isAtomic ? 'an atomic fragment: the whole datagram' : '',
    at,
    2,
  );
  dissector.skip(2);
  dissector.hex32('Identification');
  if (offset > 0) dissector.unknown = `at offset ${offset}`;
}

function dissectRouting(dissector: Dissector): void {
  const type = dissector.uint8('Routing Type', (value) => routingTypes.get(value) ?? '');
  const segmentsLeft = dissector.uint8('Segments Left');
  // The pseudo-header has the final destination (RFC 8200 8.1).
  if (segmentsLeft > 0) dissector.addressesReplaced = true;
  if (type === RoutingType.segment) {
    dissectSegments(dissector);
    return;
  }
  if (type !== RoutingType.source && type !== RoutingType.mobility) return;
  dissector.hex32('Reserved');
  while (dissector.left >= 16 && !dissector.isFull) dissector.ipv6('Address');
}

function dissectSegments(dissector: Dissector): void {
  const lastEntry = dissector.uint8('Last Entry');
  dissector.hex8('Flags');
  dissector.hex16('Tag');
  for (let i = 0; i <= lastEntry && dissector.left >= 16; i++) dissector.ipv6(`Segment List[${i}]`);
  dissector.rest('Type Length Value Objects');
}

function dissectHip(dissector: Dissector): void {
  dissector.uint8('Packet Type');
  dissector.uint8('Version');
  dissector.hex16('Checksum');
  dissector.hex16('Controls');
  dissector.ipv6("Sender's Host Identity Tag");
  dissector.ipv6("Receiver's Host Identity Tag");
  dissector.rest('Parameters');
}
