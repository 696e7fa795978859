/**
 * Where the link types keep what a filter asks for. Offsets are from the frame's first byte.
 * Reference: the tcpdump group's link-layer header types registry; IEEE 802.3 for lengths below 1501 and LLC.
 */
import { LinkType, type LinkType as LinkTypeNumber, linkTypeName } from '../capture/link-type.js';

/** How a frame tells its network protocol. */
export type ProtocolField =
  /** A 16-bit EtherType, or on Ethernet a length with LLC behind it. */
  | 'ethernet'
  /** A 16-bit EtherType, or 4 for LLC and 1 for raw 802.3. */
  | 'cooked'
  /** A 16-bit EtherType and nothing else. */
  | 'cooked2'
  /** A 32-bit address family of the capturing host, in its byte order or in network order. */
  | 'family-host'
  | 'family-network'
  /** The version in an IP header's first half byte. */
  | 'ip-version'
  | 'always-ip'
  | 'always-ip6'
  /** It is not known where: only what needs no protocol can be asked. */
  | 'unknown';

export interface LinkLayer {
  readonly name: string;
  readonly protocolField: ProtocolField;
  readonly protocolOffset: number;
  readonly headerLen: number;
  /** Where Linux notes how the frame passed: PACKET_OUTGOING and so on; null if nowhere. */
  readonly direction: { readonly offset: number; readonly size: 1 | 2 } | null;
  readonly interfaceOffset: number | null;
  /** AF_INET6 where an address family tells the protocol. */
  readonly ip6Families: readonly number[];
}

/** AF_INET6 of NetBSD and OpenBSD, of FreeBSD and of macOS: which of them wrote a file, it does not say. */
export const ip6FamiliesOfFiles: readonly number[] = [24, 28, 30];

const plain = { protocolOffset: 0, headerLen: 0, direction: null, interfaceOffset: null } as const;
const raw = { ...plain, protocolField: 'ip-version' } as const;

const layers = new Map<LinkTypeNumber, Omit<LinkLayer, 'name' | 'ip6Families'>>([
  [LinkType.ethernet, { ...plain, protocolField: 'ethernet', protocolOffset: 12, headerLen: 14 }],
  [LinkType.null, { ...plain, protocolField: 'family-host', headerLen: 4 }],
  [LinkType.loop, { ...plain, protocolField: 'family-network', headerLen: 4 }],
  [LinkType.raw, raw],
  [LinkType.rawDlt, raw],
  [LinkType.rawDltOpenbsd, raw],
  [LinkType.ipv4, { ...plain, protocolField: 'always-ip' }],
  [LinkType.ipv6, { ...plain, protocolField: 'always-ip6' }],
  [
    LinkType.linuxSll,
    {
      protocolField: 'cooked',
      protocolOffset: 14,
      headerLen: 16,
      direction: { offset: 0, size: 2 },
      interfaceOffset: null,
    },
  ],
  [
    LinkType.linuxSll2,
    {
      protocolField: 'cooked2',
      protocolOffset: 0,
      headerLen: 20,
      direction: { offset: 10, size: 1 },
      interfaceOffset: 4,
    },
  ],
]);

export interface LayerOptions {
  /** AF_INET6 in the frames of link types NULL and LOOP. */
  readonly ip6Families?: readonly number[];
  /** The program runs in the kernel, which knows more of a frame than its bytes. */
  readonly inKernel?: boolean;
}

/** Where the kernel gives what no header has: SKF_AD_PKTTYPE and SKF_AD_IFINDEX in linux/filter.h. */
const kernelFields = { direction: { offset: 0xfffff004, size: 2 }, interfaceOffset: 0xfffff008 } as const;

const unknown = { ...plain, protocolField: 'unknown' } as const;

/** Of a link type that is not decoded here, one that has no protocols. */
export function findLinkLayer(
  linkType: LinkTypeNumber,
  { ip6Families = ip6FamiliesOfFiles, inKernel = false }: LayerOptions = {},
): LinkLayer {
  const layer = layers.get(linkType) ?? unknown;
  const named = { ...layer, name: linkTypeName(linkType), ip6Families };
  return inKernel && layer.direction === null ? { ...named, ...kernelFields } : named;
}
