/**
 * Zstandard frames through the package fzstd, which bounds neither the window that a header may claim nor what one
 * push() may give: the frame is walked here and goes to it block by block.
 * Reference: RFC 8878 section 3.1.1. The content checksum (xxHash64) is skipped, not verified.
 *
 *     frame    magic 32 · descriptor 8 · window 8? · dictionary id 0–32 · content size 0–64
 *              { last 1, type 2, size 21 bits · data } … · checksum 32?
 */
import { Decompress } from 'fzstd';
import type { ChunkWindow } from './chunk-window.js';
import { type ChunkGenerator, cutShort, damaged } from './decoded-source.js';

/** What the zstd program decodes without being told otherwise. */
const mostWindowBytes = 128 << 20;
const mostBlockBytes = 128 << 10;
const BlockKind = { raw: 0, rle: 1, compressed: 2 } as const;

interface ZstdHeader {
  readonly headerLen: number;
  readonly checksumLen: number;
  /** No block may be, or give, more. */
  readonly blockBytes: number;
}

async function readHeader(name: string, window: ChunkWindow): Promise<ZstdHeader> {
  const byte = window.positionOf(window.start);
  if (!(await window.fill(5))) throw cutShort(name, byte, 'a zstd frame header');
  const descriptor = window.bytes[window.start + 4];
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeLen = descriptor >>> 6 === 0 ? (isSingle ? 1 : 0) : 1 << (descriptor >>> 6);
  const dictionaryLen = [0, 1, 2, 4][descriptor & 3];
  const headerLen = 5 + (isSingle ? 0 : 1) + dictionaryLen + sizeLen;
  if (!(await window.fill(headerLen))) throw cutShort(name, byte, 'a zstd frame header');
  const { bytes, start } = window;
  if (descriptor & 8) throw damaged(name, byte, 'the reserved bit of a zstd frame header is set');
  const sizeAt = start + headerLen - sizeLen;
  if (littleEndian(bytes, sizeAt - dictionaryLen, dictionaryLen) !== 0) {
    throw damaged(name, byte, 'a zstd frame that needs a dictionary cannot be read');
  }
  const exponent = bytes[start + 5] >>> 3;
  const windowBytes = isSingle
    ? littleEndian(bytes, sizeAt, sizeLen) + (sizeLen === 2 ? 256 : 0)
    : 2 ** (10 + exponent) * (1 + (bytes[start + 5] & 7) / 8);
  if (windowBytes > mostWindowBytes) {
    throw damaged(
      name,
      byte,
      `a zstd window of ${windowBytes} bytes is above the maximum ${mostWindowBytes}`,
    );
  }
  return {
    headerLen,
    checksumLen: descriptor & 4 ? 4 : 0,
    blockBytes: Math.min(windowBytes, mostBlockBytes),
  };
}

function littleEndian(bytes: Uint8Array, at: number, len: number): number {
  let value = 0;
  for (let index = len - 1; index >= 0; index--) value = value * 256 + bytes[at + index];
  return value;
}

/** Decodes the frame at the window's start. */
export async function* decodeZstdFrame(name: string, window: ChunkWindow): ChunkGenerator {
  const { headerLen, checksumLen, blockBytes } = await readHeader(name, window);
  const decoder = new BlockDecoder();
  let blockAt = headerLen;
  for (let isLast = false; !isLast; blockAt = 0) {
    if (!(await window.fill(blockAt + 3))) {
      throw cutShort(name, window.positionOf(window.end), 'a zstd frame');
    }
    const byte = window.positionOf(window.start + blockAt);
    const word = littleEndian(window.bytes, window.start + blockAt, 3);
    const kind = (word >>> 1) & 3;
    const size = word >>> 3;
    isLast = (word & 1) === 1;
    if (kind > BlockKind.compressed) throw damaged(name, byte, 'a zstd block is of the reserved type');
    if (size > blockBytes) {
      throw damaged(name, byte, `a zstd block of ${size} bytes is above the maximum ${blockBytes}`);
    }
    const unitLen = blockAt + 3 + (kind === BlockKind.rle ? 1 : size);
    const behindLen = isLast ? checksumLen : 1;
    const isFollowed = await window.fill(unitLen + behindLen);
    if (window.available < unitLen) throw cutShort(name, window.positionOf(window.end), 'a zstd block');
    const { bytes, start } = window;
    const fault = isFollowed
      ? decoder.push(bytes, start, start + unitLen + behindLen, isLast)
      : decoder.pushLast(bytes, start, start + unitLen);
    yield* decoder.take();
    if (fault !== '') throw damaged(name, byte, `zstd block: ${fault}`);
    if (!isFollowed) throw cutShort(name, window.positionOf(window.end), 'a zstd frame');
    window.start += unitLen + (isLast ? checksumLen : 0);
  }
}

/**
 * fzstd's stream for one frame. It is always given one byte more than a block: a push that ends with its block
 * leaves an empty piece in its list of pieces, and the list, and what the pieces are cut from, would grow for ever.
 */
class BlockDecoder {
  #output: Uint8Array[] = [];
  #ahead = 0;
  readonly #stream = new Decompress((chunk) => this.#output.push(chunk));

  /** Pushes bytes[start, end), of which the first may have gone with the push before. @returns '' or what is wrong */
  push(bytes: Uint8Array, start: number, end: number, isLast: boolean): string {
    try {
      // A copy: the stream keeps its rest, and the window moves.
      this.#stream.push(bytes.slice(start + this.#ahead, end), isLast);
      this.#ahead = 1;
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** Pushes the last block that is there of a frame cut short; the stream decodes fewer than 18 bytes only at its end. */
  pushLast(bytes: Uint8Array, start: number, end: number): string {
    const fault = this.push(bytes, start, end, false);
    if (fault === '') this.push(bytes, end, end, true);
    return fault;
  }

  /** What came out since the last call. */
  take(): Uint8Array[] {
    const taken = this.#output;
    this.#output = [];
    return taken;
  }
}
