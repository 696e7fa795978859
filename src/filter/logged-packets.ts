/**
 * Filters over LINKTYPE_NFLOG: the packet in the frame is what is asked of, as one without a link header. The attributes
 * before it have any length, which BPF cannot walk; libpcap refuses such filters for that reason.
 */
import type { FrameBatch } from '../capture/frame-batch.js';
import { NflogEnd, NflogFrame } from '../capture/nflog-frame.js';
import type { BatchFilter } from './to-javascript.js';

/** @param filter over packets of LINKTYPE_RAW; a frame that holds no packet is one of no bytes to it */
export function filterLoggedPackets(filter: BatchFilter): BatchFilter {
  const frame = new NflogFrame();
  let packets = columns(0);
  return (frames, selected) => {
    const { view, count, offset, capLen, origLen } = frames;
    if (packets.offset.length < count) packets = columns(count);
    for (let i = 0; i < count; i++) {
      const end = offset[i] + capLen[i];
      const ending = frame.read(view, offset[i], end, end - capLen[i] + Math.max(capLen[i], origLen[i]));
      const isThere = ending === NflogEnd.payload;
      packets.offset[i] = isThere ? frame.payloadOffset : end;
      packets.capLen[i] = isThere ? frame.payloadLen : 0;
      packets.origLen[i] = packets.capLen[i] + Math.max(0, origLen[i] - capLen[i]);
    }
    return filter({ ...packets, view, count } as unknown as FrameBatch, selected);
  };
}

function columns(count: number): Pick<FrameBatch, 'offset' | 'capLen' | 'origLen'> {
  return {
    offset: new Uint32Array(count),
    capLen: new Uint32Array(count),
    origLen: new Uint32Array(count),
  };
}
