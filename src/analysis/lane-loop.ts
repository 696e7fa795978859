/**
 * The loop of the fast lane (fast-lane.ts), and what every version of it is. This one runs everywhere and is the reference
 * for the one in C (native-lane-loop.ts, src/native/lane.c).
 */

import { type FrameBatch, FrameFlag } from '../capture/frame-batch.js';
import { evidenceOf, localityOf } from '../classify/locality.js';
import { IpProtocol } from '../decode/packet-batch.js';
import {
  ethernetLen,
  etherTypeAndVersion,
  fragmentMask,
  ipv4Len,
  minTcpLen,
  udpLen,
} from '../decode/plain.js';
import { highBeganShift, identityMask, Kind, Word, wordsPerEntry } from '../flow/flow-entry.js';
import type { FlowTable } from '../flow/flow-table.js';
import { isNews, noteTcp } from '../flow/tcp-state.js';
import { hashWords } from '../host/ipv6-table.js';
import type { Counters } from './counters.js';
import { type Timeline, timelineRows } from './timeline.js';
import type { VerdictTag } from './verdict-tags.js';

const minUdpFrame = ethernetLen + ipv4Len + udpLen;
const minTcpFrame = ethernetLen + ipv4Len + minTcpLen;

/** A verdict that is kept, in a byte of the flow's entry; 0 is none. */
export const verdictKnown = 0x80;
const verdictMask = 0x7f;
/** Flips the order of signed words into that of unsigned ones: V8 then sees 32-bit integers only. */
const signBit = -0x80000000;

/** Why the loop stands at a frame: the lane knows no verdict for it, or its time is not within the run's. */
export const Halt = { batchEnd: 0, odd: 1, time: 2, unknown: 3 } as const;
export type Halt = (typeof Halt)[keyof typeof Halt];

/** What a lane counts into. */
export interface LaneTables {
  readonly flows: FlowTable;
  readonly counters: Counters;
  readonly timeline: Timeline;
  /** Receive what was found of each frame. */
  readonly locality: Uint8Array;
  readonly evidence: Uint8Array;
  readonly flowId: Uint32Array;
}

/** Counts frames whose verdict is known. */
export interface LaneLoop {
  /** Why the last run() stands where it does. */
  readonly halt: Halt;
  /** Frames taken by the last run() whose MAC addresses are all zero, and captured bytes of all that it took. */
  readonly loopbackLinks: number;
  readonly capturedBytes: number;
  /** Called with every batch before its runs, after which its frames stay what they are. */
  take(frames: FrameBatch): void;
  /** Begins a run at a time, at which the timeline stands: frames of a run are in order of time. */
  startRun(high: number, low: number): void;
  /**
   * Counts frames from the one at `from` on.
   * @param tag of verdicts on frames with MAC addresses
   * @param loopbackTag of those whose addresses are all zero
   * @returns the frame that it stands at
   */
  run(frames: FrameBatch, from: number, tag: VerdictTag, loopbackTag: VerdictTag): number;
}

export class PortableLaneLoop implements LaneLoop {
  halt: Halt = Halt.batchEnd;
  loopbackLinks = 0;
  capturedBytes = 0;
  /** Time of the frame before. The low word is that of the time ^ signBit. */
  #beforeHigh = 0;
  #beforeLow = 0;

  constructor(readonly tables: LaneTables) {}

  take(): void {}

  startRun(high: number, low: number): void {
    this.#beforeHigh = high;
    this.#beforeLow = low ^ signBit;
  }

