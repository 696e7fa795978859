/**
 * The pcapng blocks that describe packets: section header, interface description, interface statistics.
 * Reference: draft-ietf-opsawg-pcapng section 4.
 *
 *     every block       type 32 · total length 32 · body · total length 32
 *     section header    byte-order magic 32 · major 16 · minor 16 · section length 64 · options
 *     interface         linktype 16 · reserved 16 · snaplen 32 · options
 *     statistics        interface id 32 · time 64 · options
 */
import { Direction, FrameFlag } from './frame-batch.js';
import type { LinkType } from './link-type.js';
import { ipv4Prefix, ipv6Prefix, type OptionCursor, textOf } from './pcapng-options.js';
import { PcapngClock } from './pcapng-time.js';
import {
  type CaptureInterface,
  InterfaceRole,
  isRoleOfFrames,
  roleOfLinkType,
  roleOfName,
} from './source.js';

/** Block types that are read; all others are skipped by their length. */
export const BlockType = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  packet: 2,
  simplePacket: 3,
  interfaceStatistics: 5,
  enhancedPacket: 6,
} as const;

/** The magic of a section header block, as it reads in the section's own byte order. */
export const byteOrderMagic = 0x1a2b3c4d;

/** What an interface description block says. */
export interface DescribedInterface {
  readonly shown: CaptureInterface;
  readonly clock: PcapngClock;
}

/** More than any interface has; a file may claim millions. */
const mostAddresses = 16;
const mostNameLen = 256;

/** The description of an interface that was not captured, as pcapng-writer.ts writes it. */
export const onlyDescribed = 'not captured; described for its addresses';

const IfOption = { name: 2, description: 3, ipv4: 4, ipv6: 5, resolution: 9, offset: 14 } as const;

/**
 * Reads the body of an interface description block at `at`, whose options the cursor was set upon.
 * The caller looks at the cursor's `overrun` afterwards.
 */
export function readInterface(
  view: DataView,
  at: number,
  littleEndian: boolean,
  id: number,
  options: OptionCursor,
): DescribedInterface {
  const linkType = view.getUint16(at, littleEndian);
  const snapLen = view.getUint32(at + 4, littleEndian);
  const addresses: string[] = [];
  let name = '';
  let isOnlyDescribed = false;
  let resolution = 6;
  let offsetSeconds = 0n;
  while (options.next()) {
    const { code, valueAt, valueLen } = options;
    if (code === IfOption.name) name = textOf(view, valueAt, Math.min(valueLen, mostNameLen));
    else if (code === IfOption.description)
      isOnlyDescribed = textOf(view, valueAt, Math.min(valueLen, mostNameLen)) === onlyDescribed;
    else if (code === IfOption.ipv4 && valueLen === 8) addresses.push(ipv4Prefix(view, valueAt));
    else if (code === IfOption.ipv6 && valueLen === 17) addresses.push(ipv6Prefix(view, valueAt));
    else if (code === IfOption.resolution && valueLen === 1) resolution = view.getUint8(valueAt);
    else if (code === IfOption.offset && valueLen === 8) {
      offsetSeconds = view.getBigInt64(valueAt, littleEndian);
    }
  }
  return {
    shown: {
      id,
      name,
      linkType,
      snapLen,
      role: roleOf(name, linkType),
      addresses: addresses.slice(0, mostAddresses),
      isOnlyDescribed,
      dropped: null,
    },
    clock: new PcapngClock(resolution, offsetSeconds),
  };
}

function roleOf(name: string, linkType: LinkType): InterfaceRole {
  if (isRoleOfFrames(linkType)) return InterfaceRole.unknown;
  const named = roleOfName(name);
  return named === InterfaceRole.unknown ? roleOfLinkType(linkType) : named;
}

const StatisticsOption = { ifDrop: 5, osDrop: 7 } as const;

/** Frames that an interface statistics block says were dropped since the capture began, or null. */
export function readDropped(view: DataView, littleEndian: boolean, options: OptionCursor): number | null {
  let dropped: number | null = null;
  while (options.next()) {
    const counts = options.code === StatisticsOption.ifDrop || options.code === StatisticsOption.osDrop;
    if (!counts || options.valueLen !== 8) continue;
    dropped = (dropped ?? 0) + Number(view.getBigUint64(options.valueAt, littleEndian));
  }
  return dropped;
}

/** Direction of a packet's flags word: bits 0–1 in or out, bits 2–4 how it was received. */
export function directionOf(word: number): Direction {
  if ((word & 3) === 2) return Direction.out;
  const reception = (word >>> 2) & 7;
  if (reception === 2) return Direction.multicast;
  if (reception === 3) return Direction.broadcast;
  if (reception === 4) return Direction.other;
  return (word & 3) === 1 ? Direction.in : Direction.unknown;
}

/** FrameFlag bits of a packet's flags word: bit 9 is "checksum not ready". */
export function frameFlagsOf(word: number): number {
  return word & 0x200 ? FrameFlag.checksumNotReady : 0;
}
