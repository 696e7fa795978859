/**
 * The copies of the host's own broadcasts and multicasts as frames (LINKTYPE_NFLOG, as the kernel's log hands them over).
 *
 *     log group ──▶ datagrams ──▶ chunk, chunk, chunk ──▶ one batch a chunk, lent in their order
 *
 * A chunk is held back for a moment, so that the original, which a ring captures, is there before its copy. The chunks
 * are a bounded pool: when all wait, the socket is not read, and what the kernel then has no room for is counted by the
 * gaps that it leaves in the packets' numbers.
 */
import { CaptureError } from './capture-error.js';
import type { CopyTable } from './copy-table.js';
import { type FrameBatch, FrameBatchBuffer, FrameFlag } from './frame-batch.js';
import { LinkType } from './link-type.js';
import type { NativeError, WatchHandle } from './native.js';
import type { NetlinkSocket } from './netlink.js';
import { NflogEnd, NflogFrame } from './nflog-frame.js';
import { flushMs, groupBufferBytes, groupThreshold, packetType } from './nflog-group.js';
import { InterfaceRole, type Source, type SourceEvent, type SourceStats } from './source.js';

/** Longest that a ring needs to show a frame, of several rings, and some room. */
const holdMs = 50;
const chunkBytes = 4 * groupBufferBytes;
const chunkFrames = 1024;
const chunks = 8;
/** Read in one go: what is no copy fills no chunk, and must not keep the event loop. */
const mostDatagrams = 256;

/** Takes frames out of a batch, as filter/frame-filter.ts does. */
export interface BatchSieve {
  apply(batch: FrameBatch): void;
}

class Chunk extends FrameBatchBuffer {
  used = 0;
  /** When its last frame came, in milliseconds of the process's clock. */
  filledMs = 0;
  readonly room = new Uint8Array(chunkBytes);

  constructor() {
    super(chunkFrames);
    this.empty();
  }

  empty(): void {
    this.used = 0;
    this.rebind(this.room, new DataView(this.room.buffer), 0, LinkType.nflog);
  }

  get isFull(): boolean {
    return this.used + groupBufferBytes > chunkBytes || this.count + groupThreshold > chunkFrames;
  }
}

export class CopiesSource implements Source {
  readonly name = 'copies';
  readonly format = 'live';
  readonly engine = 'fast';
  readonly observesCopies = true;
  /** A table without an owner is removed by who made it. */
  readonly needsPrivilege: boolean;
  readonly interfaces;
  readonly events: SourceEvent[] = [];
  readonly #watch: WatchHandle;
  readonly #frame = new NflogFrame();
  readonly #free: Chunk[] = Array.from({ length: chunks }, () => new Chunk());
  readonly #waiting: Chunk[] = [];
  #dropped = 0;
  /** Number of the packet that comes next; a group that was just bound begins with 0. */
  #nextSequence = 0;
  /** The kernel said that packets were lost, and none came since whose number would tell how many. */
  #hasLost = false;
  #isIterated = false;
  #isClosed = false;
  #isFreed = false;
  #drainedMs = 0;
  #wake: (() => void) | null = null;

  /**
   * @param log bound to the group that the table logs to; closed with the source, as the table is
   * @param snapLen most bytes kept of a packet
   * @param sieve leaves the frames that are wanted, or null for all
   */
  constructor(
    readonly log: NetlinkSocket,
    readonly table: CopyTable,
    snapLen: number,
    readonly sieve: BatchSieve | null,
  ) {
    this.interfaces = [
      {
        id: 0,
        name: this.name,
        linkType: LinkType.nflog,
        snapLen,
        role: InterfaceRole.loopback,
        addresses: [] as string[],
        dropped: 0 as number | null,
      },
    ];
    this.needsPrivilege = !table.isOwned;
    this.#watch = log.native.watchSocket(log.fd, () => this.#wake?.());
  }

  stats(): SourceStats {
    // Of packets lost at the end it is known that there were some.
    const dropped = this.#dropped + (this.#hasLost ? 1 : 0);
    this.interfaces[0].dropped = dropped;
    return { bytesRead: 0, bytesTotal: 0, dropped };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FrameBatch> {
    this.#isIterated = true;
    try {
      while (!this.#isFreed) {
        this.#drain();
        const chunk = this.#ripe();
        if (chunk === null) {
          if (this.#isClosed && this.#waiting.length === 0 && performance.now() >= this.#drainedMs) return;
          await this.#wait();
          continue;
        }
        this.sieve?.apply(chunk);
        if (chunk.count > 0) yield chunk;
        chunk.empty();
        this.#free.push(chunk);
      }
    } finally {
      this.#isIterated = false;
      this.#isClosed = true;
      this.#release();
    }
  }

  /** The oldest chunk, once it has been held for long enough. */
  #ripe(): Chunk | null {
    const oldest = this.#waiting[0];
    return oldest !== undefined && performance.now() >= oldest.filledMs + holdMs
      ? this.#waiting.shift()!
      : null;
  }

  /** Takes what the kernel has, as far as there is room. */
  #drain(): void {
    while (this.#free.length > 0) {
      const chunk = this.#free[0];
      for (let i = 0; i < mostDatagrams && !chunk.isFull && this.#receive(chunk); i++);
      if (chunk.count === 0) return;
      chunk.filledMs = performance.now();
      this.#waiting.push(this.#free.shift()!);
    }
  }

  /** @returns false when nothing is there */
  #receive(chunk: Chunk): boolean {
    try {
      const messages = this.log.receive(0);
      if (messages === null) return false;
      for (const { type, payload } of messages) if (type === packetType) this.#take(chunk, payload);
    } catch (error) {
      const { code, message } = error as NativeError;
      if (code !== 'ENOBUFS') throw new CaptureError('interface', this.name, `cannot be read: ${message}`);
      this.#hasLost = true;
    }
    return true;
  }

