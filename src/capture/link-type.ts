/**
 * LINKTYPE_ numbers: what the first header of a frame is.
 * Reference: the tcpdump group's link-layer header types registry. A DLT_ number (the operating system's
 * own value) differs from the LINKTYPE_ for a few types and is translated here, at the live boundary only.
 */
export const LinkType = {
  null: 0,
  ethernet: 1,
  /** DLT_RAW of most systems and of OpenBSD: some programs write it as it is. */
  rawDlt: 12,
  rawDltOpenbsd: 14,
  raw: 101,
  loop: 108,
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  /** A packet that a netfilter rule logged. */
  nflog: 239,
  linuxSll2: 276,
} as const;

/** A LINKTYPE_ number; any 16-bit value may come from a file. */
export type LinkType = number;

const names = new Map<LinkType, string>([
  [LinkType.null, 'NULL'],
  [LinkType.ethernet, 'EN10MB'],
  [LinkType.raw, 'RAW'],
  [LinkType.rawDlt, 'RAW'],
  [LinkType.rawDltOpenbsd, 'RAW'],
  [LinkType.loop, 'LOOP'],
  [LinkType.linuxSll, 'LINUX_SLL'],
  [LinkType.ipv4, 'IPV4'],
  [LinkType.ipv6, 'IPV6'],
  [LinkType.nflog, 'NFLOG'],
  [LinkType.linuxSll2, 'LINUX_SLL2'],
]);

/** The name that `tcpdump -L` shows, or `LINKTYPE_n` for a type this program does not decode. */
export function linkTypeName(linkType: LinkType): string {
  return names.get(linkType) ?? `LINKTYPE_${linkType}`;
}

/** The LinkType of a name as libpcap and the `cap` package spell it; `LINKTYPE_n` and unknown names give -1. */
export function linkTypeOfName(name: string): LinkType {
  for (const [linkType, known] of names) {
    if (known === name || (name === 'ETHERNET' && known === 'EN10MB')) return linkType;
  }
  return -1;
}

/**
 * Assigned linktypes that Wireshark 4.0 and most other tools cannot read in a classic pcap file: vendors' private
 * ones, and those that came later. Numbers above the table are taken: they may be assigned by now.
 */
const known =
  '0-3 6-14 16 18 19 32 50 51 99-101 104-109 112-114 117-119 121-123 127-131 133 135-144 147-163 165 167 169-173 ' +
  '177-181 183 184 186-190 192 195-197 199-204 209-215 220 224-231 235-237 239-243 245 247-256 258-260 264 266 ' +
  '268 270-276 279 280 283 287-290 292-296 298-301';
const lastListed = 301;
const knownRanges = known.split(' ').map((range) => range.split('-').map(Number));

/** False for a linktype that the usual tools refuse. */
export function isKnownLinkType(linkType: LinkType): boolean {
  if (linkType > lastListed) return true;
  return knownRanges.some(([first, last = first]) => linkType >= first && linkType <= last);
}
