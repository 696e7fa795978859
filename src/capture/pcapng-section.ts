/**
 * The section of a pcapng file that is being read: its byte order and interfaces, the blocks that describe
 * or that must be waited for, and what is wrong with a block.
 * Reference: draft-ietf-opsawg-pcapng; limits and the order of the checks as Wireshark's pcapng.c has them.
 */
import { CaptureError } from './capture-error.js';
import type { ChunkWindow } from './chunk-window.js';
import type { LinkType } from './link-type.js';
import { maxCapLen } from './pcap-reader.js';
import { BlockType, byteOrderMagic, readDropped, readInterface } from './pcapng-blocks.js';
import { OptionCursor } from './pcapng-options.js';
import type { PcapngClock } from './pcapng-time.js';
import type { CaptureInterface } from './source.js';

/** Blocks that are held in memory whole may be so long; libpcap's limit. */
const mostBlockLen = 16 << 20;
/** Wireshark's room for the options of a packet whose frame may be as long as maxCapLen says. */
const packetOverhead = 131072 + 32;
/** A file may describe an interface in 20 bytes; more than this many is not a capture but an attack on memory. */
const mostInterfaces = 65536;

/** One interface of the section, as the walk over its packets needs it. */
export class SectionInterface {
  readonly id: number;
  readonly linkType: LinkType;
  /** Snaplen; 2^32 for none. */
  readonly snapLen: number;
  /** Longest frame that is not damage. */
  readonly most: number;
  #hasStatistics = false;

  constructor(
    readonly shown: CaptureInterface,
    readonly clock: PcapngClock,
  ) {
    this.id = shown.id;
    this.linkType = shown.linkType;
    this.snapLen = shown.snapLen === 0 ? 4294967296 : shown.snapLen;
    this.most = maxCapLen(shown.linkType);
  }

  /** Longest packet block that is held in memory. */
  get mostBlockLen(): number {
    return Math.max(mostBlockLen, this.most + packetOverhead);
  }

  /** Drops between this packet and the one before; a statistics block, which has the sum, replaces them. */
  addDrops(count: number): void {
    // 0xffff in the obsolete packet block means that the count is not known.
    if (count === 0 || count === 0xffff || this.#hasStatistics) return;
    this.shown.dropped = (this.shown.dropped ?? 0) + count;
  }

  setDropped(count: number): void {
    this.#hasStatistics = true;
    this.shown.dropped = count;
  }
}

/** True for the three block types that hold a frame. */
export function isPacketBlock(type: number): boolean {
  return type === BlockType.enhancedPacket || type === BlockType.simplePacket || type === BlockType.packet;
}

export class PcapngSection {
  littleEndian = true;
  interfaces: SectionInterface[] = [];
  /** For each interface of the file: the byte order and the interfaces of its section. */
  readonly described: { readonly littleEndian: boolean; readonly interfaces: readonly SectionInterface[] }[] =
    [];
  readonly #options = new OptionCursor();
  #isFirst = true;
  #number = -1;
  #lastPacketAt = -1;

  /** @param all grows: the interfaces of every section */
  constructor(
    readonly name: string,
    readonly window: ChunkWindow,
    readonly all: CaptureInterface[],
  ) {}

  /** True for a block type that tells nothing here. */
  static isSkipped(type: number): boolean {
    return (
      type !== BlockType.interfaceStatistics &&
      type !== BlockType.interfaceDescription &&
      type !== BlockType.sectionHeader
    );
  }