  #take(chunk: Chunk, payload: Uint8Array): void {
    const frame = this.#frame;
    const { view, count, used } = chunk;
    if (used + payload.length > chunkBytes || count === chunkFrames) {
      this.#hasLost = true; // The next packet's number counts it.
      return;
    }
    chunk.room.set(payload, used);
    const end = used + payload.length;
    if (frame.read(view, used, end, end) !== NflogEnd.payload) return;
    this.#countGap(view);
    if (!frame.isObservedCopy(view)) return;
    chunk.offset[count] = used;
    chunk.capLen[count] = payload.length;
    chunk.origLen[count] = payload.length + missingLen(view, frame);
    const timeNs = timeOf(view, frame);
    chunk.tsNs[count] = timeNs ?? BigInt(Date.now()) * 1_000_000n;
    chunk.direction[count] = 0;
    chunk.flags[count] = FrameFlag.observedCopy | (timeNs === null ? FrameFlag.approximateTime : 0);
    chunk.position[count] = -1;
    chunk.used = (end + 3) & ~3;
    chunk.count = count + 1;
  }

  /** Packets are numbered as they are logged, each of them: what is missing between two was lost. */
  #countGap(view: DataView): void {
    const { sequenceOffset } = this.#frame;
    if (sequenceOffset === 0) return;
    const sequence = view.getUint32(sequenceOffset);
    this.#dropped += (sequence - this.#nextSequence) >>> 0;
    this.#nextSequence = (sequence + 1) >>> 0;
    this.#hasLost = false;
  }

  /** Until there is something to read, a chunk is ripe, or the source is closed. */
  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const oldest = this.#waiting[0];
      const untilMs = oldest !== undefined ? oldest.filledMs + holdMs : this.#isClosed ? this.#drainedMs : 0;
      const delayMs = Math.max(1, untilMs - performance.now());
      const timer = untilMs > 0 ? setTimeout(() => this.#wake?.(), delayMs) : undefined;
      this.#wake = () => {
        this.#wake = null;
        clearTimeout(timer);
        resolve();
      };
      if (this.#free.length > 0) this.log.native.watchArm(this.#watch);
    });
  }

  /** Removes the table: no more copies are logged. The iteration ends after those that were. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeTable();
    this.#drainedMs = performance.now() + 2 * flushMs;
    if (!this.#isIterated) this.#release();
    this.#wake?.();
  }

  #closeTable(): void {
    try {
      if (this.table.close()) return;
      this.#report(
        'removed',
        'somebody removed the nftables table during the capture: copies after that were not seen',
      );
    } catch (error) {
      const { name } = this.table;
      const remedy = `nft delete table inet ${name}`;
      this.#report(
        'left',
        `the nftables table ${name} could not be removed: ${(error as Error).message} (${remedy})`,
      );
    }
  }

  /** Once: the table is closed again where the iteration ends. */
  #report(kind: SourceEvent['kind'], what: string): void {
    if (this.events.length === 0) this.events.push({ interfaceId: 0, kind, text: `${this.name}: ${what}` });
  }

  #release(): void {
    if (this.#isFreed) return;
    this.#isFreed = true;
    this.stats();
    this.#closeTable();
    this.log.native.watchClose(this.#watch);
  }
}

/** Bytes of the packet that were not logged, by its own length field. */
function missingLen(view: DataView, { payloadOffset: at, payloadLen }: NflogFrame): number {
  if (payloadLen < 20) return 0;
  const isIpv4 = view.getUint8(at) >> 4 === 4;
  const wholeLen = isIpv4 ? view.getUint16(at + 2) : 40 + view.getUint16(at + 4);
  return Math.max(0, wholeLen - payloadLen);
}

/** The kernel's time of it in nanoseconds; null where it gives none. */
function timeOf(view: DataView, { timestampOffset: at }: NflogFrame): bigint | null {
  if (at === 0) return null;
  return view.getBigUint64(at) * 1_000_000_000n + view.getBigUint64(at + 8) * 1000n;
}
