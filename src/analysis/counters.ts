/**
 * What a whole capture adds up to. One pass over the columns of each batch; the sums over localities, over
 * stops and over evidence each equal the frames.
 */
import type { FrameBatch } from '../capture/frame-batch.js';
import {
  Evidence,
  evidenceName,
  evidenceOf,
  localityName,
  localityOf,
  packedVerdicts,
} from '../classify/locality.js';
import { Stop, stopName } from '../decode/layer.js';
import { Fact, IpProtocol, Network, type PacketBatch } from '../decode/packet-batch.js';
import type { LocalityCount, ProtocolCounts } from './port.js';

/** Facts of a frame whose outermost IP header leads to no transport of its own. */
const withoutTransport = Fact.laterFragment | Fact.authenticated;

/** Frames are counted by what is true of them together, so that a packet costs three additions; sums are made on demand. */
const evidences = evidenceName.length;
const stops = stopName.length;
const verdictSize = localityName.length * evidences * stops;
/** In place of an IP protocol, for a frame that leads to none. */
const noTransport = 255;

export class Counters {
  frames = 0;
  /** Captured and original bytes; doubles from the first, so that code over them need not be compiled anew. */
  readonly #bytes = new Float64Array(2);
  /** Frames by locality, evidence and stop: (locality · 5 + evidence) · 5 + stop. */
  readonly #verdicts = new Float64Array(verdictSize);
  /** Frames by network and IP protocol: network · 256 + protocol. */
  readonly #protocols = new Float64Array((Network.ipv6 + 1) * 256);
  readonly #localityBytes = new Float64Array(localityName.length);
  /** Earliest and latest time: high word, low word of each. */
  readonly #times = Float64Array.of(Number.POSITIVE_INFINITY, 0, Number.NEGATIVE_INFINITY, 0);
  /**
   * Frames and bytes that the fast lane counted, IPv4 and complete: 2 · the packed verdict + 1 for TCP, + 0 for UDP. Moved to
   * the tables above before these are read.
   */
  readonly plainFrames = new Float64Array(2 * packedVerdicts);
  readonly plainBytes = new Float64Array(2 * packedVerdicts);

  /**
   * Adds a batch.
   * @param locality and evidence: one a packet, as classified
   * @returns how many frames had a link header that says loopback
   */
  count(packets: PacketBatch, locality: Uint8Array, evidence: Uint8Array): number {
    const { first, count, frames } = packets;
    this.#addTimes(frames.tsWords, first, count);
    this.frames += count - first;
    this.#bytes[0] += sum(frames.capLen, first, count);
    this.#bytes[1] += sum(frames.origLen, first, count);
    tallyBytes(packets, locality, this.#localityBytes);
    tallyVerdicts(packets, locality, evidence, this.#verdicts);
    return tallyProtocols(packets, this.#protocols);
  }

  /** Adds a batch that nobody has judged: frames, bytes and times. */
  countUnjudged({ tsWords, capLen, origLen, count }: FrameBatch): void {
    this.#addTimes(tsWords, 0, count);
    this.frames += count;
    this.#bytes[0] += sum(capLen, 0, count);
    this.#bytes[1] += sum(origLen, 0, count);
  }

  #addTimes(words: Int32Array, first: number, count: number): void {
    // Locals: elements written once a packet would cost more than everything else here.
    let [firstHigh, firstLow, lastHigh, lastLow] = this.#times;
    for (let i = first; i < count; i++) {
      const low = words[2 * i] >>> 0;
      const high = words[2 * i + 1];
      if (high < firstHigh || (high === firstHigh && low < firstLow)) {
        firstHigh = high;
        firstLow = low;
      }
      if (high > lastHigh || (high === lastHigh && low > lastLow)) {
        lastHigh = high;
        lastLow = low;
      }
    }
    this.noteTime(firstHigh, firstLow);
    this.noteTime(lastHigh, lastLow);
  }

  /** Notes the time of a frame, given in two signed words. */
  noteTime(high: number, signedLow: number): void {
    const times = this.#times;
    const low = signedLow >>> 0;
    if (high < times[0] || (high === times[0] && low < times[1])) {
      times[0] = high;
      times[1] = low;
    }
    if (high > times[2] || (high === times[2] && low > times[3])) {
      times[2] = high;
      times[3] = low;
    }
  }

  get firstTimeNs(): bigint | null {
    return this.frames === 0 ? null : (BigInt(this.#times[0]) << 32n) | BigInt(this.#times[1]);
  }

  get lastTimeNs(): bigint | null {
    return this.frames === 0 ? null : (BigInt(this.#times[2]) << 32n) | BigInt(this.#times[3]);
  }

  get capturedBytes(): number {
    return this.#bytes[0];
  }

  /** Adds frames that the fast lane took. */
  addPlain(frames: number, capturedBytes: number): void {
    this.frames += frames;
    this.#bytes[0] += capturedBytes;
  }

  get originalBytes(): number {
    this.#settle();
    return this.#bytes[1];
  }

  /** Moves what the fast lane counted to the tables of all frames. */
  #settle(): void {
    const { plainFrames, plainBytes } = this;
    for (let index = 0; index < plainFrames.length; index++) {
      const frames = plainFrames[index];
      if (frames === 0) continue;
      const locality = localityOf(index >> 1);
      const protocol = (index & 1) === 1 ? IpProtocol.tcp : IpProtocol.udp;
      this.#bytes[1] += plainBytes[index];
      this.#localityBytes[locality] += plainBytes[index];
      this.#verdicts[(locality * evidences + evidenceOf(index >> 1)) * stops + Stop.complete] += frames;
      this.#protocols[Network.ipv4 * 256 + protocol] += frames;
      plainFrames[index] = 0;
      plainBytes[index] = 0;
    }
  }

  /** Sums frames over verdicts into one number per value of a part of their index. */
  #sum(size: number, partOf: (index: number) => number): number[] {
    this.#settle();
    const sums = new Array<number>(size).fill(0);
    this.#verdicts.forEach((frames, index) => {
      sums[partOf(index)] += frames;
    });
    return sums;
  }

  /** Frames by Locality value. */
  localityFrames(): number[] {
    return this.#sum(localityName.length, (index) => Math.floor(index / (evidences * stops)));
  }

  /** By Locality value. */
  localities(): LocalityCount[] {
    this.#settle();
    const inferred = new Array<number>(localityName.length).fill(0);
    this.#verdicts.forEach((frames, index) => {
      if (evidencePart(index) === Evidence.inferred)
        inferred[Math.floor(index / (evidences * stops))] += frames;
    });
    return this.localityFrames().map((frames, i) => ({
      frames,
      originalBytes: this.#localityBytes[i],
      inferred: inferred[i],
    }));
  }

