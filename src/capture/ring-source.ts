/**
 * The fast live engine: one or several rings (ring.ts) as one source, merged by time.
 *
 *     ring 0   [ 1 2 ][ 5 6 ]         batches: 0:[1 2]  1:[3 4]  0:[5 6] …
 *     ring 1   [ 3 4 ][ …              a frame waits only while another ring may still show an earlier one
 *
 * The kernel closes a block when it is full or `retireMs` old, so a frame shows within twice that time. A frame whose
 * block was seen that long ago can have no predecessor in a ring that is empty now. One ring alone waits for nothing.
 */
import { acceptAll, type BpfInstruction, cutTo, packProgram } from './bpf.js';
import { batchCapacity, batchLimit, type FrameBatch, FrameBatchBuffer } from './frame-batch.js';
import { closeSockets, type LiveSockets, readTables } from './live-sockets.js';
import type { Native, NativeError } from './native.js';
import type { Ring } from './ring.js';
import type { Lane } from './ring-lane.js';
import type { ProgramOfLink } from './ring-setup.js';
import type { CaptureInterface, HostTables, Source, SourceEvent, SourceStats } from './source.js';

/** How long a busy ring is left alone: a tenth of a 64 MiB ring at 2 GB/s. */
const busyMs = 3;
/** From this many waiting blocks on, order counts less than loss. */
const fullShare = 0.5;
const watchMs = 250;
const mostEvents = 256;
const lateAfterEvents = 'further changes are not listed';

/** A batch that gives its block back when it is the last of it. */
class RingBatch extends FrameBatchBuffer {
  isLent = false;
  onRelease: () => void = () => {};

  override release(): void {
    this.count = 0;
    if (!this.isLent) return;
    this.isLent = false;
    this.onRelease();
  }
}

export class RingSource implements Source {
  readonly format = 'live';
  readonly engine = 'fast';
  readonly interfaces: readonly CaptureInterface[];
  readonly events: SourceEvent[] = [];
  /** How many events there were, and of which kinds: also those that are not listed. */
  eventCount = 0;
  readonly eventKinds = new Set<SourceEvent['kind']>();
  readonly hostTables: (() => HostTables) | null;
  /** Longest that a frame is held back for others that may be earlier: two timeouts of the kernel, and a tick. */
  readonly #holdMs: number;
  readonly #batch = new RingBatch(batchCapacity);
  readonly #watch: NodeJS.Timeout;
  /** Lanes whose socket said that its interface went down. */
  readonly #failed = new Set<Lane>();
  #batches = 0;
  /** The lane that is read; the batch lent is from it. */
  #current: Lane | null = null;
  #isIterated = false;
  #isClosed = false;
  #isFreed = false;
  /** When the last frames that came before close() must have shown. */
  #drainedMs = 0;
  /** Time of the next frame of another lane. */
  #untilSeconds = Infinity;
  #untilNs = 0;
  /** When the frame that waits may be delivered. */
  #heldUntilMs = 0;
  #wake: (() => void) | null = null;

  /**
   * @param sockets what else was opened with the rings; closed with the source
   * @param hasOwnHost the interfaces are of another network namespace than this process
   */
  constructor(
    readonly native: Native,
    readonly lanes: readonly Lane[],
    readonly sockets: LiveSockets,
    hasOwnHost: boolean,
  ) {
    this.interfaces = lanes.map((lane) => lane.shown);
    this.#holdMs = 2 * Math.max(...lanes.map(({ ring }) => ring.shape.retireMs)) + 5;
    this.hostTables = hasOwnHost ? () => readTables(sockets.tables) : null;
    this.#batch.onRelease = () => this.#afterRelease();
    this.#watch = setInterval(() => this.look(), watchMs);
    this.#watch.unref();
  }

  get name(): string {
    return this.lanes.map((lane) => lane.shown.name).join(', ');
  }

