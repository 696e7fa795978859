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

export class Counters {
  frames = 0;
  capturedBytes = 0;
  originalBytes = 0;
  readonly localityFrames = new Float64Array(localityName.length);
  readonly localityBytes = new Float64Array(localityName.length);
  readonly #localityInferred = new Float64Array(localityName.length);
  readonly #evidence = new Float64Array(evidenceName.length);
  readonly #stops = new Float64Array(stopName.length);
  /** Frames by Network value. */
  readonly #networks = new Float64Array(Network.ipv6 + 1);
  /** Frames by the IP protocol that their outermost header leads to; later fragments count for none. */
  readonly #transports = new Float64Array(256);
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
  add(packets: PacketBatch, locality: Uint8Array, evidence: Uint8Array): number {
    const { count, network, ipProtocol, facts, stop, frames } = packets;
    const { capLen, origLen } = frames;
    const { localityFrames, localityBytes } = this;
    const localityInferred = this.#localityInferred;
    const evidences = this.#evidence;
    const stops = this.#stops;
    const networks = this.#networks;
    const transports = this.#transports;
    let capturedBytes = 0;
    let originalBytes = 0;
    let loopbackLinks = 0;
    for (let i = 0; i < count; i++) {
      const verdict = locality[i];
      const original = origLen[i];
      capturedBytes += capLen[i];
      originalBytes += original;
      localityFrames[verdict]++;
      localityBytes[verdict] += original;
      if (evidence[i] === Evidence.inferred) localityInferred[verdict]++;
      evidences[evidence[i]]++;
      stops[stop[i]]++;
      networks[network[i]]++;
      if (network[i] >= Network.ipv4 && (facts[i] & withoutTransport) === 0) transports[ipProtocol[i]]++;
      loopbackLinks += facts[i] & Fact.loopbackLink;
    }
    this.#addTimes(frames.tsWords, count);
    this.frames += count;
    this.capturedBytes += capturedBytes;
    this.originalBytes += originalBytes;
    return loopbackLinks;
  }

  #addTimes(words: Int32Array, count: number): void {
    if (this.frames === 0 && count > 0) {
      this.#firstHigh = this.#lastHigh = words[1];
      this.#firstLow = this.#lastLow = words[0] >>> 0;
    }
    for (let i = 0; i < count; i++) {
      const low = words[2 * i] >>> 0;
      const high = words[2 * i + 1];
      if (high < this.#firstHigh || (high === this.#firstHigh && low < this.#firstLow)) {
        this.#firstHigh = high;
        this.#firstLow = low;
      }
      if (high > this.#lastHigh || (high === this.#lastHigh && low > this.#lastLow)) {
        this.#lastHigh = high;
        this.#lastLow = low;
      }
    }
  }

  get firstTimeNs(): bigint | null {
    return this.frames === 0 ? null : (BigInt(this.#firstHigh) << 32n) | BigInt(this.#firstLow);
  }

  get lastTimeNs(): bigint | null {
    return this.frames === 0 ? null : (BigInt(this.#lastHigh) << 32n) | BigInt(this.#lastLow);
  }

  /** By Locality value. */
  localities(): LocalityCount[] {
    return localityName.map((_, i) => ({
      frames: this.localityFrames[i],
      originalBytes: this.localityBytes[i],
      inferred: this.#localityInferred[i],
    }));
  }

  evidence(): number[] {
    return [...this.#evidence];
  }

  stops(): number[] {
    return [...this.#stops];
  }

  protocols(): ProtocolCounts {
    const transports = this.#transports;
    return {
      ipv4: this.#networks[Network.ipv4],
      ipv6: this.#networks[Network.ipv6],
      arp: this.#networks[Network.arp],
      tcp: transports[IpProtocol.tcp],
      udp: transports[IpProtocol.udp],
      icmp: transports[IpProtocol.icmp],
      icmpv6: transports[IpProtocol.icmpv6],
      igmp: transports[IpProtocol.igmp],
      sctp: transports[IpProtocol.sctp],
      other: this.#networks[Network.none],
    };
  }
}