  /**
   * Reads the block at the window's start if it describes, skips it if it tells nothing, and makes a packet
   * block whole in the window, where it is left.
   * @returns false at the end of the file
   * @throws CaptureError `truncated`, `corrupt`; `not-a-capture` at the first block
   */
  async readBlock(): Promise<boolean> {
    const { window } = this;
    if (!(await window.fill(8))) {
      if (window.available === 0 && !this.#isFirst) return false;
      throw this.#cut(8);
    }
    const type = window.view.getUint32(window.start, this.littleEndian);
    if (type === BlockType.sectionHeader) await this.#readSectionHeader();
    else if (this.#isFirst) throw this.#notCapture('the first block is not a section header');
    else if (isPacketBlock(type)) await this.#fillPacket(type);
    else if (type === BlockType.interfaceDescription) await this.#readInterface();
    else if (type === BlockType.interfaceStatistics) await this.#readStatistics();
    else await this.#skip();
    return true;
  }

  async #readSectionHeader(): Promise<void> {
    const { window } = this;
    if (!(await window.fill(12))) throw this.#cut(12);
    this.littleEndian = window.view.getUint32(window.start + 8, true) === byteOrderMagic;
    if (!this.littleEndian && window.view.getUint32(window.start + 8, false) !== byteOrderMagic) {
      const magic = window.view.getUint32(window.start + 8, true).toString(16);
      const what = `byte-order magic 0x${magic} is not 0x1a2b3c4d in either order`;
      throw this.#isFirst ? this.#notCapture(what) : this.#corrupt(what);
    }
    const size = await this.#fillBlock(28);
    const major = window.view.getUint16(window.start + 12, this.littleEndian);
    const minor = window.view.getUint16(window.start + 14, this.littleEndian);
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      const what = `pcapng version ${major}.${minor} is not supported, only 1.0 and 1.2`;
      throw this.#isFirst ? this.#notCapture(what) : this.#corrupt(what);
    }
    this.#startOptions(24, size);
    while (this.#options.next());
    this.#finishOptions();
    this.#isFirst = false;
    this.#number++;
    this.interfaces = [];
    window.start += size;
  }

  async #readInterface(): Promise<void> {
    const size = await this.#fillBlock(20);
    const { window, all } = this;
    if (all.length >= mostInterfaces) throw this.#corrupt(`more than ${mostInterfaces} interfaces`);
    this.#startOptions(16, size);
    const at = window.start + 8;
    const read = readInterface(window.view, at, this.littleEndian, all.length, this.#options);
    const { clock } = read;
    const shown = { ...read.shown, section: this.#number };
    this.#finishOptions();
    all.push(shown);
    this.interfaces.push(new SectionInterface(shown, clock));
    const { littleEndian, interfaces } = this;
    this.described.push({ littleEndian, interfaces });
    window.start += size;
  }

  async #readStatistics(): Promise<void> {
    const size = await this.#fillBlock(24);
    const { window } = this;
    const index = window.view.getUint32(window.start + 8, this.littleEndian);
    this.#startOptions(20, size);
    const dropped = readDropped(window.view, this.littleEndian, this.#options);
    this.#finishOptions();
    // Statistics of an interface that was never described say nothing about any frame.
    if (dropped !== null) this.interfaces[index]?.setDropped(dropped);
    window.start += size;
  }

  async #skip(): Promise<void> {
    const { window } = this;
    const start = window.positionOf(window.start);
    const { total, size } = this.#readLength(12);
    const isWhole = (await window.skip(size - 4)) && (await window.fill(4));
    if (!isWhole) throw this.#cutAt(start, window.positionOf(window.end) - start, size);
    this.#checkTrailer(start, window.start, total);
    window.start += 4;
  }

  /** Makes a packet block whole; it is left to the walk, which must then accept it. */
  async #fillPacket(type: number): Promise<void> {
    const { window, littleEndian } = this;
    const isSimple = type === BlockType.simplePacket;
    const headLen = isSimple ? 12 : 28;
    const { size } = this.#readLength(headLen + 4);
    if (!(await window.fill(headLen))) throw this.#cut(size);
    const { view, start } = window;
    let index = 0;
    if (type === BlockType.enhancedPacket) index = view.getUint32(start + 8, littleEndian);
    else if (type === BlockType.packet) index = view.getUint16(start + 8, littleEndian);
    const room = size - headLen - 4;
    const from = this.interfaces[index];
    const original = view.getUint32(start + headLen - 4, littleEndian);
    const captured = isSimple
      ? Math.min(original, from?.snapLen ?? 0, room)
      : view.getUint32(start + 20, littleEndian);
    if (captured > room)
      throw this.#corrupt(`captured length ${captured} is above the ${room} bytes it holds`);
    if (from === undefined) {
      throw this.#corrupt(`interface ${index} is not one of the ${this.interfaces.length} of its section`);
    }
    if (captured > from.most) {
      throw this.#corrupt(`captured length ${captured} is above the maximum ${from.most}`);
    }
    await this.#fillWhole(size, from.mostBlockLen);
    if (!isSimple) {
      this.#startOptions(headLen + captured + (-captured & 3), size);
      while (this.#options.next());
      this.#finishOptions();
    }
    // The walk met it whole and refused it, and nothing above says why: never loop.
    const position = window.positionOf(window.start);
    if (this.#lastPacketAt === position) throw this.#corrupt('the block contradicts itself');
    this.#lastPacketAt = position;
  }

  /** Length field and padded length of the block at the window's start; `least` is what its type needs. */
  #readLength(least: number): { total: number; size: number } {
    const total = this.window.view.getUint32(this.window.start + 4, this.littleEndian);
    const size = total + (-total & 3);
    if (size < least) throw this.#corrupt(`length ${total} is below the minimum ${least}`);
    return { total, size };
  }

  /** Makes a describing block whole. @returns its padded length */
  async #fillBlock(least: number): Promise<number> {
    const { size } = this.#readLength(least);
    await this.#fillWhole(size, mostBlockLen);
    return size;
  }

