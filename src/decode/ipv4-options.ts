/**
 * Options of IPv4.
 * Reference: RFC 791 3.1 (route and timestamp options), RFC 2113 (router alert); IANA ip-parameters for the names.
 *
 *     kind: copied 1 · class 2 · number 5
 *     routes       kind | length | pointer | addresses ...
 *     timestamp    kind | length | pointer | overflow 4 · flag 4 | timestamps, or pairs of address and timestamp ...
 */
import type { Dissector } from './dissector.js';
import type { OptionTable } from './options.js';

const Kind = { recordRoute: 7, timestamp: 68, looseRoute: 131, strictRoute: 137, routerAlert: 148 } as const;

const names = new Map<number, string>([
  [Kind.recordRoute, 'Record Route'],
  [10, 'Experimental Measurement'],
  [11, 'MTU Probe'],
  [12, 'MTU Reply'],
  [15, 'ENCODE'],
  [25, 'Quick-Start'],
  [30, 'Experiment'],
  [Kind.timestamp, 'Internet Timestamp'],
  [82, 'Traceroute'],
  [94, 'Experiment'],
  [130, 'Security'],
  [Kind.looseRoute, 'Loose Source and Record Route'],
  [133, 'Extended Security'],
  [134, 'CIPSO'],
  [136, 'Stream Identifier'],
  [Kind.strictRoute, 'Strict Source and Record Route'],
  [142, 'Experimental Access Control'],
  [144, 'IMI Traffic Descriptor'],
  [145, 'Extended Internet Protocol'],
  [147, 'Address Extension'],
  [Kind.routerAlert, 'Router Alert'],
  [149, 'Selective Directed Broadcast'],
  [151, 'Dynamic Packet State'],
  [152, 'Upstream Multicast Packet'],
  [158, 'Experiment'],
  [205, 'Experimental Flow Control'],
  [222, 'Experiment'],
]);

export const ipv4Options: OptionTable = {
  name: (kind) => names.get(kind) ?? '',
  dissect: (dissector, kind) => {
    switch (kind) {
      case Kind.recordRoute:
        return dissectRoute(dissector);
      case Kind.looseRoute:
      case Kind.strictRoute:
        // Until the last hop the header's destination is the next one, the pseudo-header's the last one.
        if (dissector.peek8() <= dissector.left + 2) dissector.addressesReplaced = true;
        return dissectRoute(dissector);
      case Kind.timestamp:
        return dissectTimestamps(dissector);
      case Kind.routerAlert:
        return dissector.uint16('Value') === 0 ? 'examine the packet' : 'reserved value';
      default:
        return '';
    }
  },
};

function dissectRoute(dissector: Dissector): string {
  dissector.uint8('Pointer');
  const hops: string[] = [];
  while (dissector.left >= 4) hops.push(dissector.ipv4('Address'));
  return hops.join(', ');
}

const timestampFlags = ['timestamps only', 'addresses and timestamps', '', 'addresses prespecified'];

function dissectTimestamps(dissector: Dissector): string {
  dissector.uint8('Pointer');
  const flags = dissector.peek8();
  dissector.part('Overflow', flags >> 4, 'hosts that found no room', dissector.at, 1);
  dissector.part('Flag', flags & 15, timestampFlags[flags & 15] ?? '', dissector.at, 1);
  dissector.skip(1);
  while (dissector.left >= 4) {
    if ((flags & 15) !== 0) dissector.ipv4('Address');
    dissector.uint32('Timestamp', timeOfDayMeaning);
  }
  return timestampFlags[flags & 15] ?? '';
}

/** Milliseconds since midnight UT as a time; the high bit marks any other unit (RFC 791 3.1, RFC 792). */
export function timeOfDayMeaning(milliseconds: number): string {
  if (milliseconds >= 86_400_000)
    return milliseconds >= 0x80000000 ? 'not milliseconds since midnight UT' : '';
  return `${new Date(milliseconds).toISOString().slice(11, 23)} UT`;
}
