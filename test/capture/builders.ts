/**
 * Bytes of captures and compressed files, built by hand, and a source that hands them out as a test wants.
 */
import type { ByteSource } from '../../src/capture/byte-source.js';
import { CaptureError } from '../../src/capture/capture-error.js';
import { ChunkWindow } from '../../src/capture/chunk-window.js';
import { PcapReader } from '../../src/capture/pcap-reader.js';
import { PcapngReader } from '../../src/capture/pcapng-reader.js';
import type { Source } from '../../src/capture/source.js';

/** A ByteSource over memory that gives at most `most` bytes a read, at once or later. */
export class MemorySource implements ByteSource {
  bytesRead = 0;
  closed = false;

  constructor(
    readonly bytes: Uint8Array,
    readonly most = Number.POSITIVE_INFINITY,
    readonly isLater = false,
  ) {}

  get size(): number {
    return this.bytes.length;
  }

  read(into: Uint8Array, start: number): number | Promise<number> {
    const count = Math.min(this.most, into.length - start, this.bytes.length - this.bytesRead);
    into.set(this.bytes.subarray(this.bytesRead, this.bytesRead + count), start);
    this.bytesRead += count;
    return this.isLater ? Promise.resolve(count) : count;
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** Numbers and bytes of one byte order, one after another. */
export class Bytes {
  readonly #parts: Uint8Array[] = [];

  constructor(readonly littleEndian: boolean) {}

  #number(len: number, write: (view: DataView) => void): this {
    const part = new Uint8Array(len);
    write(new DataView(part.buffer));
    this.#parts.push(part);
    return this;
  }

  u8(value: number): this {
    return this.#number(1, (view) => view.setUint8(0, value));
  }
  u16(value: number): this {
    return this.#number(2, (view) => view.setUint16(0, value, this.littleEndian));
  }
  u32(value: number): this {
    return this.#number(4, (view) => view.setUint32(0, value, this.littleEndian));
  }
  u64(value: bigint): this {
    return this.#number(8, (view) => view.setBigUint64(0, value, this.littleEndian));
  }
  raw(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }
  pad(): this {
    return this.raw(new Uint8Array(-this.length & 3));
  }
  get length(): number {
    return this.#parts.reduce((sum, part) => sum + part.length, 0);
  }
  done(): Uint8Array {
    return concat(this.#parts);
  }
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export interface PcapOptions {
  littleEndian?: boolean;
  magic?: number;
  minor?: number;
  linkType?: number;
  snapLen?: number;
}

export interface PcapRecord {
  seconds?: number;
  fraction?: number;
  capLen?: number;
  origLen?: number;
  data?: Uint8Array;
}

export const Magic = { micro: 0xa1b2c3d4, nano: 0xa1b23c4d, modified: 0xa1b2cd34 } as const;

export function pcapFile(options: PcapOptions, records: readonly PcapRecord[]): Uint8Array {
  const { littleEndian = true, magic = Magic.micro, minor = 4, linkType = 1, snapLen = 65535 } = options;
  const file = new Bytes(littleEndian).u32(magic).u16(2).u16(minor).u64(0n).u32(snapLen).u32(linkType);
  for (const record of records) {
    const { seconds = 1, fraction = 0, data = new Uint8Array(0) } = record;
    const { capLen = data.length, origLen = capLen } = record;
    file.u32(seconds).u32(fraction).u32(capLen).u32(origLen);
    if (magic === Magic.modified) file.u64(0n);
    file.raw(data);
  }
  return file.done();
}

/** One option: its code and value, padded. */
export type Option = [code: number, value: Uint8Array];

/** Blocks of one section. */
export class SectionBuilder {
  readonly #file: Bytes;

  constructor(
    readonly littleEndian = true,
    version: [number, number] = [1, 0],
    options: Option[] = [],
  ) {
    this.#file = new Bytes(littleEndian);
    const [major, minor] = version;
    const body = this.bytes().u32(0x1a2b3c4d).u16(major).u16(minor).u64(0xffffffffffffffffn);
    this.block(0x0a0d0d0a, body.raw(this.options(options)).done());
  }

  bytes(): Bytes {
    return new Bytes(this.littleEndian);
  }

  options(options: readonly Option[]): Uint8Array {
    const bytes = this.bytes();
    for (const [code, value] of options) bytes.u16(code).u16(value.length).raw(value).pad();
    return options.length === 0 ? bytes.done() : bytes.u32(0).done();
  }

  block(type: number, body: Uint8Array, lengths: { total?: number; trailer?: number } = {}): this {
    const { total = body.length + 12, trailer = total } = lengths;
    this.#file.u32(type).u32(total).raw(body).u32(trailer);
    return this;
  }

  interface(linkType = 1, options: Option[] = [], snapLen = 0): this {
    const body = this.bytes().u16(linkType).u16(0).u32(snapLen).raw(this.options(options));
    return this.block(1, body.done());
  }

  enhanced(data: Uint8Array, packet: PacketOptions = {}): this {
    const { id = 0, ticks = 0n, capLen = data.length, origLen = data.length, options = [] } = packet;
    const body = this.bytes()
      .u32(id)
      .u32(Number(ticks >> 32n))
      .u32(Number(ticks & 0xffffffffn))
      .u32(capLen)
      .u32(origLen);
    return this.block(6, body.raw(data).pad().raw(this.options(options)).done());
  }

  simple(data: Uint8Array, origLen = data.length): this {
    return this.block(3, this.bytes().u32(origLen).raw(data).pad().done());
  }

  obsolete(data: Uint8Array, id: number, drops: number, ticks: bigint): this {
    const body = this.bytes().u16(id).u16(drops);
    body
      .u32(Number(ticks >> 32n))
      .u32(Number(ticks & 0xffffffffn))
      .u32(data.length)
      .u32(data.length);
    return this.block(2, body.raw(data).pad().done());
  }

  statistics(id: number, options: Option[]): this {
    return this.block(5, this.bytes().u32(id).u64(0n).raw(this.options(options)).done());
  }

  done(): Uint8Array {
    return this.#file.done();
  }
}

export interface PacketOptions {
  id?: number;
  ticks?: bigint;
  capLen?: number;
  origLen?: number;
  options?: Option[];
}

/** A frame as data, for comparisons. */
export interface ReadFrame {
  interfaceId: number;
  linkType: number;
  tsNs: bigint;
  capLen: number;
  origLen: number;
  direction: number;
  flags: number;
  position: number;
  data: string;
}

export interface ReadResult {
  frames: ReadFrame[];
  /** `code at byte`, or '' */
  damage: string;
  message: string;
}

/** Reads a source to its end or damage; any other error than a CaptureError passes through. */
export async function readAll(source: Source): Promise<ReadResult> {
  const frames: ReadFrame[] = [];
  let damage = '';
  let message = '';
  try {
    for await (const batch of source) {
      for (let index = 0; index < batch.count; index++) {
        const start = batch.offset[index];
        const end = start + batch.capLen[index];
        if (end > batch.bytes.length) throw new Error('a frame reaches past its batch');
        frames.push({
          interfaceId: batch.interfaceId,
          linkType: batch.linkType,
          tsNs: batch.tsNs[index],
          capLen: batch.capLen[index],
          origLen: batch.origLen[index],
          direction: batch.direction[index],
          flags: batch.flags[index],
          position: batch.position[index],
          data: Buffer.from(batch.bytes.subarray(start, end)).toString('hex'),
        });
      }
      batch.release();
    }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    damage = `${error.code} at ${error.byte}`;
    message = error.message;
  }
  await source.close();
  return { frames, damage, message };
}

export function pcapReader(bytes: Uint8Array, most?: number, isLater?: boolean): PcapReader {
  const input = new MemorySource(bytes, most, isLater);
  return new PcapReader('test.pcap', input, new ChunkWindow(input));
}

export function pcapngReader(bytes: Uint8Array, most?: number, isLater?: boolean): PcapngReader {
  const input = new MemorySource(bytes, most, isLater);
  return new PcapngReader('test.pcapng', input, new ChunkWindow(input));
}

/** `len` bytes that differ. */
export function someBytes(len: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length: len }, (_, index) => (index * 7 + seed * 31) & 0xff);
}
