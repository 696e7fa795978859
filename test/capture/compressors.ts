/**
 * Compressed files built by hand: a bare machine has no zstd and no lz4.
 */
import { loadXxhash } from '../../src/capture/xxhash.js';
import { Bytes, concat } from './builders.js';

const { h32Raw, h64Raw } = await loadXxhash();

const bytes = () => new Bytes(true);

/** A zstd frame of raw blocks, and of RLE blocks where all bytes of a block are equal. */
export function zstdFrame(
  data: Uint8Array,
  options: { blockLen?: number; checksum?: boolean } = {},
): Uint8Array {
  const { blockLen = 1000, checksum = false } = options;
  // Window descriptor 0x38: exponent 7, 128 KiB.
  const frame = bytes()
    .u32(0xfd2fb528)
    .u8(checksum ? 4 : 0)
    .u8(0x38);
  let at = 0;
  do {
    const block = data.subarray(at, at + blockLen);
    at += blockLen;
    const isLast = at >= data.length;
    const isRle = block.length > 0 && block.every((byte) => byte === block[0]);
    const word = (block.length << 3) | (isRle ? 2 : 0) | (isLast ? 1 : 0);
    frame.u16(word & 0xffff).u8(word >>> 16);
    frame.raw(isRle ? block.subarray(0, 1) : block);
  } while (at < data.length);
  return (checksum ? frame.u32(Number(h64Raw(data) & 0xffffffffn)) : frame).done();
}

/** A zstd frame of `count` RLE blocks of 128 KiB zeros. */
export function zstdBomb(count: number): Uint8Array {
  const word = (131_072 << 3) | 2;
  const block = [word & 255, (word >>> 8) & 255, word >>> 16, 0];
  const blocks = Buffer.alloc(count * 4, Uint8Array.from(block));
  blocks[(count - 1) * 4] |= 1;
  return concat([bytes().u32(0xfd2fb528).u8(0).u8(0x38).done(), blocks]);
}

export interface Lz4Options {
  /** Blocks refer to the ones before. */
  linked?: boolean;
  blockChecksum?: boolean;
  contentChecksum?: boolean;
  contentSize?: boolean;
  /** 4–7: 64 KiB, 256 KiB, 1 MiB, 4 MiB. */
  sizeCode?: number;
  /** Bytes of data in a block. */
  blockLen?: number;
  stored?: boolean;
  dictionary?: boolean;
}

export function lz4Header(options: Lz4Options, contentLen = 0): Uint8Array {
  const { linked, blockChecksum, contentChecksum, contentSize, sizeCode = 4, dictionary } = options;
  const flags =
    0x40 |
    (linked ? 0 : 0x20) |
    (blockChecksum ? 0x10 : 0) |
    (contentSize ? 8 : 0) |
    (contentChecksum ? 4 : 0) |
    (dictionary ? 1 : 0);
  const descriptor = bytes()
    .u8(flags)
    .u8(sizeCode << 4);
  if (contentSize) descriptor.u64(BigInt(contentLen));
  if (dictionary) descriptor.u32(1);
  const described = descriptor.done();
  const check = (h32Raw(described) >>> 8) & 255;
  return bytes().u32(0x184d2204).raw(described).u8(check).done();
}

export function lz4Frame(data: Uint8Array, options: Lz4Options = {}): Uint8Array {
  const { linked = false, blockChecksum, contentChecksum, blockLen = 1000, stored } = options;
  const frame = bytes().raw(lz4Header(options, data.length));
  for (let at = 0; at < data.length; at += blockLen) {
    const end = Math.min(at + blockLen, data.length);
    const block = stored
      ? data.subarray(at, end)
      : lz4Block(data, at, end, linked ? Math.max(0, at - 65536) : at);
    frame.u32(block.length + (stored ? 0x80000000 : 0)).raw(block);
    if (blockChecksum) frame.u32(h32Raw(block));
  }
  frame.u32(0);
  return (contentChecksum ? frame.u32(h32Raw(data)) : frame).done();
}

/** A legacy frame of one block. */
export function lz4Legacy(data: Uint8Array): Uint8Array {
  const block = lz4Block(data, 0, data.length, 0);
  return bytes().u32(0x184c2102).u32(block.length).raw(block).done();
}

/** data[start, end) as one LZ4 block, with matches back to `low`, found greedily by their first four bytes. */
export function lz4Block(data: Uint8Array, start: number, end: number, low: number): Uint8Array {
  const out: number[] = [];
  const seen = new Map<number, number>();
  const key = (at: number) => data[at] | (data[at + 1] << 8) | (data[at + 2] << 16) | (data[at + 3] << 24);
  for (let at = low; at < start && at + 4 <= end; at++) seen.set(key(at), at);
  const more = (len: number) => {
    for (let left = len - 15; left >= 0; left -= 255) out.push(Math.min(left, 255));
  };
  let anchor = start;
  const literals = (to: number, matchNibble: number) => {
    const len = to - anchor;
    out.push((Math.min(len, 15) << 4) | matchNibble);
    more(len);
    for (let index = anchor; index < to; index++) out.push(data[index]);
  };
  for (let at = start; at + 12 <= end; ) {
    const from = seen.get(key(at));
    seen.set(key(at), at);
    if (from === undefined || at - from > 65535) {
      at++;
      continue;
    }
    let len = 4;
    while (at + len < end - 5 && data[from + len] === data[at + len]) len++;
    literals(at, Math.min(len - 4, 15));
    out.push((at - from) & 255, (at - from) >>> 8);
    more(len - 4);
    at += len;
    anchor = at;
  }
  literals(end, 0);
  return Uint8Array.from(out);
}

/** An lz4 frame of `count` blocks that each give 4 MiB of zeros. */
export function lz4Bomb(count: number): Uint8Array {
  // One literal, a match of the rest but the last five bytes, five literals.
  const matchLen = (4 << 20) - 6;
  const extension = matchLen - 4 - 15;
  const lengthBytes = Buffer.alloc(Math.floor(extension / 255) + 1, 255);
  lengthBytes[lengthBytes.length - 1] = extension % 255;
  const block = concat([Uint8Array.of(0x1f, 0, 1, 0), lengthBytes, Uint8Array.of(0x50, 0, 0, 0, 0, 0)]);
  const sized = bytes().u32(block.length).raw(block).done();
  const blocks = Array.from({ length: count }, () => sized);
  return concat([lz4Header({ sizeCode: 7 }), ...blocks, new Uint8Array(4)]);
}
