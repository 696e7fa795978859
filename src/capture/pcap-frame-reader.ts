/**
 * Records of a classic pcap file, one by one: pcap-reader.ts reads them in order and says what they look like.
 */
import { type FrameBatch, FrameBatchBuffer, mostOrigLen } from './frame-batch.js';
import { type FrameReader, RecordWindow, runBytes, runFrames } from './frame-reader.js';
import { maxCapLen, type PcapHeader } from './pcap-reader.js';
import type { RandomAccess } from './random-access.js';
import { TimestampWriter } from './timestamp.js';

export class PcapFrameReader implements FrameReader {
  readonly #window: RecordWindow;
  readonly #batch = new FrameBatchBuffer(1);
  readonly #time = new TimestampWriter();
  #run: { readonly window: RecordWindow; readonly batch: FrameBatchBuffer } | null = null;

  constructor(
    readonly access: RandomAccess,
    readonly header: PcapHeader,
  ) {
    this.#window = new RecordWindow(access);
  }

  readAt(position: number): FrameBatch | null {
    const window = this.#window;
    const { recordHeaderLen, linkType } = this.header;
    window.seek(position);
    if (!window.fill(recordHeaderLen)) return null;
    const captured = capturedLen(window.view, 0, this.header);
    if (captured > maxCapLen(linkType) || !window.fill(recordHeaderLen + captured)) return null;
    const batch = this.#batch;
    batch.rebind(window.bytes, window.view, 0, linkType);
    this.#note(batch, 0, 0, position);
    batch.count = 1;
    return batch;
  }

  readRun(positions: Float64Array, from: number, most: number): FrameBatch | null {
    const { recordHeaderLen, linkType } = this.header;
    this.#run ??= { window: new RecordWindow(this.access, runBytes), batch: new FrameBatchBuffer(runFrames) };
    const { window, batch } = this.#run;
    const base = positions[from];
    window.seek(base);
    batch.rebind(window.bytes, window.view, 0, linkType);
    const end = Math.min(most, runFrames);
    while (batch.count < end) {
      const position = positions[from + batch.count];
      const at = position - base;
      if (at < 0 || at + recordHeaderLen > window.end) break;
      const captured = capturedLen(window.view, at, this.header);
      if (captured > maxCapLen(linkType) || at + recordHeaderLen + captured > window.end) break;
      this.#note(batch, batch.count, at, position);
      batch.count++;
    }
    // A frame that is longer than a read.
    return batch.count > 0 ? batch : this.readAt(base);
  }

  /** Notes the record at index `at` of the batch's bytes as its frame i. */
  #note(batch: FrameBatchBuffer, i: number, at: number, position: number): void {
    const { littleEndian, nanoseconds, recordHeaderLen } = this.header;
    const { view } = batch;
    const fraction = view.getUint32(at + 4, littleEndian);
    const ns = nanoseconds ? fraction : fraction * 1000;
    this.#time.write(batch.tsWords, i, view.getUint32(at, littleEndian), ns);
    batch.offset[i] = at + recordHeaderLen;
    batch.capLen[i] = capturedLen(view, at, this.header);
    batch.origLen[i] = Math.min(originalLen(view, at, this.header), mostOrigLen);
    batch.position[i] = position;
  }
}

function isSwapped(view: DataView, at: number, { lengths, littleEndian }: PcapHeader): boolean {
  if (lengths !== 'maybe-swapped') return lengths === 'swapped';
  return view.getUint32(at + 8, littleEndian) > view.getUint32(at + 12, littleEndian);
}

function capturedLen(view: DataView, at: number, header: PcapHeader): number {
  return view.getUint32(at + (isSwapped(view, at, header) ? 12 : 8), header.littleEndian);
}

function originalLen(view: DataView, at: number, header: PcapHeader): number {
  return view.getUint32(at + (isSwapped(view, at, header) ? 8 : 12), header.littleEndian);
}
