/**
 * The shortest way from bytes to counters, for the frames that make up nearly all traffic: plain in shape (see
 * decode/plain.ts), with a verdict that is the same for every packet from this end of its flow. All of such a frame is
 * done in one loop, without a column in between. A frame that is anything else goes through the stages.
 *
 *     frames   p p p p | o o | p p p p p p      p: taken here      o: through decode, classify, flow, counters
 *
 * Verdicts are judged once for each end of a flow and then kept in the flow's entry (see VerdictTags). Both ways leave
 * the same flows and counters (test/analysis/fast-lane.test.ts).
 *
 * Worth it: MEASURE.
 */
import { type FrameBatch, FrameFlag } from '../capture/frame-batch.js';
import { InterfaceRole } from '../capture/source.js';
import { isBroadcastIpv4, isMulticastIpv4 } from '../classify/address-scope.js';
import type { Classifier } from '../classify/classify.js';
import { Locality } from '../classify/locality.js';
import { Fact, IpProtocol, type PacketBatch } from '../decode/packet-batch.js';
import {
  decodePlain,
  ethernetLen,
  etherTypeAndVersion,
  fragmentMask,
  ipv4Len,
  minTcpLen,
  udpLen,
} from '../decode/plain.js';
import { highBeganShift, identityMask, Kind, Word, wordsPerEntry } from '../flow/flow-entry.js';
import { localityBit } from '../flow/flow-report.js';
import type { FlowTable } from '../flow/flow-table.js';
import { isNews } from '../flow/tcp-state.js';
import type { HostLookup } from '../host/host-lookup.js';
import { hashWords } from '../host/ipv6-table.js';
import { type Counters, plainVerdict } from './counters.js';
import { type Timeline, timelineRows } from './timeline.js';
import { noTag, type VerdictTag, type VerdictTags } from './verdict-tags.js';

const minUdpFrame = ethernetLen + ipv4Len + udpLen;
const minTcpFrame = ethernetLen + ipv4Len + minTcpLen;

/** A verdict that is kept, in a byte of the flow's entry; 0 is none. */
const verdictKnown = 0x80;
const verdictMask = 0x7f;
/** Flips the order of signed words into that of unsigned ones: V8 then sees 32-bit integers only. */
const signBit = -0x80000000;

/** Why the loop stands at a frame: the lane knows no verdict for it, or its time is not within the run's. */
const Halt = { batchEnd: 0, odd: 1, time: 2, unknown: 3 } as const;
type Halt = (typeof Halt)[keyof typeof Halt];

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

export class FastLane {
  /** Frames taken by the last take() whose MAC addresses are all zero. */
  loopbackLinks = 0;
  /** Tags for frames with MAC addresses, and for those whose addresses are all zero. */
  #tag: VerdictTag = noTag;
  #loopbackTag: VerdictTag = noTag;
  /** Time of the frame before: frames of a run are in order of time. The low word is that of the time ^ signBit. */
  #beforeHigh = 0;
  #beforeLow = 0;
  #halt: Halt = Halt.batchEnd;

  /**
   * @param tables to count into
   * @param packets for frames that the lane must look at more closely
   */
  constructor(
    readonly tables: LaneTables,
    readonly packets: PacketBatch,
    readonly tags: VerdictTags,
  ) {}

