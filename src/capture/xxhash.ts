/**
 * xxHash, the checksum of LZ4 frames (32 bits) and of Zstandard frames (the low half of 64 bits), by the package
 * xxhash-wasm; loaded when the first such frame is met.
 */
import createXxhash, { type XXHashAPI } from 'xxhash-wasm';

let api: Promise<XXHashAPI> | null = null;

export function loadXxhash(): Promise<XXHashAPI> {
  api ??= createXxhash();
  return api;
}
