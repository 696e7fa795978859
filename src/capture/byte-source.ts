/**
 * Where the bytes of a capture come from: a regular file, a FIFO or standard input.
 * A regular file is read synchronously: the page cache answers in microseconds and a turn of the event loop
 * per chunk would cost more. A pipe is read through the event loop's own polling and never through the thread pool: a thread that waits
 * in read(2) or open(2) would keep process.exit() from ending.
 */
import fs from 'node:fs';
import net from 'node:net';
import type { Readable } from 'node:stream';
import tty from 'node:tty';
import { CaptureError } from './capture-error.js';
import { type RandomAccess, SharedFile } from './random-access.js';

/** A stream of bytes that is read into the caller's memory. */
export interface ByteSource {
  /** Bytes the whole has, or 0 where unknown. */
  readonly size: number;
  /** True where read() waits at the end for more. */
  readonly isFollowed?: boolean;
  /** Bytes taken so far from the file or pipe. */
  readonly bytesRead: number;
  /**
   * Fills `into` from `start` on, as far as there is data.
   * @returns how many bytes were written; 0 only at the end
   * @throws CaptureError `unreadable`, `decompression`
   */
  read(into: Uint8Array, start: number): number | Promise<number>;
  /** The same bytes by position, to be closed by itself; null or absent where they can be read only once. */
  openAccess?(): RandomAccess | null;
  close(): Promise<void>;
}

/** Standard input, by tradition. */
export const stdinName = '-';

/**
 * Opens a path, or standard input for `-`.
 * @throws CaptureError `unreadable` with the system's reason
 */
export function openByteSource(path: string): ByteSource {
  if (path === stdinName) return openStandardInput();
  try {
    // Without O_NONBLOCK the open of a FIFO waits for its writer, and Ctrl-C with it; files do not mind.
    const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const stat = fs.fstatSync(fd);
    if (stat.isFIFO()) {
      return new StreamByteSource(path, new net.Socket({ fd, readable: true, writable: false }));
    }
    if (stat.isDirectory()) {
      fs.closeSync(fd);
      throw new CaptureError('unreadable', path, 'is a directory', -1, 'name the capture files in it');
    }
    return new FileByteSource(path, fd, stat.isFile() ? stat.size : 0);
  } catch (error) {
    throw error instanceof CaptureError ? error : unreadable(path, error);
  }
}

/** Descriptor 0 itself: in a worker, process.stdin is a copy that the main thread would have to pass on. */
function openStandardInput(): ByteSource {
  const fd = 0;
  try {
    const stat = fs.fstatSync(fd);
    if (tty.isatty(fd)) return new StreamByteSource(stdinName, new tty.ReadStream(fd));
    if (stat.isFIFO() || stat.isSocket()) {
      return new StreamByteSource(stdinName, new net.Socket({ fd, readable: true, writable: false }));
    }
    return new FileByteSource(stdinName, fd, stat.isFile() ? stat.size : 0);
  } catch (error) {
    throw unreadable(stdinName, error);
  }
}

const reasons: Record<string, [what: string, advice: string]> = {
  ENOENT: ['no such file', 'check the path'],
  EACCES: ['permission denied', 'this user may not read the file'],
  EMFILE: ['too many open files', 'name fewer files, or raise `ulimit -n`'],
  ENXIO: ['is not a file or pipe', 'name a capture file'],
};

/** The system's reason as one clear line. */
export function unreadable(path: string, error: unknown): CaptureError {
  const { code, message } = error as NodeJS.ErrnoException;
  const [what, advice] = reasons[code ?? ''] ?? [message, ''];
  return new CaptureError('unreadable', path, what, -1, advice);
}

export class FileByteSource implements ByteSource {
  bytesRead = 0;
  #closed = false;
  readonly #file: SharedFile;

  constructor(
    readonly path: string,
    readonly fd: number,
    readonly size: number,
  ) {
    this.#file = new SharedFile(fd);
  }

  read(into: Uint8Array, start: number): number {
    if (this.#closed) return 0;
    try {
      const count = fs.readSync(this.fd, into, start, into.length - start, null);
      this.bytesRead += count;
      return count;
    } catch (error) {
      throw unreadable(this.path, error);
    }
  }

  /** Standard input may stand anywhere in a file, and a device has no positions. */
  openAccess(): RandomAccess | null {
    return this.size === 0 || this.path === stdinName ? null : this.#file.openAccess();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.release();
  }
}

/** Bytes of a Node stream: a pipe, a terminal, or a decompressor. */
export class StreamByteSource implements ByteSource {
  readonly size = 0;
  bytesRead = 0;
  #pending: Uint8Array | null = null;
  #ended = false;
  #error: Error | null = null;
  #wake: () => void = () => {};

  /**
   * @param name for messages
   * @param wrap makes the CaptureError of a stream's error
   */
  constructor(
    readonly name: string,
    readonly stream: Readable,
    wrap: (error: Error) => CaptureError = (error) => unreadable(name, error),
  ) {
    stream.on('readable', () => this.#wake());
    stream.on('end', () => this.#finish(null));
    stream.on('close', () => this.#finish(null));
    stream.on('error', (error: Error) => this.#finish(wrap(error)));
  }

  #finish(error: Error | null): void {
    this.#ended = true;
    this.#error ??= error;
    this.#wake();
  }

  async read(into: Uint8Array, start: number): Promise<number> {
    let chunk = this.#pending ?? (this.stream.read() as Uint8Array | null);
    while (chunk === null) {
      if (this.#ended) {
        if (this.#error !== null) throw this.#error;
        return 0;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      chunk = this.stream.read() as Uint8Array | null;
    }
    const count = Math.min(chunk.length, into.length - start);
    into.set(count === chunk.length ? chunk : chunk.subarray(0, count), start);
    this.#pending = count === chunk.length ? null : chunk.subarray(count);
    this.bytesRead += count;
    return count;
  }

  async close(): Promise<void> {
    this.stream.destroy();
    this.#finish(null);
  }
}
