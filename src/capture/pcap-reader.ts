/**
 * Classic pcap files: µs and ns, both byte orders, the Kuznetsov variant, and the swapped lengths of old versions.
 * Reference: draft-ietf-opsawg-pcap; libpcap's sf-pcap.c for what files before version 2.4 look like.
 *
 *     file header, 24 bytes                            record header, 16 bytes (24 in Kuznetsov's variant)
 *     magic · major.minor · zone · sigfigs ·           seconds · fraction · caplen · origlen
 *     snaplen · linktype (low 16 bits)
 */
import type { ByteSource } from './byte-source.js';
import { CaptureError } from './capture-error.js';
import type { ChunkWindow } from './chunk-window.js';
import { batchCapacity, batchLimit, type FrameBatch, FrameBatchBuffer, mostOrigLen } from './frame-batch.js';
import type { FrameReader } from './frame-reader.js';
import { isKnownLinkType, type LinkType } from './link-type.js';
import { NativePcapWalk } from './native-pcap-walk.js';
import { fileHeaderCut, recordCut, recordTooLong } from './pcap-damage.js';
import { type CaptureInterface, roleOfLinkType, type Source, type SourceStats } from './source.js';
import { TimestampWriter } from './timestamp.js';

const fileHeaderLen = 24;

/** What the file header says. */
export interface PcapHeader {
  readonly littleEndian: boolean;
  readonly nanoseconds: boolean;
  readonly recordHeaderLen: number;
  readonly lengths: 'normal' | 'swapped' | 'maybe-swapped';
  readonly linkType: LinkType;
  readonly snapLen: number;
}

const magics = new Map<number, { nanoseconds: boolean; recordHeaderLen: number }>([
  [0xa1b2c3d4, { nanoseconds: false, recordHeaderLen: 16 }],
  [0xa1b23c4d, { nanoseconds: true, recordHeaderLen: 16 }],
  [0xa1b2cd34, { nanoseconds: false, recordHeaderLen: 24 }],
]);

/** True when the first four bytes, in either order, are those of a classic pcap file. */
export function isPcapMagic(view: DataView, offset: number): boolean {
  return magics.has(view.getUint32(offset, true)) || magics.has(view.getUint32(offset, false));
}

/** Longest frame that Wireshark and libpcap accept for a linktype; a longer record is damage. */
export function maxCapLen(linkType: LinkType): number {
  const isUsb = linkType === 189 || linkType === 220 || linkType === 249 || linkType === 266;
  return isUsb || linkType === 231 ? 128 << 20 : 262144;
}

/**
 * Reads the 24 bytes at `offset`.
 * @throws CaptureError `not-a-capture` for a version that is not 2.x, for reserved bits in the linktype's word and for
 *   a linktype that Wireshark refuses too
 */
export function readPcapHeader(view: DataView, offset: number, name: string): PcapHeader {
  const littleEndian = magics.has(view.getUint32(offset, true));
  const variant = magics.get(view.getUint32(offset, littleEndian))!;
  const major = view.getUint16(offset + 4, littleEndian);
  const minor = view.getUint16(offset + 6, littleEndian);
  if (major !== 2) {
    throw new CaptureError(
      'not-a-capture',
      name,
      `pcap version ${major}.${minor} is not supported, only 2.x`,
      4,
    );
  }
  const word = view.getUint32(offset + 20, littleEndian);
  // The upper 16 bits hold the frame check sequence's length and whether it is known; ten between are reserved.
  const linkType = word & 0xffff;
  if (word & 0x03ff0000) {
    const what = `reserved bits of the linktype 0x${word.toString(16).padStart(8, '0')} are set`;
    throw new CaptureError('not-a-capture', name, what, 20);
  }
  if (!isKnownLinkType(linkType)) {
    throw new CaptureError('not-a-capture', name, `linktype ${linkType} is not supported`, 20);
  }
  return {
    littleEndian,
    ...variant,
    lengths: minor < 3 ? 'swapped' : minor === 3 ? 'maybe-swapped' : 'normal',
    snapLen: view.getUint32(offset + 16, littleEndian),
    linkType,
  };
}

/** The interface of a file that names none: only its linktype speaks for its role. */
export function unnamedInterface(linkType: LinkType, snapLen: number): CaptureInterface {
  const role = roleOfLinkType(linkType);
  return { id: 0, name: '', linkType, snapLen, role, addresses: [], dropped: null };
}

