/**
 * The one interface that every source of frames meets, live or file, fast or reference.
 */
import type { FrameBatch } from './frame-batch.js';
import type { FrameReader } from './frame-reader.js';
import { LinkType } from './link-type.js';

/** Where a frame was seen: on the loopback interface, on a wire, or nothing tells. */
export const InterfaceRole = { unknown: 0, loopback: 1, wire: 2 } as const;
export type InterfaceRole = (typeof InterfaceRole)[keyof typeof InterfaceRole];

/** Name of each InterfaceRole, by value, as in the records and for `--interface-role`. */
export const roleName = ['unknown', 'loopback', 'wire'] as const;

/** An address with its prefix, as recorded: `192.0.2.1/24`. */
export type AddressPrefix = string;

/** One interface of a source; a source may learn of more while it is read. */
export interface CaptureInterface {
  /** Index into Source.interfaces. */
  readonly id: number;
  /** '' where the capture names none. */
  readonly name: string;
  readonly linkType: LinkType;
  /** Most bytes kept of a frame; 0 is no limit. */
  readonly snapLen: number;
  /** What the capture, or the live system, itself says of the role; from the name, flags and linktype. */
  readonly role: InterfaceRole;
  /** Addresses that the capture recorded for this interface; [] when none. */
  readonly addresses: readonly AddressPrefix[];
  /** Of a pcapng file, the section that describes it, from 0: what one host wrote at one time. */
  readonly section?: number;
  /** Its number on the system that captures, live, of one that came back its new one; absent where it is not known. */
  readonly index?: number;
  /** The capture only describes it, for its addresses: no frame of it was looked for. */
  readonly isOnlyDescribed?: boolean;
  /** Frames that the capturing system dropped, as recorded; null where nothing tells. */
  dropped: number | null;
}

export type SourceFormat = 'pcap' | 'pcapng' | 'live';
export type EngineName = 'fast' | 'reference';

/** What a source knows of itself so far. */
export interface SourceStats {
  /** Bytes taken from the file or pipe (compressed bytes, where it is compressed); 0 live. */
  readonly bytesRead: number;
  /** Size of the file, or 0 where unknown. */
  readonly bytesTotal: number;
  /** Frames dropped so far, or null where nothing tells. */
  readonly dropped: number | null;
  /** Share, 0 to 1, of the kernel's buffer that waits to be read; absent where there is none. */
  readonly backlog?: number;
}

/** Something that happened to an interface while it was captured. */
export interface SourceEvent {
  readonly interfaceId: number;
  /** `left`: what this program had made could not be removed. */
  readonly kind: 'down' | 'up' | 'renamed' | 'removed' | 'returned' | 'left';
  /** One line for people, beginning with the interface's name. */
  readonly text: string;
}

/** Texts of /proc/net that a host model is made of; '' where there is none. */
export interface HostTables {
  readonly fibTrie: string;
  readonly ifInet6: string;
  readonly ipv6Route: string;
  readonly igmp: string;
  readonly igmp6: string;
}

/**
 * A source of frames: iterate it once. Batches come in capture order; a batch is the caller's until it calls
 * release(), and the next one must be asked for only after that. Damage ends the iteration with a
 * CaptureError, after everything before it was delivered.
 */
export interface Source extends AsyncIterable<FrameBatch> {
  /** As the user named it: a path, `-`, or an interface. */
  readonly name: string;
  readonly format: SourceFormat;
  readonly engine: EngineName;
  /** True for a file that is followed while it grows: its frames are taken as they come. */
  readonly isFollowed?: boolean;
  /** Its frames are copies of own broadcasts and multicasts: none has to be inferred beside it. */
  readonly observesCopies?: boolean;
  /** Closing it takes the privilege that opened it, which must not be given up before. */
  readonly needsPrivilege?: boolean;
  /** Grows while batches are read; the interface of a delivered batch is always present. */
  readonly interfaces: readonly CaptureInterface[];
  /** Reads frames again that were delivered, also after close(); null or absent where the source cannot. */
  readonly frames?: FrameReader | null;
  stats(): SourceStats;
  /** What happened to the interfaces so far, oldest first; bounded. */
  readonly events?: readonly SourceEvent[];
  /** Reads the tables of the host whose interfaces these are, where it is not the one this process is in. */
  readonly hostTables?: (() => HostTables) | null;
  /** Stops and frees; a pending iteration ends. May be called twice. */
  close(): Promise<void>;
}

/** Names that the systems give their loopback interface: Linux, the BSDs and macOS, Npcap. */
const loopbackName = /^(lo\d*|.*npf_loopback|loopback.*|adapter for loopback.*)$/i;

/** Role as a recorded interface name tells it; `any` and the empty name tell nothing. */
export function roleOfName(name: string): InterfaceRole {
  if (name === '' || name === 'any') return InterfaceRole.unknown;
  return loopbackName.test(name) ? InterfaceRole.loopback : InterfaceRole.wire;
}

/** Has each frame a role of its own, whatever its interface is called? What a netfilter rule logged passed any one. */
export function isRoleOfFrames(linkType: LinkType): boolean {
  return linkType === LinkType.nflog;
}

/** Role as a linktype tells it: the BSDs use NULL and LOOP for their loopback interface. */
export function roleOfLinkType(linkType: LinkType): InterfaceRole {
  const isLoopback = linkType === LinkType.null || linkType === LinkType.loop;
  return isLoopback ? InterfaceRole.loopback : InterfaceRole.unknown;
}
