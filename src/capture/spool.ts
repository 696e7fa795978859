/**
 * A private copy of bytes that cannot be read twice: those of a pipe, or of a compressed file. gzip has no place to
 * begin in the middle without the decoder's state, which node:zlib does not hand out; one mechanism serves
 * every compression and every pipe.
 * The file has no name once it is open, so that it is gone with the process however that ends.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type RandomAccess, readAt } from './random-access.js';

/** Most bytes of one spool; and never more than half of what the disk has free. */
const mostSpoolBytes = 8 * 2 ** 30;

export class Spool implements RandomAccess {
  readonly loss = 'not kept: there was no room for its bytes';
  /** Those from the first on. */
  #len = 0;
  /** True once bytes came that were not kept. */
  isFull = false;
  #fd: number | null;

  /** @param fd of a file of its own, or null where there can be none */
  constructor(
    fd: number | null,
    readonly mostBytes: number,
  ) {
    this.#fd = fd;
  }

  get keptBytes(): number {
    return this.isFull ? this.#len : Number.POSITIVE_INFINITY;
  }

  /** Adds bytes behind those before; none any more from the first that do not fit. */
  append(bytes: Uint8Array): void {
    if (this.isFull) return;
    if (this.#fd === null || this.#len + bytes.length > this.mostBytes) {
      this.isFull = true;
      return;
    }
    try {
      for (let at = 0; at < bytes.length; ) {
        at += fs.writeSync(this.#fd, bytes, at, bytes.length - at, this.#len + at);
      }
      this.#len += bytes.length;
    } catch {
      // The disk is full: what is there stays, and the rest is not kept.
      this.isFull = true;
    }
  }

  readAt(into: Uint8Array, count: number, position: number): number {
    const there = Math.min(count, this.#len - position);
    return this.#fd === null || there <= 0 ? 0 : readAt(this.#fd, into, there, position);
  }

  close(): void {
    this.isFull = true;
    if (this.#fd !== null) fs.closeSync(this.#fd);
    this.#fd = null;
  }
}

/**
 * A spool in TMPDIR, else in /var/tmp, which unlike /tmp is on a disk. Where no file can be made it is full from the
 * beginning.
 */
export function openSpool(mostBytes = Number.POSITIVE_INFINITY): Spool {
  for (const folder of [process.env.TMPDIR, '/var/tmp', os.tmpdir()]) {
    if (folder === undefined || folder === '') continue;
    const file = path.join(folder, `loscope-${crypto.randomUUID()}`);
    try {
      const fd = fs.openSync(file, 'wx+', 0o600);
      fs.unlinkSync(file);
      const { bavail, bsize } = fs.statfsSync(folder);
      return new Spool(fd, Math.min(mostBytes, mostSpoolBytes, (bavail * bsize) / 2));
    } catch {
      // The next folder.
    }
  }
  return new Spool(null, 0);
}