  /**
   * Takes frames from the one at `from` on, as far as they are of the lane's kind.
   * @param frames of linktype Ethernet
   * @param classifier of their host
   * @param role of their interface
   * @returns the first frame that was not taken
   */
  take(frames: FrameBatch, from: number, classifier: Classifier, role: InterfaceRole): number {
    const { counters } = this.tables;
    this.loopbackLinks = 0;
    let at = from;
    this.#startRun(frames, at);
    for (;;) {
      this.#tag = this.tags.tagOf(classifier, role);
      this.#loopbackTag =
        role === InterfaceRole.unknown ? this.tags.tagOf(classifier, InterfaceRole.loopback) : this.#tag;
      const runStart = at;
      at = this.#run(frames, runStart);
      if (at > runStart) counters.noteTime(frames.tsWords[2 * at - 1], frames.tsWords[2 * at - 2]);
      if (this.#halt === Halt.unknown) {
        if (!this.#learn(frames, at, classifier, role)) break;
      } else if (this.#halt === Halt.time) this.#startRun(frames, at);
      else break;
    }
    return at;
  }

  /** Begins a run at frame i, at whose time the timeline then stands. */
  #startRun({ tsWords }: FrameBatch, i: number): void {
    const { counters, timeline } = this.tables;
    const high = tsWords[2 * i + 1];
    const low = tsWords[2 * i];
    this.#beforeHigh = high;
    this.#beforeLow = low ^ signBit;
    timeline.seek(high, low);
    counters.noteTime(high, low);
  }

  /**
   * Finds the verdict on frame i's end of its flow, and keeps it in the flow's entry, which is made if it is new.
   * @returns false for a frame that must go through the stages
   */
  #learn(frames: FrameBatch, i: number, classifier: Classifier, role: InterfaceRole): boolean {
    const { packets } = this;
    const { flows, locality, evidence } = this.tables;
    packets.frames = frames;
    packets.first = i;
    packets.count = i + 1;
    if (!decodePlain(frames, packets, i)) return false;
    classifier.classify(packets, role, locality, evidence);
    if (!isSteady(locality[i], packets.dstIpv4[i], classifier.host)) return false;
    const tag = (packets.facts[i] & Fact.loopbackLink) === 0 ? this.#tag : this.#loopbackTag;
    if (tag === noTag) return false;
    const entry = flows.entryOf(packets, i);
    if (entry < 0) return false;
    const { entries } = flows;
    const shift = flows.isSrcHigh[i] << 3;
    const before = entries[entry + Word.verdicts];
    const other = before >> 16 === tag ? before & (0xff00 >> shift) : 0;
    const verdict = verdictKnown | plainVerdict.of(locality[i], evidence[i]);
    entries[entry + Word.verdicts] = (tag << 16) | other | (verdict << shift);
    entries[entry + Word.kind] |= localityBit(locality[i] as Locality);
    return true;
  }

  /** The loop. @returns the frame that it stands at, and leaves why in #halt */
  #run(frames: FrameBatch, from: number): number {
    const { flows, counters, timeline, locality, evidence, flowId } = this.tables;
    const { count, view, offset, capLen, origLen, tsWords, flags } = frames;
    const { entries, doubles } = flows;
    const slots = flows.slots.ids;
    const { plainFrames, plainBytes } = counters;
    const { counts, endHigh } = timeline;
    const row = timeline.here * timelineRows;
    const endLow = timeline.endLow ^ signBit;
    const slotMask = slots.length - 1;
    const tag = this.#tag;
    const loopbackTag = this.#loopbackTag;
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
        flows.noteTcp(entry, tcpFlags, view.getInt32(ip + ipv4Len + 4), way === 0);
      }
      const plain = verdict & verdictMask;
      const index = (plain << 1) | (protocol === IpProtocol.tcp ? 1 : 0);
      plainFrames[index]++;
      plainBytes[index] += original;
      capturedBytes += captured;
      loopbackLinks += isZeroLink;
      counts[row + plainVerdict.localityOf(plain)]++;
      flowId[i] = id;
      locality[i] = plainVerdict.localityOf(plain);
      evidence[i] = plainVerdict.evidenceOf(plain);
      halt = Halt.batchEnd;
    }
    this.#halt = halt;
    this.#beforeHigh = beforeHigh;
    this.#beforeLow = beforeLow;
    this.loopbackLinks += loopbackLinks;
    counters.addPlain(i - from, capturedBytes);
    return i;
  }
}

/** Will every packet from this end of the flow get this verdict? Of a cast the direction decides, a stray is looked into. */
function isSteady(locality: number, dst: number, host: HostLookup): boolean {
  if (locality === Locality.stray) return false;
  return !isMulticastIpv4(dst) && !isBroadcastIpv4(dst) && !host.isBroadcast(dst);
}
