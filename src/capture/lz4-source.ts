/**
 * LZ4 frames, and the legacy frames of early versions.
 * Reference: LZ4 frame format description 1.6.4.
 *
 *     frame    magic 32 · FLG 8 · BD 8 · content size 64? · dictionary id 32? · header checksum 8
 *              { block size 32 · data · block checksum 32? } … · 0 · content checksum 32?
 *     legacy   magic 32 · { block size 32 · data } … up to the end or another magic
 *
 * Memory: one compressed block in the window, one block and 64 KiB of history here.
 */

import type { XXHash } from 'xxhash-wasm';
import type { ChunkWindow } from './chunk-window.js';
import { type ChunkGenerator, cutShort, damaged } from './decoded-source.js';
import { Lz4BlockDecoder } from './lz4-block.js';
import { loadXxhash } from './xxhash.js';

const historyBytes = 1 << 16;
const legacyBlockBytes = 8 << 20;
/** LZ4_compressBound of a legacy block; a larger size is the next frame's magic. */
const mostLegacyBytes = legacyBlockBytes + Math.ceil(legacyBlockBytes / 255) + 16;
const storedBit = 0x8000_0000;

interface Lz4Header {
  readonly linked: boolean;
  readonly blockChecksum: boolean;
  readonly contentChecksum: boolean;
  readonly blockBytes: number;
  /** -1 when the header does not say. */
  readonly contentBytes: number;
}

async function readHeader(name: string, window: ChunkWindow): Promise<Lz4Header> {
  const byte = window.positionOf(window.start);
  if (!(await window.fill(7))) throw cutShort(name, byte, 'an lz4 frame header');
  const flags = window.bytes[window.start + 4];
  const hasSize = (flags & 8) !== 0;
  const descriptorLen = 2 + (hasSize ? 8 : 0) + (flags & 1 ? 4 : 0);
  if (!(await window.fill(5 + descriptorLen))) throw cutShort(name, byte, 'an lz4 frame header');
  const { bytes, view, start } = window;
  const sizeCode = bytes[start + 5];
  const stored = bytes[start + 4 + descriptorLen];
  const hash =
    ((await loadXxhash()).h32Raw(bytes.subarray(start + 4, start + 4 + descriptorLen)) >>> 8) & 0xff;
  if (stored !== hash) throw damaged(name, byte, `lz4 header checksum ${hash} is not the stored ${stored}`);
  if (flags >>> 6 !== 1) throw damaged(name, byte, `lz4 frame version ${flags >>> 6} is not 1`);
  if (flags & 2 || sizeCode & 0x8f) throw damaged(name, byte, 'reserved bits of an lz4 frame header are set');
  if (flags & 1) throw damaged(name, byte, 'an lz4 frame that needs a dictionary cannot be read');
  if (sizeCode >>> 4 < 4) throw damaged(name, byte, `lz4 block size code ${sizeCode >>> 4} is not in 4–7`);
  window.start += 5 + descriptorLen;
  return {
    linked: (flags & 0x20) === 0,
    blockChecksum: (flags & 0x10) !== 0,
    contentChecksum: (flags & 4) !== 0,
    blockBytes: 1 << (8 + 2 * (sizeCode >>> 4)),
    contentBytes: hasSize ? Number(view.getBigUint64(start + 6, true)) : -1,
  };
}

/** Decodes the frame at the window's start. */
export async function* decodeLz4Frame(name: string, window: ChunkWindow): ChunkGenerator {
  const header = await readHeader(name, window);
  const decoder = new Lz4BlockDecoder(new Uint8Array(historyBytes + header.blockBytes));
  const content = (await loadXxhash()).create32();
  let contentBytes = 0;
  let at = 0;
  for (;;) {
    await window.breathe();
    const byte = window.positionOf(window.start);
    if (!(await window.fill(4))) throw cutShort(name, byte, 'an lz4 frame');
    const word = window.view.getUint32(window.start, true);
    window.start += 4;
    if (word === 0) break;
    const blockLen = word % storedBit;
    if (blockLen > header.blockBytes) {
      throw damaged(
        name,
        byte,
        `an lz4 block of ${blockLen} bytes is above the maximum ${header.blockBytes}`,
      );
    }
    const low = header.linked ? 0 : at;
    const failure = await decodeBlock(name, window, decoder, { word, blockLen, at, low, ...header });
    const chunk = decoder.out.subarray(at, decoder.written);
    contentBytes += chunk.length;
    if (header.contentChecksum) content.update(chunk);
    if (chunk.length > 0) yield chunk;
    if (failure !== null) throw failure;
    at = header.linked ? keepHistory(decoder.out, decoder.written) : 0;
  }
  await checkContent(name, window, header, content, contentBytes);
}

