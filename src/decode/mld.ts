/**
 * Multicast Listener Discovery: IGMP's task for IPv6, as types of ICMPv6.
 * Reference: RFC 2710 3, RFC 3810 5.
 *
 *     behind type, code, checksum:
 *     queries, reports v1    maximum response delay 2 | reserved 2 | group 16 | version 2 queries: sources ...
 *     reports v2             reserved 2 | number of records 2 | group records ...
 */
import type { Dissector } from './dissector.js';
import { dissectGroupRecords, dissectQuerySources } from './group-records.js';
import { Icmpv6Type } from './icmpv6-types.js';

/** Notes the fields behind the checksum of a message of `type`. */
export function dissectMld(dissector: Dissector, type: number): void {
  if (type === Icmpv6Type.mldv2Report) {
    dissector.hex16('Reserved');
    dissectGroupRecords(dissector, dissector.uint16('Number of Records'), 'ipv6');
    return;
  }
  // A version 2 query is told by its length: 28 bytes or more (RFC 3810 8.1).
  const isV2 = dissector.left > 20;
  dissector.uint16('Maximum Response Delay', (code) => `${responseDelay(code, isV2)} ms`);
  dissector.hex16('Reserved');
  dissector.ipv6('Multicast Address');
  if (type === Icmpv6Type.mldQuery && isV2) dissectQuerySources(dissector, 'ipv6');
}

/** Milliseconds; from 32768 on a floating-point code (RFC 3810 5.1.3). */
function responseDelay(code: number, isV2: boolean): number {
  return isV2 && code >= 0x8000 ? ((code & 0xfff) | 0x1000) * 2 ** (((code >> 12) & 7) + 3) : code;
}
