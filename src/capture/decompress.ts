/**
 * Recognises a compressed capture by its first bytes and decompresses it. Nothing in it is trusted: every
 * decoder works within a fixed amount of memory, however much the data claims or expands to.
 *
 *     gzip  1f 8b                    RFC 1952
 *     zstd  28 b5 2f fd              RFC 8878
 *     lz4   04 22 4d 18              LZ4 frame format 1.6, and 02 21 4c 18 of its legacy form
 *     skip  5x 2a 4d 18 · length 32  a frame to skip, before or between zstd and lz4 frames
 */
import type { ByteSource } from './byte-source.js';
import type { ChunkWindow } from './chunk-window.js';
import { type ChunkGenerator, cutShort, DecodedSource, damaged } from './decoded-source.js';
import { decodeGzip } from './gzip-source.js';
import { decodeLegacyLz4, decodeLz4Frame } from './lz4-source.js';

export type Compression = 'gzip' | 'zstd' | 'lz4';

const Magic = { zstd: 0xfd2fb528, lz4: 0x184d2204, lz4Legacy: 0x184c2102, skippable: 0x184d2a50 } as const;

function isSkippable(magic: number): boolean {
  return (magic & 0xfffffff0) >>> 0 === Magic.skippable;
}

/** The compression that the bytes at the window's start show, or null; looks at those that are there. */
export function compressionOf(window: ChunkWindow): Compression | null {
  const { view, start, available } = window;
  if (available >= 2 && view.getUint16(start, false) === 0x1f8b) return 'gzip';
  if (available < 4) return null;
  const magic = view.getUint32(start, true);
  if (magic === Magic.zstd || isSkippable(magic)) return 'zstd';
  return magic === Magic.lz4 || magic === Magic.lz4Legacy ? 'lz4' : null;
}

/**
 * The decompressed bytes of what the window holds and its source still gives; `size` and `bytesRead` stay
 * those of the compressed input. Its read() throws CaptureError `decompression` after all that came before.
 */
export function decompress(compression: Compression, name: string, window: ChunkWindow): ByteSource {
  const chunks = compression === 'gzip' ? decodeGzip(name, window) : decodeFrames(name, window);
  return new DecodedSource(window, chunks);
}

/** Frames one after another; the tools of both formats accept each other's only here, where it costs nothing. */
async function* decodeFrames(name: string, window: ChunkWindow): ChunkGenerator {
  for (;;) {
    const byte = window.positionOf(window.start);
    if (!(await window.fill(4))) {
      if (window.available === 0) return;
      throw cutShort(name, byte, 'a frame header');
    }
    const magic = window.view.getUint32(window.start, true);
    if (magic === Magic.zstd) {
      // Loaded where it is needed: its tables take 5 ms of every start.
      const { decodeZstdFrame } = await import('./zstd-source.js');
      yield* decodeZstdFrame(name, window);
    } else if (magic === Magic.lz4) yield* decodeLz4Frame(name, window);
    else if (magic === Magic.lz4Legacy) yield* decodeLegacyLz4(name, window);
    else if (isSkippable(magic)) await skipFrame(name, window);
    else throw damaged(name, byte, `0x${magic.toString(16)} does not begin a frame`);
  }
}

async function skipFrame(name: string, window: ChunkWindow): Promise<void> {
  const byte = window.positionOf(window.start);
  if (await window.fill(8)) {
    const contentLen = window.view.getUint32(window.start + 4, true);
    if (await window.skip(8 + contentLen)) return;
  }
  throw cutShort(name, byte, 'a skippable frame');
}