/** Moves the last 64 KiB before `end` to the front. @returns how many there are */
function keepHistory(out: Uint8Array, end: number): number {
  const kept = Math.min(end, historyBytes);
  out.copyWithin(0, end - kept, end);
  return kept;
}

interface BlockToDecode {
  readonly word: number;
  readonly blockLen: number;
  readonly at: number;
  readonly low: number;
  readonly blockChecksum: boolean;
  readonly blockBytes: number;
}

/** Decodes one block as far as it is there and right. @returns what is wrong with it, or null */
async function decodeBlock(
  name: string,
  window: ChunkWindow,
  decoder: Lz4BlockDecoder,
  { word, blockLen, at, low, blockChecksum, blockBytes }: BlockToDecode,
): Promise<Error | null> {
  const byte = window.positionOf(window.start);
  const isWhole = await window.fill(blockLen + (blockChecksum ? 4 : 0));
  const { bytes, view, start } = window;
  const end = start + Math.min(blockLen, window.available);
  decoder.written = at;
  if (isWhole && blockChecksum) {
    const hash = (await loadXxhash()).h32Raw(bytes.subarray(start, end));
    const stored = view.getUint32(end, true);
    if (hash !== stored) {
      return damaged(name, byte, `lz4 block checksum ${hash.toString(16)} is not ${stored.toString(16)}`);
    }
  }
  let fault = '';
  if (word >= storedBit) {
    decoder.out.set(bytes.subarray(start, end), at);
    decoder.written = at + end - start;
  } else {
    fault = decoder.decode(bytes, start, end, at, at + blockBytes, low);
  }
  if (!isWhole) return cutShort(name, window.positionOf(window.end), 'an lz4 block');
  if (fault !== '') return damaged(name, byte, `lz4 block: ${fault}`);
  window.start = end + (blockChecksum ? 4 : 0);
  return null;
}

async function checkContent(
  name: string,
  window: ChunkWindow,
  header: Lz4Header,
  content: XXHash<number>,
  contentBytes: number,
): Promise<void> {
  const byte = window.positionOf(window.start);
  if (header.contentBytes >= 0 && header.contentBytes !== contentBytes) {
    throw damaged(
      name,
      byte,
      `lz4 content of ${contentBytes} bytes is not the stored ${header.contentBytes}`,
    );
  }
  if (!header.contentChecksum) return;
  if (!(await window.fill(4))) throw cutShort(name, byte, 'an lz4 content checksum');
  const stored = window.view.getUint32(window.start, true);
  const hash = content.digest();
  if (stored !== hash) {
    throw damaged(name, byte, `lz4 content checksum ${hash.toString(16)} is not ${stored.toString(16)}`);
  }
  window.start += 4;
}

/** Decodes the legacy frame at the window's start. */
export async function* decodeLegacyLz4(name: string, window: ChunkWindow): ChunkGenerator {
  const decoder = new Lz4BlockDecoder(new Uint8Array(legacyBlockBytes));
  window.start += 4;
  for (;;) {
    await window.breathe();
    const byte = window.positionOf(window.start);
    if (!(await window.fill(4))) {
      if (window.available === 0) return;
      throw cutShort(name, byte, 'an lz4 block size');
    }
    const blockLen = window.view.getUint32(window.start, true);
    if (blockLen > mostLegacyBytes) return;
    window.start += 4;
    const block = {
      word: blockLen,
      blockLen,
      at: 0,
      low: 0,
      blockChecksum: false,
      blockBytes: legacyBlockBytes,
    };
    const failure = await decodeBlock(name, window, decoder, block);
    if (decoder.written > 0) yield decoder.out.subarray(0, decoder.written);
    if (failure !== null) throw failure;
  }
}
