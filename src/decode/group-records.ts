/**
 * The parts that IGMPv3 and MLDv2 have in common, but for the size of an address.
 * Reference: RFC 3376 4.1 and 4.2, RFC 3810 5.1 and 5.2.
 *
 *     query     ... group | reserved 4 · S 1 · QRV 3 | QQIC | number of sources | sources ...
 *     record    type 1 | auxiliary length 1, in words | number of sources 2 | group | sources ... | auxiliary ...
 */
import type { Dissector } from './dissector.js';

/** How long the addresses are, and which method of a Dissector reads one. */
export type AddressKind = 'ipv4' | 'ipv6';

const recordTypes = [
  '',
  'mode is include',
  'mode is exclude',
  'change to include',
  'change to exclude',
  'allow new sources',
  'block old sources',
];

/** The name of a record type, or `record type n`. */
export function recordTypeName(type: number): string {
  return recordTypes[type] || `record type ${type}`;
}

/** Notes up to `count` group records. */
export function dissectGroupRecords(dissector: Dissector, count: number, kind: AddressKind): void {
  for (let i = 0; i < count && dissector.left > 0 && !dissector.isFull; i++) {
    const recordLen = recordLenOf(dissector.peek8(1), dissector.peek16(2), kind);
    dissector.group('Group Record', recordLen, () => {
      const type = dissector.uint8('Record Type', recordTypeName);
      dissector.uint8('Auxiliary Data Length', 'in 4-byte words');
      const sources = dissector.uint16('Number of Sources');
      const group = dissector[kind]('Multicast Address');
      dissectSources(dissector, sources, kind);
      dissector.rest('Auxiliary Data');
      return `${recordTypeName(type)} ${group}`;
    });
  }
}

/** Bytes of a group record by its two counts. */
export function recordLenOf(auxiliaryWords: number, sources: number, kind: AddressKind): number {
  return 4 + (sources + 1) * (kind === 'ipv4' ? 4 : 16) + auxiliaryWords * 4;
}

/** Notes what a version 3 (MLD: version 2) query has behind its group. */
export function dissectQuerySources(dissector: Dissector, kind: AddressKind): void {
  const flags = dissector.peek8();
  dissector.part('Suppress Router-Side Processing', (flags >> 3) & 1, '', dissector.at, 1);
  dissector.part("Querier's Robustness Variable", flags & 7, '', dissector.at, 1);
  dissector.skip(1);
  dissector.uint8("Querier's Query Interval Code");
  dissectSources(dissector, dissector.uint16('Number of Sources'), kind);
}

function dissectSources(dissector: Dissector, count: number, kind: AddressKind): void {
  const len = kind === 'ipv4' ? 4 : 16;
  for (let i = 0; i < count && dissector.left >= len && !dissector.isFull; i++)
    dissector[kind]('Source Address');
}