  run(frames: FrameBatch, from: number, tag: VerdictTag, loopbackTag: VerdictTag): number {
    const { flows, counters, timeline, locality, evidence, flowId } = this.tables;
    const { count, view, offset, capLen, origLen, tsWords, flags } = frames;
    const { entries, doubles } = flows;
    const slots = flows.slots.ids;
    const { plainFrames, plainBytes } = counters;
    const { counts, endHigh } = timeline;
    const row = timeline.here * timelineRows;
    const endLow = timeline.endLow ^ signBit;
    const slotMask = slots.length - 1;
    let beforeHigh = this.#beforeHigh;
    let beforeLow = this.#beforeLow;
    let capturedBytes = 0;
    let loopbackLinks = 0;
    let halt: Halt = Halt.batchEnd;
    let i = from;
    for (; i < count; i++) {
      halt = Halt.odd;
      const frame = offset[i];
      const captured = capLen[i];
      if (captured < minUdpFrame || view.getUint32(frame + 12) >>> 8 !== etherTypeAndVersion) break;
      const ip = frame + ethernetLen;
      if ((view.getUint16(ip + 6) & fragmentMask) !== 0 || (flags[i] & FrameFlag.observedCopy) !== 0) break;
      const totalLen = view.getUint16(ip + 2);
      const protocol = view.getUint8(ip + 9);
      let tcpFlags = 0;
      if (protocol === IpProtocol.tcp) {
        if (captured < minTcpFrame) break;
        const word = view.getUint16(ip + ipv4Len + 12);
        const headerLen = (word >> 12) * 4;
        if (headerLen < minTcpLen || ethernetLen + ipv4Len + headerLen > captured) break;
        if (totalLen < ipv4Len + headerLen) break;
        tcpFlags = word & 0xff;
      } else if (protocol === IpProtocol.udp) {
        const datagramLen = view.getUint16(ip + ipv4Len + 4);
        if (datagramLen < udpLen || ipv4Len + datagramLen > totalLen) break;
      } else break;

      const timeLow = tsWords[2 * i];
      const timeHigh = tsWords[2 * i + 1];
      const orderedLow = timeLow ^ signBit;
      const isEarly = timeHigh < beforeHigh || (timeHigh === beforeHigh && orderedLow < beforeLow);
      if (isEarly || timeHigh > endHigh || (timeHigh === endHigh && orderedLow >= endLow)) {
        halt = Halt.time;
        break;
      }

      // The key, as FlowKeys takes it, and the entry.
      let low = view.getInt32(ip + 12);
      let high = view.getInt32(ip + 16);
      let ports = view.getInt32(ip + ipv4Len);
      let isSrcHigh = 0;
      if (low > high || (low === high && ports >>> 16 > (ports & 0xffff))) {
        const src = low;
        low = high;
        high = src;
        ports = (ports << 16) | (ports >>> 16);
        isSrcHigh = 1;
      }
      const identity = protocol | Kind.used;
      const hash = hashWords(low, high, ports, identity);
      let slot = hash & slotMask;
      let id = slots[slot];
      let entry = (id - 1) * wordsPerEntry;
      while (
        id !== 0 &&
        ((entries[entry] ^ low) |
          (entries[entry + Word.high] ^ high) |
          (entries[entry + Word.ports] ^ ports) |
          ((entries[entry + Word.kind] & identityMask) ^ identity)) !==
          0
      ) {
        slot = (slot + 1) & slotMask;
        id = slots[slot];
        entry = (id - 1) * wordsPerEntry;
      }
      const isZeroLink =
        (view.getUint32(frame) | view.getUint32(frame + 4) | view.getUint32(frame + 8)) === 0 ? 1 : 0;
      const kept = id === 0 ? 0 : entries[entry + Word.verdicts];
      const verdict = (kept >> (isSrcHigh << 3)) & 0xff;
      if (kept >> 16 !== (isZeroLink === 1 ? loopbackTag : tag) || verdict === 0) {
        halt = Halt.unknown;
        break;
      }

      beforeHigh = timeHigh;
      beforeLow = orderedLow;
      const original = origLen[i];
      const way = isSrcHigh ^ ((entries[entry + Word.kind] >> highBeganShift) & 1);
      entries[entry + Word.forwardFrames + way]++;
      doubles[((entry + Word.forwardBytes) >> 1) + way] += original;
      entries[entry + Word.lastTime] = timeLow;
      entries[entry + Word.lastTime + 1] = timeHigh;
      if (tcpFlags !== 0 && isNews(entries, entry, tcpFlags, way === 0)) {
        noteTcp(entries, doubles, entry, tcpFlags, view.getInt32(ip + ipv4Len + 4), way === 0);
      }
      const plain = verdict & verdictMask;
      const index = (plain << 1) | (protocol === IpProtocol.tcp ? 1 : 0);
      plainFrames[index]++;
      plainBytes[index] += original;
      capturedBytes += captured;
      loopbackLinks += isZeroLink;
      counts[row + localityOf(plain)]++;
      flowId[i] = id;
      locality[i] = localityOf(plain);
      evidence[i] = evidenceOf(plain);
      halt = Halt.batchEnd;
    }
    this.halt = halt;
    this.#beforeHigh = beforeHigh;
    this.#beforeLow = beforeLow;
    this.loopbackLinks = loopbackLinks;
    this.capturedBytes = capturedBytes;
    return i;
  }
}
