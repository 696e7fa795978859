/**
 * Counts the host's own broadcasts and multicasts on the wires of a network namespace, and infers from them and from who
 * has joined how many copies looped back (analysis/copies.ts). One socket for all interfaces; nothing of it makes a
 * check blind.
 *
 * Below a bridge, a bond or a VLAN one datagram passes several interfaces: it counts on the one whose address it comes
 * from, and everywhere where no interface but loopback has that address.
 */
import { Copies } from '../analysis/copies.js';
import { batchCapacity, type FrameBatch } from '../capture/frame-batch.js';
import { netnsPath } from '../capture/live-sockets.js';
import { NamespaceLook } from '../capture/namespace-look.js';
import { openRings } from '../capture/open-ring.js';
import { smallBlockLen } from '../capture/ring-setup.js';
import type { RingSource } from '../capture/ring-source.js';
import { InterfaceRole } from '../capture/source.js';
import { Turns } from '../capture/turns.js';
import { isMulticastIpv4 } from '../classify/address-scope.js';
import { Classifier } from '../classify/classify.js';
import { Evidence, Locality } from '../classify/locality.js';
import { decode } from '../decode/decode.js';
import { Fact, Network, PacketBatch } from '../decode/packet-batch.js';
import { formatIpv4, formatIpv6 } from '../format/address.js';
import { formatCount } from '../format/units.js';
import { HostLookup } from '../host/host-lookup.js';
import type { HostModel } from '../host/host-model.js';
import { type OwnAddress, readLinksOf } from '../host/links.js';
import { linuxHostOf } from '../host/linux-host.js';
import { castProgram, mostBroadcasts } from './cast-filter.js';
import { endReason } from './open-failure.js';

/** Broadcast addresses that come are asked for so soon; members are looked for when an original is seen. */
const refreshMs = 5000;
/** A member that comes is known so soon, where reading the tables is quick. */
const leastAgeMs = 50;
/** At most a hundredth of the time goes into reading the tables. */
const restPerRead = 99;
const ringOptions = {
  interfaces: ['any'],
  filter: '',
  snapLen: 128,
  bufferBytes: 1 << 20,
  blockLen: smallBlockLen,
} as const;
/** Then it is known that there are many, and counting each costs more than it tells. */
const mostOriginals = 100_000;
/** Where an SLL2 header has the interface's index. */
const indexOffset = 4;

export class CastWatch {
  readonly originals = { broadcast: 0, multicast: 0 };
  readonly #look: NamespaceLook;
  #source!: RingSource;
  #done!: Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  readonly #copies = new Copies();
  readonly #packets = new PacketBatch(batchCapacity);
  readonly #locality = new Uint8Array(batchCapacity);
  readonly #evidence = new Uint8Array(batchCapacity);
  #model: HostModel;
  /** The broadcast addresses that are asked for. */
  #asked = '';
  #classifier: Classifier;
  /** By index. */
  #names = new Map<number, string>();
  /** The interfaces that have an address, by its text. */
  readonly #owners = new Map<string, Set<string>>();
  #readMs = 0;
  #restMs = 0;
  #isTooMany = false;
  #isOutdated = false;
  #failure: string | null = null;

  private constructor(readonly netns: string | null) {
    this.#look = new NamespaceLook(netns);
    this.#model = this.#read();
    this.#classifier = new Classifier(new HostLookup(this.#model));
  }

  /**
   * @param netns path of a network namespace, or null
   * @throws CaptureError where nothing can be captured
   */
  static async open(netns: string | null): Promise<CastWatch> {
    const watch = new CastWatch(netns);
    try {
      await watch.#begin();
    } catch (error) {
      watch.#look.close();
      throw error;
    }
    return watch;
  }