  stats(): SourceStats {
    let dropped = 0;
    let backlog = 0;
    for (const { ring, shown } of this.lanes) {
      shown.dropped = ring.countDrops();
      dropped += shown.dropped;
      backlog = Math.max(backlog, ring.backlog());
    }
    return { bytesRead: 0, bytesTotal: 0, dropped, backlog };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FrameBatch> {
    const batch = this.#batch;
    this.#isIterated = true;
    try {
      while (!this.#isFreed) {
        batch.release();
        if (this.#fill()) {
          batch.isLent = true;
          yield batch;
        } else {
          if (this.#isClosed && performance.now() >= this.#drainedMs) return;
          await this.#wait();
        }
      }
    } finally {
      // Whoever leaves early wants no more.
      this.#isIterated = false;
      await this.close();
      batch.release();
      await this.#free();
    }
  }

  /** Fills the batch with what comes next. @returns false when nothing does, or it must wait */
  #fill(): boolean {
    const { lanes } = this;
    const batch = this.#batch;
    do {
      const isReady = lanes.length === 1 ? this.#chooseOnly() : this.#chooseEarliest();
      if (!isReady) return false;
      const { ring, shown } = this.#current!;
      batch.rebind(ring.bytes, ring.view, shown.id, shown.linkType);
      ring.frames.fill(batch, batchLimit(this.#batches++), this.#untilSeconds, this.#untilNs);
      // Without frames, the block held outgoing copies alone: there may be more behind it.
    } while (batch.count === 0);
    return true;
  }

  #chooseOnly(): boolean {
    this.#current = this.lanes[0];
    return this.lanes[0].ring.take();
  }

  /** The ring with the earliest frame, to be read until another ring's comes first. */
  #chooseEarliest(): boolean {
    const nowMs = performance.now();
    let first: Lane | null = null;
    let second: Lane | null = null;
    let isOneEmpty = false;
    this.#heldUntilMs = 0;
    for (const lane of this.lanes) {
      lane.ring.look(nowMs);
      if (!lane.ring.take()) isOneEmpty = isOneEmpty || lane.isUp;
      else if (first === null || isEarlier(lane.ring, first.ring)) {
        second = first;
        first = lane;
      } else if (second === null || isEarlier(lane.ring, second.ring)) second = lane;
    }
    if (first === null) return false;
    const { ring } = first;
    if (
      isOneEmpty &&
      nowMs < ring.seenMs + this.#holdMs &&
      ring.look(nowMs) < ring.shape.blocks * fullShare
    ) {
      this.#heldUntilMs = ring.seenMs + this.#holdMs;
      return false;
    }
    this.#current = first;
    this.#untilSeconds = second === null ? Infinity : second.ring.frames.seconds;
    this.#untilNs = second === null ? 0 : second.ring.frames.nanoseconds;
    return true;
  }

  /** Until a ring has something, an interface fails, a frame has waited for long enough, or the source is closed. */
  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const isBusy = this.#takeBusy();
      const untilMs = this.#heldUntilMs > 0 ? this.#heldUntilMs : this.#drainedMs;
      const delayMs = isBusy ? busyMs : Math.max(1, untilMs - performance.now());
      const timer = isBusy || untilMs > 0 ? setTimeout(() => this.#wake?.(), delayMs) : undefined;
      this.#wake = () => {
        this.#wake = null;
        clearTimeout(timer);
        resolve();
      };
      if (isBusy) return;
      for (const { ring } of this.lanes) if (ring.frames.left === 0) ring.arm();
    });
  }

  /** Were blocks closed because they were full? Then several are taken at once, and not one with each wake-up. */
  #takeBusy(): boolean {
    let isBusy = false;
    for (const { ring } of this.lanes) {
      isBusy ||= ring.wasFull;
      ring.wasFull = false;
    }
    return isBusy;
  }

  /** A socket has something to say: frames, or with an error that its interface went down. */
  onEvent(lane: Lane, status: number): void {
    if (status < 0) {
      this.#failed.add(lane);
      this.look();
    }
    this.#wake?.();
  }

  /** Looks at the interfaces, which else happens four times a second. */
  look(): void {
    if (this.#isClosed) return;
    for (const lane of this.lanes) {
      const hasFailed = this.#failed.delete(lane);
      if (hasFailed) lane.clearError();
      lane.check(hasFailed, (kind, text) => this.#report({ interfaceId: lane.shown.id, kind, text }));
    }
  }

  /** Lets other frames in from now on: those that the program of their link type selects. */
  replaceProgram(programOf: ProgramOfLink): void {
    if (this.#isClosed) return;
    for (const { ring, shown } of this.lanes) {
      const program = cutTo(programOf(shown.linkType), ring.shape.snapLen);
      this.#attachInstead(ring.fd, program, ring.shape.snapLen);
    }
  }

  /**
   * A socket's memory (net.core.optmem_max: 20 KiB until Linux 6.8) must hold both programs until one has replaced the
   * other. Where it does not, one that lets everything through makes room: for a moment too much comes, never too little.
   */
  #attachInstead(fd: number, program: readonly BpfInstruction[], snapLen: number): void {
    try {
      this.native.attachFilter(fd, packProgram(program));
    } catch (error) {
      if ((error as NativeError).code !== 'ENOMEM') throw error;
      this.native.attachFilter(fd, packProgram(acceptAll(snapLen)));
      this.native.attachFilter(fd, packProgram(program));
    }
  }

  #report(event: SourceEvent): void {
    this.eventCount++;
    this.eventKinds.add(event.kind);
    const left = mostEvents - this.events.length;
    if (left > 1) this.events.push(event);
    else if (left === 1) this.events.push({ ...event, text: `${event.text}; ${lateAfterEvents}` });
  }

  #afterRelease(): void {
    this.#current?.ring.giveBack();
    if (this.#isClosed && !this.#isIterated) void this.#free();
  }

  /**
   * Ends the capture: no more frames are let in, and the iteration ends after those that were. A batch that is lent
   * stays readable until it is released.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#watch);
    if (this.#isIterated) {
      for (const lane of this.lanes) lane.refuseMore();
      this.#drainedMs = performance.now() + this.#holdMs;
    } else if (!this.#batch.isLent) await this.#free();
    this.#wake?.();
  }

  /** @returns when the kernel has let go of all of it */
  async #free(): Promise<void> {
    if (this.#isFreed) return;
    this.#isFreed = true;
    const freed = this.lanes.map(({ ring, shown }) => {
      const closed = ring.close();
      shown.dropped = ring.dropped;
      return closed;
    });
    closeSockets(this.native, { ...this.sockets, packets: [] });
    await Promise.all(freed);
  }
}

function isEarlier({ frames: a }: Ring, { frames: b }: Ring): boolean {
  return a.seconds < b.seconds || (a.seconds === b.seconds && a.nanoseconds < b.nanoseconds);
}