  async #fillWhole(size: number, most: number): Promise<void> {
    const { window } = this;
    if (size > most) throw this.#corrupt(`length ${size} is above the maximum ${most}`);
    if (!(await window.fill(size))) throw this.#cut(size);
    const total = window.view.getUint32(window.start + 4, this.littleEndian);
    this.#checkTrailer(window.positionOf(window.start), window.start + size - 4, total);
  }

  #checkTrailer(byte: number, at: number, total: number): void {
    const trailer = this.window.view.getUint32(at, this.littleEndian);
    if (trailer === total) return;
    throw this.#damage('corrupt', byte, `its length is ${total} at its start and ${trailer} at its end`);
  }

  /** Sets the cursor on the options from `from` to the trailing length of the block at the window's start. */
  #startOptions(from: number, size: number): void {
    const { view, start } = this.window;
    this.#options.reset(view, start + from, start + size - 4, this.littleEndian);
  }

  #finishOptions(): void {
    const { code, overrun } = this.#options;
    if (overrun >= 0) throw this.#corrupt(`option ${code} of length ${overrun} reaches past the block`);
  }

  #corrupt(what: string): CaptureError {
    return this.#damage('corrupt', this.window.positionOf(this.window.start), what);
  }

  #damage(code: 'corrupt' | 'truncated', byte: number, what: string): CaptureError {
    const line = `block at byte ${byte}: ${what}`;
    return new CaptureError(code, this.name, line, byte, 'everything before it was read');
  }

  /** The file ends inside the block at the window's start, of which `needed` bytes were asked. */
  #cut(needed: number): CaptureError {
    const { available } = this.window;
    if (this.#isFirst && available < 28) {
      return this.#notCapture(`the file ends after ${available} bytes of its section header`);
    }
    return this.#cutAt(this.window.positionOf(this.window.start), available, needed);
  }

  #cutAt(byte: number, available: number, needed: number): CaptureError {
    const what = `cut short: it has ${available} of its ${needed} bytes`;
    return this.#damage('truncated', byte, what);
  }

  #notCapture(what: string): CaptureError {
    return new CaptureError('not-a-capture', this.name, what, this.window.positionOf(this.window.start));
  }
}
