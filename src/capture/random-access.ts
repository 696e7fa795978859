/**
 * Bytes that were read once and can be read again by position: the file itself, or a spool (spool.ts).
 */
import fs from 'node:fs';

export interface RandomAccess {
  /**
   * Reads at `position` into the first `count` bytes of `into`.
   * @returns how many bytes there were; 0 also where they cannot be read
   */
  readAt(into: Uint8Array, count: number, position: number): number;
  /** Bytes kept so far, where not all are that were read; Infinity for a file. */
  readonly keptBytes: number;
  /** Why bytes that were read once may not be there, in words. */
  readonly loss: string;
  /** Gives it back; may be called twice. */
  close(): void;
}

/** An open file that its reader and whoever reads it again have in common; the last of them closes it. */
export class SharedFile {
  #users = 1;

  constructor(readonly fd: number) {}

  /** One more user. */
  openAccess(): RandomAccess {
    this.#users++;
    let isOpen = true;
    return {
      keptBytes: Number.POSITIVE_INFINITY,
      loss: 'not there any more: the file has changed since it was read',
      readAt: (into, count, position) => (isOpen ? readAt(this.fd, into, count, position) : 0),
      close: () => {
        if (isOpen) this.release();
        isOpen = false;
      },
    };
  }

  /** One user less. */
  release(): void {
    this.#users--;
    if (this.#users === 0) fs.closeSync(this.fd);
  }
}

/** Reads from a descriptor at a position, as far as there are bytes. */
export function readAt(fd: number, into: Uint8Array, count: number, position: number): number {
  let got = 0;
  try {
    while (got < count) {
      const read = fs.readSync(fd, into, got, count - got, position + got);
      if (read === 0) break;
      got += read;
    }
  } catch {
    // A disk that fails now: as if the bytes were not there any more, which is what is said of them.
  }
  return got;
}
