/**
 * The names of the layers a frame is decoded through, and why decoding stopped where it did.
 */

/** One header, or what follows the last header that is known. The order is fixed: values are kept in columns. */
export const Layer = {
  /** Nothing more to decode. */
  end: 0,
  ethernet: 1,
  null: 2,
  loop: 3,
  raw: 4,
  sll: 5,
  sll2: 6,
  vlan: 7,
  llc: 8,
  arp: 9,
  ipv4: 10,
  ipv6: 11,
  ipv6Extension: 12,
  tcp: 13,
  udp: 14,
  icmp: 15,
  icmpv6: 16,
  igmp: 17,
  sctp: 18,
  nflog: 19,
} as const;
export type Layer = (typeof Layer)[keyof typeof Layer];

/** Name of each Layer, by value, as shown to people. */
export const layerName: readonly string[] = [
  'data',
  'ethernet',
  'null',
  'loop',
  'raw',
  'sll',
  'sll2',
  'vlan',
  'llc',
  'arp',
  'ipv4',
  'ipv6',
  'ipv6-extension',
  'tcp',
  'udp',
  'icmp',
  'icmpv6',
  'igmp',
  'sctp',
  'nflog',
];

/** Why decoding ended. A payload cut by the snaplen is `complete`: every header was there. */
export const Stop = {
  /** Every header that is known was decoded. */
  complete: 0,
  /** A header has fewer bytes than it needs. */
  truncated: 1,
  /** A header's bytes contradict its format. */
  malformed: 2,
  /** The next header is of a protocol that is not decoded here. */
  unsupported: 3,
  /** A later fragment: its transport header is in the first one. */
  fragment: 4,
} as const;
export type Stop = (typeof Stop)[keyof typeof Stop];

/** Name of each Stop, by value, as in `loscope.summary/1`. */
export const stopName = ['complete', 'truncated', 'malformed', 'unsupported', 'fragment'] as const;
