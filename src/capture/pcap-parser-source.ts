/**
 * The reference engine for files: the npm package pcap-parser, which reads classic pcap with microseconds. It is
 * portable and checks the fast reader; this is the only file that imports it.
 * The package buffers whatever length a record claims and ends silently on a cut record, so that each record's header is
 * checked here before its data is fed, and what is left at the end is counted. It parses what it is given at
 * once and cannot be paused: a feed is never more than fits into one batch.
 */
import { EventEmitter } from 'node:events';
import { type PacketHeader, parse } from 'pcap-parser';
import type { ByteSource } from './byte-source.js';
import { CaptureError } from './capture-error.js';
import type { ChunkWindow } from './chunk-window.js';
import { batchCapacity, type FrameBatch, FrameBatchBuffer, mostOrigLen } from './frame-batch.js';
import type { FrameReader } from './frame-reader.js';
import { fileHeaderCut, recordCut, recordTooLong } from './pcap-damage.js';
import { maxCapLen, type PcapHeader, readPcapHeader, unnamedInterface } from './pcap-reader.js';
import type { CaptureInterface, Source, SourceStats } from './source.js';
import { TimestampWriter } from './timestamp.js';

const fileHeaderLen = 24;
const recordHeaderLen = 16;
/** Bytes of frames in one batch, unless one frame alone has more. */
const batchBytes = 1 << 20;
/** Bytes fed at once: at most 1025 records, of which a batch has room for. */
const feedBytes = 1 << 14;
const recordsPerFeed = feedBytes / recordHeaderLen + 1;

/** The reference engine cannot read this. */
export function needsFastEngine(name: string, what: string): CaptureError {
  return new CaptureError('engine', name, what, -1, 'use --engine fast');
}

/**
 * Passes the files that the package reads right.
 * @throws CaptureError `engine`
 */
export function requireClassic(header: PcapHeader, name: string): void {
  if (header.nanoseconds || header.recordHeaderLen !== recordHeaderLen || header.lengths !== 'normal') {
    throw needsFastEngine(name, 'the reference engine reads only pcap 2.4 with microseconds');
  }
}

/** A stream as the package expects one, that says only what it is told to. */
class FedStream extends EventEmitter {
  pause(): void {}
  resume(): void {}
}

export class PcapParserSource implements Source {
  readonly format = 'pcap';
  readonly engine = 'reference';
  readonly interfaces: CaptureInterface[] = [];
  frames: FrameReader | null = null;
  readonly #batch = new FrameBatchBuffer(batchCapacity);
  readonly #time = new TimestampWriter();
  #memory = new Uint8Array(batchBytes);
  #memoryUsed = 0;
  /** File position of the record that is being parsed. */
  #recordAt = 0;
  #mostCapLen = 0;
  /** Header of the record whose data is not complete, or null between records. */
  #header: PacketHeader | null = null;

  /**
   * @param name as the user named the file
   * @param input what the window reads from, for statistics
   * @param window stands at the file header
   */
  constructor(
    readonly name: string,
    readonly input: ByteSource,
    readonly window: ChunkWindow,
  ) {}

  get isFollowed(): boolean {
    return this.input.isFollowed === true;
  }

  stats(): SourceStats {
    return { bytesRead: this.input.bytesRead, bytesTotal: this.input.size, dropped: null, backlog: 0 };
  }

