/**
 * One TPACKET_V3 ring: a bound packet socket whose blocks the kernel fills and we read in their order.
 *
 *     kernel fills ──▶ status 1, ours ──▶ read in place ──▶ status 0, the kernel's again
 *
 * The mapping is lent by the addon as an ArrayBuffer. Where the runtime allows no such buffer, each block is
 * copied once and goes back to the kernel at once; nothing else differs.
 */
import type { Native, RingHandle } from './native.js';
import { type FrameKind, RingFrames } from './ring-frames.js';
import { Block, blockForUser, blockTimedOut, PacketOption, solPacket } from './ring-layout.js';

export interface RingShape {
  readonly blockLen: number;
  readonly blocks: number;
  /** The kernel closes a block that is not full after so long. */
  readonly retireMs: number;
  readonly kind: FrameKind;
  readonly snapLen: number;
  readonly skipOutgoing: boolean;
  /** Copies blocks though the mapping could be lent; for tests. */
  readonly copies: boolean;
}

export class Ring {
  /** What the frames of batches lie in. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly frames: RingFrames;
  /** Frames that the kernel dropped since the ring was made. */
  dropped = 0;
  /** The last block was closed because it was full: frames come faster than the timeout closes blocks. */
  wasFull = false;
  readonly #native: Native;
  readonly #handle: RingHandle;
  /** The mapping as words, for the status of each block; null where blocks are copied. */
  readonly #words: Int32Array | null;
  /** struct tpacket_stats_v3: packets, drops, freezes. */
  readonly #statistics = new Uint32Array(3);
  readonly #statisticsBytes = new Uint8Array(this.#statistics.buffer);
  /** The block that is read now or next. */
  #block = 0;
  /** The block in hand is ours and not yet given back. */
  #isHeld = false;
  #isOpen = true;
  /** When each block was first seen ready, and how many from #block on were. */
  readonly #seenMs: Float64Array;
  #seen = 0;

  /**
   * @param fd the socket, for its counters and to bind it again; the handle's own
   * @param handle closed with the ring
   */
  constructor(
    native: Native,
    readonly fd: number,
    handle: RingHandle,
    readonly shape: RingShape,
  ) {
    const { blockLen, blocks, kind, snapLen, skipOutgoing, copies } = shape;
    this.#native = native;
    this.#handle = handle;
    const mapping = copies ? null : native.ringBuffer(this.#handle);
    const memory = mapping ?? new ArrayBuffer(blockLen);
    this.#words = mapping === null ? null : new Int32Array(mapping);
    this.bytes = new Uint8Array(memory);
    this.view = new DataView(memory);
    this.frames = new RingFrames(kind, snapLen, skipOutgoing);
    this.#seenMs = new Float64Array(blocks);
  }

  #statusOf(block: number): number {
    const at = block * this.shape.blockLen;
    const words = this.#words;
    return words === null
      ? this.#native.ringStatus(this.#handle, at)
      : Atomics.load(words, (at + Block.status) >> 2);
  }

  #isReady(block: number): boolean {
    return (this.#statusOf(block) & blockForUser) !== 0;
  }

  /** Takes the next block in hand when all of the last one was delivered. @returns whether there are frames */
  take(): boolean {
    const { frames } = this;
    while (frames.left === 0) {
      this.giveBack();
      if (!this.#isOpen) return false;
      const status = this.#statusOf(this.#block);
      if ((status & blockForUser) === 0) return false;
      this.wasFull = (status & blockTimedOut) === 0;
      const { blockLen } = this.shape;
      const at = this.#block * blockLen;
      if (this.#words === null) {
        this.#native.ringCopy(this.#handle, at, this.bytes);
        frames.enter(this.bytes, this.view, 0, blockLen);
      } else frames.enter(this.bytes, this.view, at, blockLen);
      this.#isHeld = true;
    }
    return true;
  }

  /** Returns the block in hand to the kernel when all of it was delivered. */
  giveBack(): void {
    if (!this.#isHeld || this.frames.left > 0) return;
    this.#isHeld = false;
    if (!this.#isOpen) return;
    const { blockLen, blocks } = this.shape;
    if (this.#words !== null) Atomics.store(this.#words, (this.#block * blockLen + Block.status) >> 2, 0);
    this.#block = (this.#block + 1) % blocks;
    if (this.#seen > 0) this.#seen--;
  }

  /** Notes which blocks are ready at this moment. @returns how many are, the one in hand included */
  look(nowMs: number): number {
    const { blocks } = this.shape;
    while (this.#seen < blocks) {
      const block = (this.#block + this.#seen) % blocks;
      const isInHand = this.#seen === 0 && this.#isHeld;
      if (!isInHand && (!this.#isOpen || !this.#isReady(block))) break;
      this.#seenMs[block] = nowMs;
      this.#seen++;
    }
    return this.#seen;
  }

  /** When the block in hand was first seen, by look(). */
  get seenMs(): number {
    return this.#seenMs[this.#block];
  }

  /** Share of the blocks that wait to be read. */
  backlog(): number {
    if (!this.#isOpen) return 0;
    const { blocks } = this.shape;
    // The block in hand counts, also where it was copied and is the kernel's again.
    let ready = this.#isHeld ? 1 : 0;
    while (ready < blocks && this.#isReady((this.#block + ready) % blocks)) ready++;
    return ready / blocks;
  }

  /** Asks for one call of onEvent when a block may be ready or the interface has failed. */
  arm(): void {
    if (this.#isOpen) this.#native.ringArm(this.#handle);
  }

  /** The kernel's counter starts at 0 again with each look. */
  countDrops(): number {
    if (this.#isOpen) {
      this.#native.getOption(this.fd, solPacket, PacketOption.statistics, this.#statisticsBytes);
      this.dropped += this.#statistics[1];
    }
    return this.dropped;
  }

  /** Views of the memory are empty at once. @returns when the kernel has freed it */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.countDrops();
    this.#isOpen = false;
    this.frames.left = 0;
    await new Promise<void>((resolve) => this.#native.ringClose(this.#handle, resolve));
  }
}