export class PcapReader implements Source {
  readonly format = 'pcap';
  readonly engine = 'fast';
  readonly interfaces: CaptureInterface[] = [];
  frames: FrameReader | null = null;
  readonly #batch = new FrameBatchBuffer(batchCapacity);
  #batches = 0;
  /** The walk in C, where there is one. */
  nativeWalk = NativePcapWalk.make();
  readonly #time = new TimestampWriter();

  /**
   * @param name as the user named the file
   * @param input what the window reads from, for statistics
   * @param window stands at the file header
   */
  constructor(
    readonly name: string,
    readonly input: ByteSource,
    readonly window: ChunkWindow,
  ) {}

  get isFollowed(): boolean {
    return this.input.isFollowed === true;
  }

  stats(): SourceStats {
    return { bytesRead: this.input.bytesRead, bytesTotal: this.input.size, dropped: null, backlog: 0 };
  }

  close(): Promise<void> {
    return this.window.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FrameBatch> {
    const window = this.window;
    if (!(await window.fill(fileHeaderLen))) {
      if (window.closed) return;
      throw fileHeaderCut(this.name, window.available, fileHeaderLen);
    }
    const header = readPcapHeader(window.view, window.start, this.name);
    window.start += fileHeaderLen;
    this.interfaces.push(unnamedInterface(header.linkType, header.snapLen));
    const batch = this.#batch;
    for (;;) {
      if (window.closed) return;
      batch.rebind(window.bytes, window.view, 0, header.linkType);
      const needed = this.#walk(header);
      if (batch.count > 0) yield batch;
      if (needed === 0) continue;
      const filled = window.fill(needed);
      if (!(typeof filled === 'boolean' ? filled : await filled)) {
        if (window.available === 0 || window.closed) return;
        const byte = window.positionOf(window.start);
        throw recordCut(this.name, byte, window.available, needed, header.recordHeaderLen);
      }
    }
  }

  /**
   * Walks whole records from the window into the batch.
   * @returns 0 when the batch is full, else the bytes that the record at the window's start needs
   */
  #walk(header: PcapHeader): number {
    const limit = batchLimit(this.#batches++);
    const { nativeWalk } = this;
    if (nativeWalk !== null && header.lengths === 'normal') {
      const rules = { ...header, most: maxCapLen(header.linkType), limit };
      const needed = nativeWalk.walk(this.window, this.#batch, rules);
      if (this.#batch.count > 0 || needed > 0) return needed;
      // The first record is damaged: what that means is said below.
    }
    return this.#walkHere(header, limit);
  }

  /** As #walk; the version that runs everywhere. */
  #walkHere(header: PcapHeader, limit: number): number {
    const { littleEndian, nanoseconds, recordHeaderLen, lengths } = header;
    const { window } = this;
    const batch = this.#batch;
    const { offset, capLen, origLen, tsWords, position } = batch;
    const view = window.view;
    const end = window.end;
    const base = window.positionOf(0);
    const most = maxCapLen(header.linkType);
    const fractionNs = nanoseconds ? 1 : 1000;
    let at = window.start;
    let count = 0;
    let needed = 0;
    while (count < limit) {
      if (end - at < recordHeaderLen) {
        needed = recordHeaderLen;
        break;
      }
      let captured = view.getUint32(at + 8, littleEndian);
      let original = view.getUint32(at + 12, littleEndian);
      if (lengths !== 'normal' && (lengths === 'swapped' || captured > original)) {
        [captured, original] = [original, captured];
      }
      if (captured > most) {
        if (count > 0) {
          needed = 0; // Deliver what stands before the damage first; the next walk meets it at once.
          break;
        }
        window.start = at;
        throw recordTooLong(this.name, base + at, captured, most);
      }
      const recordLen = recordHeaderLen + captured;
      if (end - at < recordLen) {
        needed = recordLen;
        break;
      }
      this.#time.write(
        tsWords,
        count,
        view.getUint32(at, littleEndian),
        view.getUint32(at + 4, littleEndian) * fractionNs,
      );
      offset[count] = at + recordHeaderLen;
      capLen[count] = captured;
      origLen[count] = Math.min(original, mostOrigLen);
      position[count] = base + at;
      at += recordLen;
      count++;
    }
    batch.count = count;
    window.start = at;
    return needed;
  }
}
