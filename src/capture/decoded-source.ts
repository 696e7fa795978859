/**
 * A decompressor as a ByteSource: a generator of chunks behind read(), with the progress of the compressed input.
 * One chunk is pulled when the one before is used up, so that memory never holds more than the decoder's own.
 */
import type { ByteSource } from './byte-source.js';
import { CaptureError } from './capture-error.js';
import type { ChunkWindow } from './chunk-window.js';

/** Decoded chunks; each is valid until the next is pulled. */
export type ChunkGenerator = AsyncGenerator<Uint8Array, void, void>;

export class DecodedSource implements ByteSource {
  #pending: Uint8Array = new Uint8Array(0);
  #closed = false;

  /**
   * @param input over the compressed bytes, for size, progress and close
   * @param chunks reads from it
   */
  constructor(
    readonly input: ChunkWindow,
    readonly chunks: ChunkGenerator,
  ) {}

  get size(): number {
    return this.input.source.size;
  }

  get bytesRead(): number {
    return this.input.source.bytesRead;
  }

  read(into: Uint8Array, start: number): number | Promise<number> {
    return this.#pending.length > 0 ? this.#copy(into, start) : this.#pull(into, start);
  }

  #copy(into: Uint8Array, start: number): number {
    const count = Math.min(this.#pending.length, into.length - start);
    into.set(this.#pending.subarray(0, count), start);
    this.#pending = this.#pending.subarray(count);
    return count;
  }

  async #pull(into: Uint8Array, start: number): Promise<number> {
    try {
      while (!this.#closed) {
        const { done, value } = await this.chunks.next();
        if (done) return 0;
        this.#pending = value;
        if (value.length > 0) return this.#copy(into, start);
      }
    } catch (error) {
      // Closing ends the compressed bytes in the middle, which the decoder takes for damage.
      if (!this.#closed) throw error;
    }
    return 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.input.close();
    await this.chunks.return();
  }
}

/** The compressed stream is damaged at `byte` of the compressed file. */
export function damaged(name: string, byte: number, what: string): CaptureError {
  const line = `compressed byte ${byte}: ${what}`;
  return new CaptureError('decompression', name, line, -1, 'everything before it was read');
}

/** The compressed file ends at `byte`, inside `what`. */
export function cutShort(name: string, byte: number, what: string): CaptureError {
  return damaged(name, byte, `cut short inside ${what}`);
}