  /** Frames by Evidence value. */
  evidence(): number[] {
    return this.#sum(evidences, evidencePart);
  }

  /** Frames by Stop value. */
  stops(): number[] {
    return this.#sum(stops, (index) => index % stops);
  }

  protocols(): ProtocolCounts {
    this.#settle();
    const ip = (protocol: number): number =>
      this.#protocols[Network.ipv4 * 256 + protocol] + this.#protocols[Network.ipv6 * 256 + protocol];
    const network = (value: Network): number =>
      this.#protocols.subarray(value * 256, (value + 1) * 256).reduce((sum, frames) => sum + frames, 0);
    return {
      ipv4: network(Network.ipv4),
      ipv6: network(Network.ipv6),
      arp: network(Network.arp),
      tcp: ip(IpProtocol.tcp),
      udp: ip(IpProtocol.udp),
      icmp: ip(IpProtocol.icmp),
      icmpv6: ip(IpProtocol.icmpv6),
      igmp: ip(IpProtocol.igmp),
      sctp: ip(IpProtocol.sctp),
      other: network(Network.none),
    };
  }
}

// One small loop each: V8 compiled one large loop over everything only after most of the work in a third of the runs.

function sum(lengths: Uint32Array, first: number, count: number): number {
  let total = 0;
  for (let i = first; i < count; i++) total += lengths[i];
  return total;
}

function tallyBytes({ first, count, frames }: PacketBatch, locality: Uint8Array, bytes: Float64Array): void {
  const { origLen } = frames;
  for (let i = first; i < count; i++) bytes[locality[i]] += origLen[i];
}

function tallyVerdicts(
  { first, count, stop }: PacketBatch,
  locality: Uint8Array,
  evidence: Uint8Array,
  verdicts: Float64Array,
): void {
  for (let i = first; i < count; i++) verdicts[(locality[i] * evidences + evidence[i]) * stops + stop[i]]++;
}

/** @returns how many frames had a link header that says loopback */
function tallyProtocols(
  { first, count, network, ipProtocol, facts }: PacketBatch,
  protocols: Float64Array,
): number {
  let loopbackLinks = 0;
  for (let i = first; i < count; i++) {
    const bits = facts[i];
    protocols[(network[i] << 8) | ((bits & withoutTransport) === 0 ? ipProtocol[i] : noTransport)]++;
    loopbackLinks += bits & Fact.loopbackLink;
  }
  return loopbackLinks;
}

function evidencePart(index: number): number {
  return Math.floor(index / stops) % evidences;
}
