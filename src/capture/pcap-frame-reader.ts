/**
 * Records of a classic pcap file, one by one: pcap-reader.ts reads them in order and says what they look like.
 */
import { type FrameBatch, FrameBatchBuffer, mostOrigLen } from './frame-batch.js';
import { type FrameReader, RecordWindow } from './frame-reader.js';
import { maxCapLen, type PcapHeader } from './pcap-reader.js';
import type { RandomAccess } from './random-access.js';
import { TimestampWriter } from './timestamp.js';

export class PcapFrameReader implements FrameReader {
  readonly #window: RecordWindow;
  readonly #batch = new FrameBatchBuffer(1);
  readonly #time = new TimestampWriter();

  constructor(
    readonly access: RandomAccess,
    readonly header: PcapHeader,
  ) {
    this.#window = new RecordWindow(access);
  }

  readAt(position: number): FrameBatch | null {
    const window = this.#window;
    const { littleEndian, nanoseconds, recordHeaderLen, linkType } = this.header;
    window.seek(position);
    if (!window.fill(recordHeaderLen)) return null;
    const { captured, original } = recordLengths(window.view, this.header);
    if (captured > maxCapLen(linkType) || !window.fill(recordHeaderLen + captured)) return null;
    const { bytes, view } = window;
    const batch = this.#batch;
    batch.rebind(bytes, view, 0, linkType);
    const fraction = view.getUint32(4, littleEndian);
    this.#time.write(
      batch.tsWords,
      0,
      view.getUint32(0, littleEndian),
      nanoseconds ? fraction : fraction * 1000,
    );
    batch.offset[0] = recordHeaderLen;
    batch.capLen[0] = captured;
    batch.origLen[0] = Math.min(original, mostOrigLen);
    batch.position[0] = position;
    batch.count = 1;
    return batch;
  }
}

function recordLengths(view: DataView, header: PcapHeader): { captured: number; original: number } {
  const first = view.getUint32(8, header.littleEndian);
  const second = view.getUint32(12, header.littleEndian);
  const isSwapped = header.lengths === 'swapped' || (header.lengths === 'maybe-swapped' && first > second);
  return isSwapped ? { captured: second, original: first } : { captured: first, original: second };
}