  async #begin(): Promise<void> {
    const { broadcasts } = this.#model;
    const program = castProgram(broadcasts);
    this.#asked = broadcasts.join();
    this.#source = await openRings({
      ...ringOptions,
      netns: this.netns,
      look: this.#look.sockets,
      program,
    });
    this.#timer = setInterval(() => this.#refresh(), refreshMs);
    this.#done = this.#run().catch((error) => {
      this.#failure = endReason(error);
    });
  }

  /** Copies that must have looped back. */
  get inferred(): { readonly broadcast: number; readonly multicast: number } {
    return this.#copies.inferred;
  }

  #read(): HostModel {
    const beganMs = performance.now();
    const model = linuxHostOf(this.#look.hostTables());
    this.#readNames();
    this.#readMs = performance.now();
    this.#restMs = Math.max(leastAgeMs, restPerRead * (this.#readMs - beganMs));
    return model;
  }

  #readNames(): void {
    const there = this.#look.interfaces();
    this.#names = new Map(there.map(({ index, name }) => [index, name]));
    const loopbacks = new Set(there.filter(({ isLoopback }) => isLoopback).map(({ name }) => name));
    this.#owners.clear();
    for (const { interface: name, address } of this.#addresses()) {
      if (loopbacks.has(name)) continue;
      const owners = this.#owners.get(address) ?? new Set();
      this.#owners.set(address, owners.add(name));
    }
  }

  /** None where another program had to open the namespace for this one. */
  #addresses(): readonly OwnAddress[] {
    try {
      return readLinksOf(this.netns === null ? null : netnsPath(this.netns)).addresses;
    } catch {
      return [];
    }
  }

  /** Takes the host as it is now, unless that was a moment ago. */
  #refresh(): void {
    if (performance.now() < this.#readMs + this.#restMs) return;
    this.#model = this.#read();
    this.#classifier = new Classifier(new HostLookup(this.#model));
    const { broadcasts } = this.#model;
    if (broadcasts.join() === this.#asked) return;
    this.#asked = broadcasts.join();
    try {
      this.#source.replaceProgram(() => castProgram(broadcasts));
    } catch {
      this.#isOutdated = true;
    }
  }

  async #run(): Promise<void> {
    const turns = new Turns();
    for await (const batch of this.#source) {
      this.#take(batch);
      batch.release();
      if (this.originals.broadcast + this.originals.multicast > mostOriginals) {
        this.#isTooMany = true;
        void this.#source.close();
      }
      await turns.give();
    }
  }

  #take(batch: FrameBatch): void {
    this.#refresh();
    const { count } = batch;
    const packets = this.#packets;
    decode(batch, packets, 0, count);
    this.#classifier.classify(packets, InterfaceRole.wire, this.#locality, this.#evidence);
    const byInterface = new Map<number, number[]>();
    for (let i = 0; i < count; i++) {
      const index = batch.view.getUint32(batch.offset[i] + indexOffset);
      const isOriginal = this.#isOriginal(packets, i, this.#names.get(index));
      this.#locality[i] = Locality.external;
      if (!isOriginal) continue;
      byInterface.set(index, [...(byInterface.get(index) ?? []), i]);
      this.originals[kindOf(packets, i)]++;
    }
    for (const [index, frames] of byInterface) this.#infer(batch, this.#names.get(index)!, frames);
  }

  #isOriginal(packets: PacketBatch, i: number, name: string | undefined): boolean {
    // What is forwarded goes out too, and a datagram's further fragments are not further datagrams.
    const isOwn = this.#locality[i] === Locality.castOriginal && this.#evidence[i] !== Evidence.inferred;
    if (!isOwn || name === undefined || (packets.facts[i] & Fact.laterFragment) !== 0) return false;
    return this.#owners.get(sourceOf(packets, i))?.has(name) ?? true;
  }

  #infer(batch: FrameBatch, name: string, frames: readonly number[]): void {
    for (const i of frames) this.#locality[i] = Locality.castOriginal;
    this.#copies.look(batch, this.#locality, {
      numberOf: () => 0,
      interface: name,
      host: () => this.#classifier.host,
    });
    for (const i of frames) this.#locality[i] = Locality.external;
  }

  /** @returns why there may have been more originals, or null */
  async close(): Promise<string | null> {
    clearInterval(this.#timer);
    await this.#source.close();
    await this.#done;
    this.#look.close();
    const { dropped } = this.#source.stats();
    if (this.#failure !== null) return this.#failure;
    if (this.#isTooMany) return `only the first ${formatCount(mostOriginals)} originals were counted`;
    if (dropped !== null && dropped > 0) return `the kernel dropped ${formatCount(dropped)} of the originals`;
    const isPart = this.#isOutdated || this.#model.broadcasts.length > mostBroadcasts;
    return isPart ? 'not all broadcast addresses were asked for' : null;
  }
}

function kindOf(packets: PacketBatch, i: number): 'broadcast' | 'multicast' {
  const isMulticast = packets.network[i] === Network.ipv6 || isMulticastIpv4(packets.dstIpv4[i]);
  return isMulticast ? 'multicast' : 'broadcast';
}

function sourceOf(packets: PacketBatch, i: number): string {
  if (packets.network[i] !== Network.ipv6) return formatIpv4(packets.srcIpv4[i]);
  return formatIpv6(packets.frames.view, packets.networkOffset[i] + 8);
}