  close(): Promise<void> {
    return this.window.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FrameBatch> {
    const batch = this.#batch;
    const stream = await this.#open();
    for (;;) {
      this.#startBatch();
      const { isOver, failure } = await this.#fillBatch(stream);
      if (batch.count > 0) yield batch;
      if (failure !== null) throw failure;
      if (isOver) return;
    }
  }

  /** Checks the file header, as the fast reader does, and hands it to the package. */
  async #open(): Promise<FedStream> {
    const { window, name } = this;
    if (!(await window.fill(fileHeaderLen))) throw fileHeaderCut(name, window.available, fileHeaderLen);
    const header = readPcapHeader(window.view, window.start, name);
    requireClassic(header, name);
    this.interfaces.push(unnamedInterface(header.linkType, header.snapLen));
    this.#mostCapLen = maxCapLen(header.linkType);
    this.#recordAt = window.positionOf(window.start) + fileHeaderLen;
    const stream = new FedStream();
    parse(stream)
      .on('packetHeader', (record: PacketHeader) => this.#startRecord(record))
      .on('packetData', (data: Uint8Array) => this.#addFrame(data))
      .on('error', (error: Error) => {
        throw needsFastEngine(name, error.message);
      });
    this.#feed(stream, fileHeaderLen);
    return stream;
  }

  /** Feeds until the batch is full, or until waiting for more would hold back frames that are there. */
  async #fillBatch(stream: FedStream): Promise<{ isOver: boolean; failure: unknown }> {
    const { window } = this;
    const batch = this.#batch;
    while (batch.count + recordsPerFeed <= batch.capacity && this.#memoryUsed + feedBytes <= batchBytes) {
      if (batch.count > 0 && window.available === 0) break;
      const missing = this.#missing();
      await window.fill(Math.max(1, missing));
      if (window.available === 0) return { isOver: true, failure: this.#cut() };
      try {
        this.#feed(stream, Math.min(Math.max(feedBytes, missing), window.available));
      } catch (error) {
        return { isOver: true, failure: error };
      }
    }
    return { isOver: false, failure: null };
  }

  /** Bytes of the record's data that were not fed yet; 0 between records. */
  #missing(): number {
    if (this.#header === null) return 0;
    const end = this.#recordAt + recordHeaderLen + this.#header.capturedLength;
    return end - this.window.positionOf(this.window.start);
  }

  #feed(stream: FedStream, count: number): void {
    const { window } = this;
    const { start } = window;
    window.start += count;
    // A copy: the package keeps what is left of it, and the window moves.
    stream.emit('data', Buffer.from(window.bytes.subarray(start, start + count)));
  }

  #startBatch(): void {
    this.#memoryUsed = 0;
    this.#batch.rebind(this.#memory, new DataView(this.#memory.buffer), 0, this.interfaces[0].linkType);
  }

  #startRecord(header: PacketHeader): void {
    if (header.capturedLength > this.#mostCapLen) {
      throw recordTooLong(this.name, this.#recordAt, header.capturedLength, this.#mostCapLen);
    }
    this.#header = header;
  }

  #addFrame(data: Uint8Array): void {
    const header = this.#header!;
    const batch = this.#batch;
    const index = batch.count;
    this.#reserve(data.length);
    this.#memory.set(data, this.#memoryUsed);
    batch.offset[index] = this.#memoryUsed;
    batch.capLen[index] = data.length;
    batch.origLen[index] = Math.min(header.originalLength, mostOrigLen);
    batch.position[index] = this.#recordAt;
    this.#time.write(batch.tsWords, index, header.timestampSeconds, header.timestampMicroseconds * 1000);
    batch.count = index + 1;
    this.#memoryUsed += data.length;
    this.#recordAt += recordHeaderLen + data.length;
    this.#header = null;
  }

  /** Makes room for one more frame, which may be longer than a batch's memory. */
  #reserve(count: number): void {
    const needed = this.#memoryUsed + count;
    if (needed <= this.#memory.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#memory.length * 2));
    grown.set(this.#memory.subarray(0, this.#memoryUsed));
    this.#memory = grown;
    this.#batch.bytes = grown;
    this.#batch.view = new DataView(grown.buffer);
  }

  /** What is wrong with the end of the file; the package says nothing of it. */
  #cut(): CaptureError | null {
    const held = this.window.positionOf(this.window.start) - this.#recordAt;
    if (held === 0 || this.window.closed) return null;
    const needed = recordHeaderLen + (this.#header?.capturedLength ?? 0);
    return recordCut(this.name, this.#recordAt, held, needed, recordHeaderLen);
  }
}
