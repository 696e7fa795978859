/**
 * What a whole capture adds up to. One pass over the columns of each batch; the sums over localities, over
 * stops and over evidence each equal the frames.
 */
import { Evidence, evidenceName, localityName } from '../classify/locality.js';
import { stopName } from '../decode/layer.js';
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
  capturedBytes = 0;
  originalBytes = 0;
  /** Frames by locality, evidence and stop: (locality · 5 + evidence) · 5 + stop. */
  readonly #verdicts = new Float64Array(verdictSize);
  /** Frames by network and IP protocol: network · 256 + protocol. */
  readonly #protocols = new Float64Array((Network.ipv6 + 1) * 256);
  readonly #localityBytes = new Float64Array(localityName.length);
  /** Earliest and latest time: high word, low word. */
  #firstHigh = 0;
  #firstLow = 0;
  #lastHigh = 0;
  #lastLow = 0;

  /**
   * Adds a batch.
   * @param locality and evidence: one a packet, as classified
   * @returns how many frames had a link header that says loopback
   */
  count(packets: PacketBatch, locality: Uint8Array, evidence: Uint8Array): number {
    const { count, frames } = packets;
    this.#addTimes(frames.tsWords, count);
    this.frames += count;
    this.capturedBytes += sum(frames.capLen, count);
    this.originalBytes += sum(frames.origLen, count);
    tallyBytes(packets, locality, this.#localityBytes);
    tallyVerdicts(packets, locality, evidence, this.#verdicts);
    return tallyProtocols(packets, this.#protocols);
  }

  #addTimes(words: Int32Array, count: number): void {
    if (count === 0) return;
    const isFirst = this.frames === 0;
    // Locals: fields written once a packet would cost more than everything else here.
    let firstHigh = isFirst ? words[1] : this.#firstHigh;
    let firstLow = isFirst ? words[0] >>> 0 : this.#firstLow;
    let lastHigh = isFirst ? words[1] : this.#lastHigh;
    let lastLow = isFirst ? words[0] >>> 0 : this.#lastLow;
    for (let i = 0; i < count; i++) {
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
    this.#firstHigh = firstHigh;
    this.#firstLow = firstLow;
    this.#lastHigh = lastHigh;
    this.#lastLow = lastLow;
  }

  get firstTimeNs(): bigint | null {
    return this.frames === 0 ? null : (BigInt(this.#firstHigh) << 32n) | BigInt(this.#firstLow);
  }

  get lastTimeNs(): bigint | null {
    return this.frames === 0 ? null : (BigInt(this.#lastHigh) << 32n) | BigInt(this.#lastLow);
  }

  /** Sums frames over verdicts into one number per value of a part of their index. */
  #sum(size: number, partOf: (index: number) => number): number[] {
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
    const inferred = new Array<number>(localityName.length).fill(0);
    this.#verdicts.forEach((frames, index) => {
      if (evidenceOf(index) === Evidence.inferred)
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
    return this.#sum(evidences, evidenceOf);
  }

  /** Frames by Stop value. */
  stops(): number[] {
    return this.#sum(stops, (index) => index % stops);
  }

  protocols(): ProtocolCounts {
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

function sum(lengths: Uint32Array, count: number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += lengths[i];
  return total;
}

function tallyBytes({ count, frames }: PacketBatch, locality: Uint8Array, bytes: Float64Array): void {
  const { origLen } = frames;
  for (let i = 0; i < count; i++) bytes[locality[i]] += origLen[i];
}

function tallyVerdicts(
  { count, stop }: PacketBatch,
  locality: Uint8Array,
  evidence: Uint8Array,
  verdicts: Float64Array,
): void {
  for (let i = 0; i < count; i++) verdicts[(locality[i] * evidences + evidence[i]) * stops + stop[i]]++;
}

/** @returns how many frames had a link header that says loopback */
function tallyProtocols({ count, network, ipProtocol, facts }: PacketBatch, protocols: Float64Array): number {
  let loopbackLinks = 0;
  for (let i = 0; i < count; i++) {
    const bits = facts[i];
    protocols[(network[i] << 8) | ((bits & withoutTransport) === 0 ? ipProtocol[i] : noTransport)]++;
    loopbackLinks += bits & Fact.loopbackLink;
  }
  return loopbackLinks;
}

function evidenceOf(index: number): number {
  return Math.floor(index / stops) % evidences;
}
