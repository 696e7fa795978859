/**
 * pcapng files: any number of sections of either byte order, each with its own interfaces.
 * Reference: draft-ietf-opsawg-pcapng; what counts as damage follows Wireshark's pcapng.c.
 * Packet blocks are walked in place (pcapng-walk.ts); every other block, and every damage, is left to a slower path
 * that can wait for data and say what is wrong. Blocks that tell nothing here are skipped without being kept.
 */
import type { ByteSource } from './byte-source.js';
import type { ChunkWindow } from './chunk-window.js';
import { batchCapacity, batchLimit, type FrameBatch, FrameBatchBuffer } from './frame-batch.js';
import type { FrameReader } from './frame-reader.js';
import { PcapngFrameReader } from './pcapng-frame-reader.js';
import { PcapngSection } from './pcapng-section.js';
import { PcapngWalk } from './pcapng-walk.js';
import type { RandomAccess } from './random-access.js';
import type { CaptureInterface, Source, SourceStats } from './source.js';

export class PcapngReader implements Source {
  readonly format = 'pcapng';
  readonly engine = 'fast';
  readonly interfaces: CaptureInterface[] = [];
  frames: FrameReader | null = null;
  readonly #batch = new FrameBatchBuffer(batchCapacity);
  #batches = 0;
  readonly #section: PcapngSection;
  readonly #walk: PcapngWalk;

  /**
   * @param name as the user named the file
   * @param input what the window reads from, for statistics
   * @param window stands at the first section header block
   */
  constructor(
    readonly name: string,
    readonly input: ByteSource,
    readonly window: ChunkWindow,
  ) {
    this.#section = new PcapngSection(name, window, this.interfaces);
    this.#walk = new PcapngWalk(window, this.#batch);
  }

  /** Lets frames be read again from what holds the same bytes. */
  readAgainFrom(access: RandomAccess): void {
    this.frames = new PcapngFrameReader(access, this.#section.described);
  }

  get isFollowed(): boolean {
    return this.input.isFollowed === true;
  }

  stats(): SourceStats {
    let dropped: number | null = null;
    for (const each of this.interfaces) {
      if (each.dropped !== null) dropped = (dropped ?? 0) + each.dropped;
    }
    return { bytesRead: this.input.bytesRead, bytesTotal: this.input.size, dropped, backlog: 0 };
  }

  close(): Promise<void> {
    return this.window.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FrameBatch> {
    const batch = this.#batch;
    for (;;) {
      if (this.window.closed) return;
      this.#walk.take(this.#section, batchLimit(this.#batches++));
      if (batch.count > 0) yield batch;
      // A packet that was refused although it is there whole is met again here, and named.
      else if (!(await this.#readBlock())) return;
    }
  }

  async #readBlock(): Promise<boolean> {
    try {
      await this.window.breathe();
      return await this.#section.readBlock();
    } catch (error) {
      if (this.window.closed) return false;
      throw error;
    }
  }
}
