/**
 * LINKTYPE_ numbers: what the first header of a frame is.
 * Reference: the tcpdump group's link-layer header types registry. A DLT_ number (the operating system's
 * own value) differs from the LINKTYPE_ for a few types and is translated here, at the live boundary only.
 */
export const LinkType = {
  null: 0,
  ethernet: 1,
  raw: 101,
  loop: 108,
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const;

/** A LINKTYPE_ number; any 16-bit value may come from a file. */
export type LinkType = number;

const names = new Map<LinkType, string>([
  [LinkType.null, 'NULL'],
  [LinkType.ethernet, 'EN10MB'],
  [LinkType.raw, 'RAW'],
  [LinkType.loop, 'LOOP'],
  [LinkType.linuxSll, 'LINUX_SLL'],
  [LinkType.ipv4, 'IPV4'],
  [LinkType.ipv6, 'IPV6'],
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
