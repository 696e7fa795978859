/**
 * Filters over LINKTYPE_NFLOG: the packet in the frame is what is asked of, as one without a link header. The attributes
 * before it have any length, which BPF cannot walk; libpcap refuses such filters for that reason.
 */
import type { FrameBatch } from '../capture/frame-batch.js';
import { NflogEnd, NflogFrame } from '../capture/nflog-frame.js';
import type { Selection } from './compile.js';
import type { BatchFilter } from './to-javascript.js';

/** @param selection over packets of LINKTYPE_RAW; a frame that holds no packet is one of no bytes to it */
export function ofLoggedPackets(selection: Selection): Selection {
  if ('filter' in selection) return { filter: filterOfLoggedPackets(selection.filter) };
  const packets = new LoggedPackets();
  return {
    marker: (facts, marks) => selection.marker({ ...facts, frames: packets.of(facts.frames) }, marks),
  };
}

/** The same of a filter alone. */
export function filterOfLoggedPackets(filter: BatchFilter): BatchFilter {
  const packets = new LoggedPackets();
  return (frames, selected) => filter(packets.of(frames), selected);
}

class LoggedPackets {
  readonly #frame = new NflogFrame();
  #columns = columnsFor(0);

  /** The batch with packets in place of frames. */
  of(frames: FrameBatch): FrameBatch {
    const { view, count, offset, capLen, origLen } = frames;
    if (this.#columns.offset.length < count) this.#columns = columnsFor(count);
    const packets = this.#columns;
    const frame = this.#frame;
    for (let i = 0; i < count; i++) {
      const end = offset[i] + capLen[i];
      const ending = frame.read(view, offset[i], end, end - capLen[i] + Math.max(capLen[i], origLen[i]));
      const isThere = ending === NflogEnd.payload;
      packets.offset[i] = isThere ? frame.payloadOffset : end;
      packets.capLen[i] = isThere ? frame.payloadLen : 0;
      packets.origLen[i] = packets.capLen[i] + Math.max(0, origLen[i] - capLen[i]);
    }
    return { ...frames, ...packets };
  }
}

function columnsFor(count: number): Pick<FrameBatch, 'offset' | 'capLen' | 'origLen'> {
  return {
    offset: new Uint32Array(count),
    capLen: new Uint32Array(count),
    origLen: new Uint32Array(count),
  };
}
