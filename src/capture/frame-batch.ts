/**
 * The unit that travels: consecutive frames of one interface, as one byte buffer and one typed array per fact.
 * A source lends a batch and takes it back at release(); whoever wants bytes longer copies them.
 *
 *     bytes   ....[frame 0......][frame 1..][frame 2.......]....
 *     offset       ^              ^          ^                     capLen, origLen, tsNs … run beside it
 *
 * The arrays are the source's own and as long as its largest batch, so that no view is made per batch and
 * each read site sees one array shape; only their first `count` elements mean anything.
 */
import type { LinkType } from './link-type.js';

/** How a frame passed the interface, where the capture says so. */
export const Direction = { unknown: 0, in: 1, out: 2, broadcast: 3, multicast: 4, other: 5 } as const;
export type Direction = (typeof Direction)[keyof typeof Direction];

/** Bits of FrameBatch.flags. */
export const FrameFlag = {
  /** The capture says that the checksum field was not filled in yet (offloaded). */
  checksumNotReady: 1,
  /** The time is when this program saw the frame, not when the kernel did. */
  approximateTime: 2,
  /** A copy of an own broadcast or multicast, observed above the packet taps. */
  observedCopy: 4,
} as const;

/** Consecutive frames of one interface and linktype, and where each lies in `bytes`. */
export interface FrameBatch {
  /** Index into the source's interfaces: name, linktype, role. */
  readonly interfaceId: number;
  readonly linkType: LinkType;
  /** Shared by all frames; valid until release(). */
  readonly bytes: Uint8Array;
  /** The same memory as `bytes`, from its first byte. */
  readonly view: DataView;
  /** Frames in this batch; the arrays below may be longer. Whoever holds the batch may lower it. */
  count: number;
  /** Bytes from the start of `bytes`. */
  readonly offset: Uint32Array;
  /** Bytes present. */
  readonly capLen: Uint32Array;
  /** Bytes on the link, at most mostOrigLen. */
  readonly origLen: Uint32Array;
  /** Nanoseconds since the Unix epoch, UTC. */
  readonly tsNs: BigInt64Array;
  /** The same memory as `tsNs`: low and high word of each, little endian, for code that must not allocate. */
  readonly tsWords: Int32Array;
  readonly direction: Uint8Array;
  /** FrameFlag bits. */
  readonly flags: Uint8Array;
  /** Byte position of the record in its (uncompressed) file; -1 live. */
  readonly position: Float64Array;
  /** Hands the buffer back to its source. */
  release(): void;
}

/** A batch that a source fills: the arrays of FrameBatch, allocated once and lent again and again. */
export class FrameBatchBuffer implements FrameBatch {
  interfaceId = 0;
  linkType: LinkType = 0;
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  count = 0;
  readonly offset: Uint32Array;
  readonly capLen: Uint32Array;
  readonly origLen: Uint32Array;
  readonly tsNs: BigInt64Array;
  readonly tsWords: Int32Array;
  readonly direction: Uint8Array;
  readonly flags: Uint8Array;
  readonly position: Float64Array;

  /** @param capacity most frames in one batch */
  constructor(readonly capacity: number) {
    this.offset = new Uint32Array(capacity);
    this.capLen = new Uint32Array(capacity);
    this.origLen = new Uint32Array(capacity);
    this.tsNs = new BigInt64Array(capacity);
    this.tsWords = new Int32Array(this.tsNs.buffer);
    this.direction = new Uint8Array(capacity);
    this.flags = new Uint8Array(capacity);
    this.position = new Float64Array(capacity);
  }

  /** Points the batch at other memory and empties it. */
  rebind(bytes: Uint8Array, view: DataView, interfaceId: number, linkType: LinkType): void {
    this.bytes = bytes;
    this.view = view;
    this.interfaceId = interfaceId;
    this.linkType = linkType;
    this.count = 0;
  }

  release(): void {
    this.count = 0;
  }
}

/** Frames in one batch of a file: their columns fit a core's second-level cache. */
export const batchCapacity = 4096;

/** A longer length on the link is a lie, which Wireshark cuts here too; below it sums and int32 columns are safe. */
export const mostOrigLen = 0x7fffffff;

const firstBatches = 64;
const firstBatchFrames = 64;

/**
 * Most frames of a source's n-th batch, from 0. The first ones are short: V8 then compiles the functions that take
 * batches after many whole calls, and not in the middle of a long first one, after which some of them stayed
 * unoptimised (in half of the runs, a third more time for all of `summary`).
 */
export function batchLimit(batchNumber: number): number {
  return batchNumber < firstBatches ? firstBatchFrames : batchCapacity;
}
