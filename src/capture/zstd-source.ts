/**
 * Zstandard frames through the package fzstd, which bounds neither the window that a header may claim nor what one
 * push() may give: the frame is walked here and goes to it block by block.
 * Memory is bounded so, time is not: fzstd moves the whole window for each block and does not stop a block whose sequences
 * copy past its end. Measured: 7 ms a block under a window of 128 MiB, 0.1 s for a new one; 19 s for one hostile block of 10 bytes.
 * Reference: RFC 8878 section 3.1.1.
 *
 *     frame    magic 32 · descriptor 8 · window 8? · dictionary id 0–32 · content size 0–64
 *              { last 1, type 2, size 21 bits · data } … · checksum 32?
 */
import { Decompress } from 'fzstd';
import type { XXHash } from 'xxhash-wasm';
import { CaptureError } from './capture-error.js';
import type { ChunkWindow } from './chunk-window.js';
import { type ChunkGenerator, cutShort, damaged } from './decoded-source.js';
import { loadXxhash } from './xxhash.js';

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

interface ZstdBlock {
  /** Bytes from the window's start to the block's end. */
  readonly unitLen: number;
  readonly isLast: boolean;
}

/** Looks at the block header `blockAt` bytes behind the window's start and makes its block whole. */
async function readBlock(
  name: string,
  window: ChunkWindow,
  blockAt: number,
  most: number,
): Promise<ZstdBlock | CaptureError> {
  if (!(await window.fill(blockAt + 3))) return cutShort(name, window.positionOf(window.end), 'a zstd frame');
  const byte = window.positionOf(window.start + blockAt);
  const word = littleEndian(window.bytes, window.start + blockAt, 3);
  const kind = (word >>> 1) & 3;
  const size = word >>> 3;
  if (kind > BlockKind.compressed) return damaged(name, byte, 'a zstd block is of the reserved type');
  if (size > most) return damaged(name, byte, `a zstd block of ${size} bytes is above the maximum ${most}`);
  const unitLen = blockAt + 3 + (kind === BlockKind.rle ? 1 : size);
  if (!(await window.fill(unitLen))) return cutShort(name, window.positionOf(window.end), 'a zstd block');
  return { unitLen, isLast: (word & 1) === 1 };
}

/** Decodes the frame at the window's start. */
export async function* decodeZstdFrame(name: string, window: ChunkWindow): ChunkGenerator {
  const { headerLen, checksumLen, blockBytes } = await readHeader(name, window);
  const decoder = new BlockDecoder();
  const content = checksumLen > 0 ? (await loadXxhash()).create64() : null;
  let blockAt = headerLen;
  for (;;) {
    await window.breathe();
    const block = await readBlock(name, window, blockAt, blockBytes);
    if (block instanceof CaptureError) {
      yield* decoder.finish();
      throw block;
    }
    const byte = window.positionOf(window.start + blockAt);
    const behindLen = block.isLast ? checksumLen : 1;
    const isFollowed = await window.fill(block.unitLen + behindLen);
    const { bytes, start } = window;
    const end = start + block.unitLen + (isFollowed ? behindLen : 0);
    const fault = decoder.push(bytes, start, end, block.isLast && isFollowed);
    const chunks = decoder.take();
    for (const chunk of chunks) content?.update(chunk);
    yield* chunks;
    if (fault !== '') throw damaged(name, byte, `zstd block: ${fault}`);
    if (!isFollowed) {
      yield* decoder.finish();
      throw cutShort(name, window.positionOf(window.end), 'a zstd frame');
    }
    window.start += block.unitLen;
    blockAt = 0;
    if (!block.isLast) continue;
    if (content !== null) checkContent(name, window, content);
    window.start += checksumLen;
    return;
  }
}

/** Compares the checksum at the window's start: the low half of xxHash64 over the content. */
function checkContent(name: string, window: ChunkWindow, content: XXHash<bigint>): void {
  const stored = window.view.getUint32(window.start, true);
  const hash = Number(content.digest() & 0xffffffffn);
  if (hash === stored) return;
  const what = `zstd content checksum ${hash.toString(16)} is not ${stored.toString(16)}`;
  throw damaged(name, window.positionOf(window.start), what);
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

  /** What is left of a frame that ends too early; the stream decodes fewer than 18 bytes only at its end. */
  finish(): Uint8Array[] {
    this.push(new Uint8Array(0), 0, 0, true);
    return this.take();
  }

  /** What came out since the last call. */
  take(): Uint8Array[] {
    const taken = this.#output;
    this.#output = [];
    return taken;
  }
}
