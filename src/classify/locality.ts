/**
 * The verdict on one packet: how it got where it was seen, and what the verdict rests on.
 * The three ways onto loopback are those of Stevens, TCP/IP Illustrated vol. 1, 2.7.
 */

/** The order is that of the published records and never changes. */
export const Locality = {
  loopback: 0,
  broadcastCopy: 1,
  multicastCopy: 2,
  selfAddressed: 3,
  stray: 4,
  leak: 5,
  hairpin: 6,
  castOriginal: 7,
  external: 8,
  notIp: 9,
  undecoded: 10,
} as const;
export type Locality = (typeof Locality)[keyof typeof Locality];

/** Name of each Locality, by value, as in the records. */
export const localityName = [
  'loopback',
  'broadcast-copy',
  'multicast-copy',
  'self-addressed',
  'stray',
  'leak',
  'hairpin',
  'cast-original',
  'external',
  'not-ip',
  'undecoded',
] as const;

export type LocalityName = (typeof localityName)[number];

/** What a verdict knows of the host from: nothing needed, `--host`, the capture, this host, or the traffic. */
export const Evidence = { none: 0, given: 1, recorded: 2, live: 3, inferred: 4 } as const;
export type Evidence = (typeof Evidence)[keyof typeof Evidence];

/** Name of each Evidence, by value, as in the records. */
export const evidenceName = ['none', 'given', 'recorded', 'live', 'inferred'] as const;

/** Packed verdicts are below this. */
export const packedVerdicts = 128;

/** Locality and evidence in one byte, its highest bit left free. */
export function packVerdict(locality: number, evidence: number): number {
  return (locality << 3) | evidence;
}

export function localityOf(verdict: number): Locality {
  return (verdict >> 3) as Locality;
}

export function evidenceOf(verdict: number): Evidence {
  return (verdict & 7) as Evidence;
}
