/**
 * Writes what is captured as pcapng: one section, an interface block for every interface of the host with its
 * addresses (so that own ones are known where the file is read), nanoseconds, drops at the end.
 * Reference: draft-ietf-opsawg-pcapng 4.1 (section), 4.2 (interface), 4.3 (packet), 4.6 (statistics).
 *
 *     block   | type | total length | body, padded to 4 | total length |      all words little endian
 */
import fs from 'node:fs';
import { parseIpv4, parseIpv6 } from '../format/address.js';
import { CaptureError } from './capture-error.js';
import { Direction, type FrameBatch } from './frame-batch.js';
import { BlockType, byteOrderMagic, onlyDescribed } from './pcapng-blocks.js';
import type { CaptureInterface } from './source.js';

/** Option codes (draft-ietf-opsawg-pcapng 3.5, 4.1, 4.2, 4.3, 4.6). */
const Option = {
  end: 0,
  userApplication: 4,
  interfaceName: 2,
  interfaceDescription: 3,
  interfaceIpv4: 4,
  interfaceIpv6: 5,
  timeResolution: 9,
  packetFlags: 2,
  framesDropped: 5,
} as const;

const nanoseconds = 9;
const packetBodyLen = 20;
const blockOverhead = 12;
const bufferBytes = 1 << 20;
/** Bytes that one packet block needs beside its frame, at most. */
const packetOverhead = blockOverhead + packetBodyLen + 3 + 12;
const unknownSectionLenWord = 0xffffffff;

const reasons: Record<string, [what: string, advice: string]> = {
  ENOSPC: ['no space left on the disk', 'what was written before can be read'],
  ENOENT: ['the folder does not exist', 'make it first'],
  EACCES: ['permission denied', 'name a file that can be written'],
  EISDIR: ['is a directory', 'name a file in it'],
};

/** What the file says of an interface. */
export type RecordedInterface = Pick<
  CaptureInterface,
  'name' | 'linkType' | 'snapLen' | 'addresses' | 'isOnlyDescribed'
>;

export class PcapngWriter {
  readonly #fd: number;
  /** True once the reader of standard output has gone: nothing more is written, and that is no error. */
  isPipeClosed = false;
  #buffer = Buffer.alloc(bufferBytes);
  #used = 0;
  /** Bytes of whole blocks in the file. */
  #fileLen = 0;

  /**
   * Creates the file and writes its head. Interfaces are numbered in this order.
   * @param path a file, or `-` for standard output
   * @throws CaptureError `unwritable`
   */
  constructor(
    readonly path: string,
    application: string,
    interfaces: readonly RecordedInterface[],
  ) {
    try {
      this.#fd = path === '-' ? 1 : fs.openSync(path, 'w', 0o600);
    } catch (error) {
      throw this.#failure(error);
    }
    this.#put(BlockType.sectionHeader, sectionBody(application));
    for (const each of interfaces) this.#put(BlockType.interfaceDescription, interfaceBody(each));
    this.flush();
  }

  /**
   * Writes every frame of a batch.
   * @param interfaceNumber index into the interfaces of the constructor
   * @throws CaptureError `unwritable`, when the disk is full for example
   */
  write(interfaceNumber: number, batch: FrameBatch): void {
    for (let i = 0; i < batch.count; i++) this.#writeFrame(interfaceNumber, batch, i);
    this.flush();
  }

  #writeFrame(interfaceNumber: number, batch: FrameBatch, i: number): void {
    const capLen = batch.capLen[i];
    if (this.#used + capLen + packetOverhead > this.#buffer.length) this.#makeRoom(capLen + packetOverhead);
    const buffer = this.#buffer;
    const flags = packetFlags(batch.direction[i]);
    const padding = -capLen & 3;
    const blockLen = blockOverhead + packetBodyLen + capLen + padding + (flags === 0 ? 0 : 12);
    let at = this.#used;
    at = buffer.writeUInt32LE(BlockType.enhancedPacket, at);
    at = buffer.writeUInt32LE(blockLen, at);
    at = buffer.writeUInt32LE(interfaceNumber, at);
    at = buffer.writeInt32LE(batch.tsWords[2 * i + 1], at);
    at = buffer.writeInt32LE(batch.tsWords[2 * i], at);
    at = buffer.writeUInt32LE(capLen, at);
    at = buffer.writeUInt32LE(batch.origLen[i], at);
    const from = batch.offset[i];
    buffer.set(batch.bytes.subarray(from, from + capLen), at);
    at += capLen;
    buffer.fill(0, at, at + padding);
    at += padding;
    if (flags !== 0) {
      at = buffer.writeUInt16LE(Option.packetFlags, at);
      at = buffer.writeUInt16LE(4, at);
      at = buffer.writeUInt32LE(flags, at);
      at = buffer.writeUInt32LE(Option.end, at);
    }
    this.#used = buffer.writeUInt32LE(blockLen, at);
  }

  #makeRoom(needed: number): void {
    this.flush();
    if (needed > this.#buffer.length) this.#buffer = Buffer.alloc(needed);
  }

