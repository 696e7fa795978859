/**
 * The copies of own broadcasts and multicasts that packet sockets do not see. Where they are observed, each is joined to
 * its original on a wire; else their number is inferred from the originals.
 *
 *     original   frame 12, eth0     key: addresses, ports, identification, length      kept for a second
 *     copy       frame 13, copies   the same key                                       its original is frame 12
 *
 * Bounded: originals that wait for their copy, and copies that know their original, each have a most.
 */
import type { FrameBatch } from '../capture/frame-batch.js';
import { isMulticastIpv4, isMulticastIpv6 } from '../classify/address-scope.js';
import { isObservedCopy } from '../classify/classify.js';
import { Locality } from '../classify/locality.js';
import { decode } from '../decode/decode.js';
import { Fact, IpProtocol, Network, PacketBatch } from '../decode/packet-batch.js';
import { formatIpv4, formatIpv6 } from '../format/address.js';
import type { HostLookup } from '../host/host-lookup.js';
import type { InferredCopies } from './port.js';

/** A copy comes at once; captures of two kinds differ in when they tell. */
const joinSeconds = 1;
const mostOriginals = 4096;
const mostOfOneKey = 64;
const mostJoined = 65536;

/** What is asked of the host that a batch was seen by; read anew only when there is a multicast to ask for. */
export interface CopyContext {
  /** The frame's number, from 1. */
  readonly numberOf: (i: number) => number;
  readonly interface: string;
  readonly host: () => HostLookup;
}

interface Original {
  readonly number: number;
  readonly seconds: number;
}

export class Copies {
  #broadcast = 0;
  #multicast = 0;
  /** Oldest key first. */
  readonly #originals = new Map<string, Original[]>();
  readonly #originalOfCopy = new Map<number, number>();
  #packets: PacketBatch | null = null;

  #areExpected = false;
  #areObserved = false;

  /**
   * Copies may come, so that originals are kept for them.
   * @param areObserved all of them will, so that none is inferred
   */
  expect(areObserved: boolean): void {
    this.#areExpected = true;
    this.#areObserved ||= areObserved;
  }

  /** How many copies of the originals seen must have looped back unseen. */
  get inferred(): InferredCopies {
    if (this.#areObserved) return { broadcast: 0, multicast: 0 };
    return { broadcast: this.#broadcast, multicast: this.#multicast };
  }

  /** The frame that copy `number` is a copy of; 0 where that is not known. */
  originalOf(number: number): number {
    return this.#originalOfCopy.get(number) ?? 0;
  }

  /** Looks at a batch that was classified. */
  look(batch: FrameBatch, locality: Uint8Array, context: CopyContext): void {
    // Casts are few: found by the engine's own search. A loop over every frame took about 4 % of a whole summary.
    this.#each(Locality.castOriginal, batch, locality, (i) => {
      this.#takeOriginal(this.#decoded(batch, i), i, context);
    });
    if (!this.#areExpected) return;
    for (const verdict of [Locality.broadcastCopy, Locality.multicastCopy]) {
      this.#each(verdict, batch, locality, (i) => this.#takeCopy(this.#decoded(batch, i), i, context));
    }
  }

  #each(verdict: Locality, { count }: FrameBatch, locality: Uint8Array, visit: (i: number) => void): void {
    // Behind `count` stand the verdicts of earlier batches.
    for (let i = locality.indexOf(verdict); i >= 0 && i < count; i = locality.indexOf(verdict, i + 1))
      visit(i);
  }

  /** Decoded here once more, because the fast lane leaves no columns. */
  #decoded(batch: FrameBatch, i: number): PacketBatch {
    if (this.#packets === null || this.#packets.capacity < batch.count) {
      this.#packets = new PacketBatch(Math.max(batch.count, batch.offset.length));
    }
    decode(batch, this.#packets, i, i + 1);
    return this.#packets;
  }

  #takeOriginal(packets: PacketBatch, i: number, context: CopyContext): void {
    if ((packets.facts[i] & Fact.laterFragment) !== 0) return;
    if (!this.#areObserved) this.#infer(packets, i, context);
    if (this.#areExpected) this.#keepOriginal(packets, i, context.numberOf(i));
  }

  #infer(packets: PacketBatch, i: number, { host, interface: name }: CopyContext): void {
    if (!isMulticast(packets, i)) this.#broadcast++;
    else if (!isKernelsOwn(packets, i) && host().isMember(destinationOf(packets, i), name)) this.#multicast++;
  }

