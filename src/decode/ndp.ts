/**
 * Neighbor discovery, five types of ICMPv6.
 * Reference: RFC 4861 4; RFC 4191 2.2 (router preference), RFC 6275 7.1 (home agent).
 *
 *     behind type, code, checksum:
 *     router solicitation       reserved 4 | options
 *     router advertisement      hop limit 1 | flags 1 | lifetime 2 | reachable time 4 | retransmission timer 4 | options
 *     neighbor solicitation     reserved 4 | target 16 | options
 *     neighbor advertisement    flags 4 | target 16 | options
 *     redirect                  reserved 4 | target 16 | destination 16 | options
 */
import type { Dissector } from './dissector.js';
import { Icmpv6Type } from './icmpv6-types.js';
import { dissectNdpOptions } from './ndp-options.js';

const preferences = ['medium', 'high', 'reserved', 'low'];

/** The name of a two-bit router preference. */
export function preferenceName(bits: number): string {
  return preferences[bits & 3];
}

/** Notes the fields behind the checksum of a message of `type`. */
export function dissectNeighborDiscovery(dissector: Dissector, type: number): void {
  switch (type) {
    case Icmpv6Type.routerAdvertisement:
      dissectRouterAdvertisement(dissector);
      break;
    case Icmpv6Type.neighborAdvertisement:
      dissector.flags('Flags', dissector.peek8(), dissector.at, 1, [
        [128, 'Router'],
        [64, 'Solicited'],
        [32, 'Override'],
      ]);
      dissector.skip(4);
      dissector.ipv6('Target Address');
      break;
    case Icmpv6Type.neighborSolicitation:
    case Icmpv6Type.redirect:
      dissector.hex32('Reserved');
      dissector.ipv6('Target Address');
      if (type === Icmpv6Type.redirect) dissector.ipv6('Destination Address');
      break;
    default:
      dissector.hex32('Reserved');
  }
  dissectNdpOptions(dissector);
}

function dissectRouterAdvertisement(dissector: Dissector): void {
  dissector.uint8('Current Hop Limit', (hopLimit) => (hopLimit === 0 ? 'unspecified' : ''));
  const flags = dissector.peek8();
  dissector.flags('Flags', flags, dissector.at, 1, [
    [128, 'Managed Address Configuration'],
    [64, 'Other Configuration'],
    [32, 'Home Agent'],
    [4, 'Neighbor Discovery Proxy'],
  ]);
  dissector.part('Router Preference', (flags >> 3) & 3, preferenceName(flags >> 3), dissector.at, 1);
  dissector.skip(1);
  dissector.uint16('Router Lifetime', (lifetime) => (lifetime === 0 ? 'not a default router' : 'seconds'));
  dissector.uint32('Reachable Time', 'milliseconds');
  dissector.uint32('Retransmission Timer', 'milliseconds');
}
