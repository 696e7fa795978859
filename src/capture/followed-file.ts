/**
 * A regular file that is still being written, as a ByteSource that waits at its end for more. It looks ten times a second:
 * a watch of the system's tells nothing on network file systems, and looking costs a system call.
 */
import fs from 'node:fs';
import { type ByteSource, FileByteSource, openByteSource } from './byte-source.js';
import { CaptureError } from './capture-error.js';
import type { RandomAccess } from './random-access.js';

const lookEveryMs = 100;

/**
 * Opens a regular file.
 * @throws CaptureError `unreadable`
 */
export function openFollowed(path: string): ByteSource {
  const file = openByteSource(path);
  if (file instanceof FileByteSource && fs.fstatSync(file.fd).isFile()) return new FollowedFile(file);
  void file.close();
  throw notFollowed(path, 'a device or pipe');
}

export function notFollowed(path: string, what: string): CaptureError {
  return new CaptureError(
    'unreadable',
    path,
    `${what} cannot be followed, only a plain file`,
    -1,
    'leave --follow out',
  );
}

class FollowedFile implements ByteSource {
  readonly isFollowed = true;
  #closed = false;
  #wake: () => void = () => {};

  constructor(readonly file: FileByteSource) {}

  get size(): number {
    return this.#closed ? this.bytesRead : fs.fstatSync(this.file.fd).size;
  }

  get bytesRead(): number {
    return this.file.bytesRead;
  }

  read(into: Uint8Array, start: number): number | Promise<number> {
    return this.file.read(into, start) || this.#readLater(into, start);
  }

  async #readLater(into: Uint8Array, start: number): Promise<number> {
    while (!this.#closed) {
      // Looked at before the read: what was written before it was replaced is read first.
      const change = this.#change();
      const count = this.file.read(into, start);
      if (count > 0) return count;
      if (change !== '') throw this.#ended(change);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, lookEveryMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return 0;
  }

  /** What became of the file, or '' while it is the one that was opened and no shorter than was read. */
  #change(): string {
    const open = fs.fstatSync(this.file.fd);
    if (open.size < this.bytesRead) {
      return `the file was cut to ${open.size} bytes while it was followed, ${this.bytesRead} were read`;
    }
    const named = fs.statSync(this.file.path, { throwIfNoEntry: false });
    if (named === undefined) return 'the file was removed while it was followed';
    const isSame = named.ino === open.ino && named.dev === open.dev;
    return isSame ? '' : 'the file was replaced by another while it was followed';
  }

  #ended(what: string): CaptureError {
    const { path } = this.file;
    return new CaptureError('changed', path, what, this.bytesRead, 'everything before it was read');
  }

  openAccess(): RandomAccess | null {
    return this.file.openAccess();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await this.file.close();
  }
}