  #keepOriginal(packets: PacketBatch, i: number, number: number): void {
    const isFragment = (packets.facts[i] & Fact.fragment) !== 0;
    const key = `${keyOf(packets, i)} ${isFragment ? 'fragment' : lengthOf(packets, i)}`;
    const same = this.#originals.get(key) ?? [];
    // Set again, so that the keys stay in the order of their last original.
    this.#originals.delete(key);
    if (same.length === mostOfOneKey) same.shift();
    same.push({ number, seconds: secondsOf(packets, i) });
    this.#originals.set(key, same);
    if (this.#originals.size > mostOriginals) this.#originals.delete(firstKey(this.#originals));
  }

  #takeCopy(packets: PacketBatch, i: number, { numberOf }: CopyContext): void {
    if (!isObservedCopy(packets, i)) return;
    this.#areObserved = true;
    const key = keyOf(packets, i);
    // A copy loops back before its original is cut into fragments.
    const original =
      this.#take(`${key} ${lengthOf(packets, i)}`, packets, i) ?? this.#take(`${key} fragment`, packets, i);
    if (original === null) return;
    this.#originalOfCopy.set(numberOf(i), original.number);
    if (this.#originalOfCopy.size > mostJoined) this.#originalOfCopy.delete(firstKey(this.#originalOfCopy));
  }

  /** The oldest original of a key that is near enough in time; it has one copy only. */
  #take(key: string, packets: PacketBatch, i: number): Original | null {
    const same = this.#originals.get(key);
    const seconds = secondsOf(packets, i);
    for (let original = same?.shift(); original !== undefined; original = same?.shift()) {
      if (same?.length === 0) this.#originals.delete(key);
      if (Math.abs(original.seconds - seconds) <= joinSeconds) return original;
    }
    return null;
  }

  /** Forgets everything. */
  clear(): void {
    this.#broadcast = 0;
    this.#multicast = 0;
    this.#originals.clear();
    this.#originalOfCopy.clear();
  }
}

function firstKey<Key>(map: ReadonlyMap<Key, unknown>): Key {
  return map.keys().next().value as Key;
}

function isMulticast(packets: PacketBatch, i: number): boolean {
  return packets.network[i] === Network.ipv6
    ? isMulticastIpv6(packets.frames.view, packets.networkOffset[i] + 24)
    : isMulticastIpv4(packets.dstIpv4[i]);
}

/** Neighbour discovery and multicast listener reports: the kernel's own sockets have the copy turned off. */
export function isKernelsOwn({ ipProtocol, transportOffset, frames }: PacketBatch, i: number): boolean {
  if (ipProtocol[i] !== IpProtocol.icmpv6 || transportOffset[i] === 0) return false;
  const type = frames.view.getUint8(transportOffset[i]);
  return (type >= 130 && type <= 137) || type === 143;
}

function destinationOf(packets: PacketBatch, i: number): string {
  if (packets.network[i] !== Network.ipv6) return formatIpv4(packets.dstIpv4[i]);
  return formatIpv6(packets.frames.view, packets.networkOffset[i] + 24);
}

/** What is the same of an original and its copy: addresses, protocol, ports, and IPv4's identification. */
function keyOf(packets: PacketBatch, i: number): string {
  const { view } = packets.frames;
  const at = packets.networkOffset[i];
  const isIpv6 = packets.network[i] === Network.ipv6;
  const src = isIpv6 ? formatIpv6(view, at + 8) : packets.srcIpv4[i];
  const dst = isIpv6 ? formatIpv6(view, at + 24) : packets.dstIpv4[i];
  const identification = isIpv6 ? 0 : view.getUint16(at + 4);
  return `${src} ${dst} ${packets.ipProtocol[i]} ${packets.srcPort[i]} ${packets.dstPort[i]} ${identification}`;
}

/** The datagram's length by its own header. */
function lengthOf({ frames, network, networkOffset }: PacketBatch, i: number): number {
  return frames.view.getUint16(networkOffset[i] + (network[i] === Network.ipv6 ? 4 : 2));
}

function secondsOf({ frames }: PacketBatch, i: number): number {
  return Number(frames.tsNs[i] / 1000n) / 1e6;
}