  #put(type: number, body: Buffer): void {
    const block = Buffer.alloc(blockOverhead + body.length);
    block.writeUInt32LE(type, 0);
    block.writeUInt32LE(block.length, 4);
    block.set(body, 8);
    block.writeUInt32LE(block.length, block.length - 4);
    if (this.#used + block.length > this.#buffer.length) this.#makeRoom(block.length);
    this.#buffer.set(block, this.#used);
    this.#used += block.length;
  }

  /** Hands everything written so far to the system. */
  flush(): void {
    try {
      for (let at = 0; at < this.#used && !this.isPipeClosed; ) at += this.#writeSome(at);
      this.#fileLen += this.#used;
    } catch (error) {
      this.#dropPart();
      throw this.#failure(error);
    } finally {
      this.#used = 0;
    }
  }

  /** Takes back a block that was written in part, so that what stands in the file reads as a whole file. */
  #dropPart(): void {
    try {
      if (this.#fd !== 1) fs.ftruncateSync(this.#fd, this.#fileLen);
    } catch {
      // Not a regular file.
    }
  }

  /** @returns bytes written; 0 while a pipe that does not wait is full */
  #writeSome(at: number): number {
    try {
      return fs.writeSync(this.#fd, this.#buffer, at, this.#used - at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') return 0;
      if (code !== 'EPIPE' || this.#fd !== 1) throw error;
      this.isPipeClosed = true;
      return 0;
    }
  }

  /**
   * Ends the file.
   * @param dropped frames that the system dropped on each interface, null where unknown
   */
  close(dropped: readonly (number | null)[]): void {
    for (const [number, frames] of dropped.entries()) {
      if (frames !== null) this.#put(BlockType.interfaceStatistics, statisticsBody(number, frames));
    }
    try {
      this.flush();
    } finally {
      if (this.#fd !== 1) fs.closeSync(this.#fd);
    }
  }

  #failure(error: unknown): CaptureError {
    const { code, message } = error as NodeJS.ErrnoException;
    const [what, advice] = reasons[code ?? ''] ?? [message, 'name a file that can be written'];
    return new CaptureError('unwritable', this.path, what, -1, advice);
  }
}

function sectionBody(application: string): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(byteOrderMagic, 0);
  head.writeUInt16LE(1, 4);
  head.writeUInt32LE(unknownSectionLenWord, 8);
  head.writeUInt32LE(unknownSectionLenWord, 12);
  return Buffer.concat([head, option(Option.userApplication, Buffer.from(application)), option(Option.end)]);
}

function interfaceBody({ name, linkType, snapLen, addresses, isOnlyDescribed }: RecordedInterface): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(linkType, 0);
  head.writeUInt32LE(snapLen, 4);
  return Buffer.concat([
    head,
    option(Option.interfaceName, Buffer.from(name)),
    isOnlyDescribed ? option(Option.interfaceDescription, Buffer.from(onlyDescribed)) : Buffer.alloc(0),
    ...addresses.map(addressOption),
    option(Option.timeResolution, Buffer.of(nanoseconds)),
    option(Option.end),
  ]);
}

/** IPv4 as address and netmask, IPv6 as address and prefix length; anything else is left out. */
function addressOption(text: string): Buffer {
  const [address, prefixText] = text.split('/');
  const ipv4 = parseIpv4(address);
  if (ipv4 !== null) {
    const prefixLen = Number(prefixText ?? 32);
    const value = Buffer.alloc(8);
    value.writeInt32BE(ipv4, 0);
    value.writeInt32BE(prefixLen === 0 ? 0 : -1 << (32 - prefixLen), 4);
    return option(Option.interfaceIpv4, value);
  }
  const ipv6 = parseIpv6(address);
  if (ipv6 === null) return Buffer.alloc(0);
  return option(Option.interfaceIpv6, Buffer.concat([ipv6, Buffer.of(Number(prefixText ?? 128))]));
}

function statisticsBody(interfaceNumber: number, dropped: number): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(interfaceNumber, 0);
  const count = Buffer.alloc(8);
  count.writeBigUInt64LE(BigInt(dropped));
  return Buffer.concat([head, option(Option.framesDropped, count), option(Option.end)]);
}

function option(code: number, value: Buffer = Buffer.alloc(0)): Buffer {
  const whole = Buffer.alloc(4 + value.length + (-value.length & 3));
  whole.writeUInt16LE(code, 0);
  whole.writeUInt16LE(value.length, 2);
  whole.set(value, 4);
  return whole;
}

/** epb_flags: direction in bits 0-1, kind of reception in bits 2-4. */
function packetFlags(direction: number): number {
  switch (direction) {
    case Direction.in:
      return 1 | (1 << 2);
    case Direction.out:
      return 2;
    case Direction.multicast:
      return 1 | (2 << 2);
    case Direction.broadcast:
      return 1 | (3 << 2);
    case Direction.other:
      return 1 | (4 << 2);
    default:
      return 0;
  }
}
