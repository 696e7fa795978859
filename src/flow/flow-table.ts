/**
 * Bidirectional flows: which flow a packet belongs to, and what has passed each way.
 * Reference: RFC 5103 (biflows); RFC 9293 3.3.2 for what flags tell of a TCP state.
 *
 * Entries lie densely in one Int32Array in the order of their ids, each a cache line, so that a look-up and its
 * counters cost one miss there; a smaller table of ids by hash (FlowSlots) leads to them.
 *
 *     word   0         1         2       3      4    5         6         7       8 9      10 11    12 13  14 15
 *           | low end | high end | ports | kind | verdicts | forward | reverse | flags | bytes→ | bytes← | last | first seq →, ← |
 *
 * `low` and `high` are the ends in one order for both directions: IPv4 addresses, or the numbers of IPv6 ones.
 * `kind` holds protocol, IP version, which end began, and every locality seen.
 */

import { batchCapacity } from '../capture/frame-batch.js';
import { Layer } from '../decode/layer.js';
import { Fact, IpProtocol, type PacketBatch } from '../decode/packet-batch.js';
import { TcpFlag } from '../decode/tcp.js';
import { Ipv6Table } from '../host/ipv6-table.js';
import { Kind, Word, wordsPerEntry } from './flow-entry.js';
import { FlowKeys, unnumbered } from './flow-keys.js';
import { FlowSlots, noFlow } from './flow-slots.js';
import { FragmentFlows } from './fragment-flows.js';
import { isNews, noteTcp } from './tcp-state.js';

/** In place of an entry: of a flow that came when the table was full. */
const notKept = -2;
/** Flows that are kept: 64 bytes each in a table at most half full. The frames of further ones are only counted. */
const maxFlows = 1 << 20;

export class FlowTable {
  /** Flows so far. */
  size = 0;
  /** Frames of flows that came when the table was full: they have no flow id. */
  framesNotKept = 0;
  /** Flows by what they carry; `icmp` counts both versions. */
  readonly counts = { tcp: 0, udp: 0, icmp: 0 };
  readonly ipv6 = new Ipv6Table();
  readonly slots = new FlowSlots();
  /** The entry of flow `id` begins at word (id - 1) · wordsPerEntry. */
  entries = new Int32Array(this.slots.capacity * wordsPerEntry);
  /** The same memory, for the byte counters: index is word / 2. */
  doubles = new Float64Array(this.entries.buffer);
  /** Low and high word of each flow's first time, by id - 1. */
  firstTime = new Int32Array(2 * this.slots.capacity);
  readonly #fragments = new FragmentFlows();
  readonly #keys = new FlowKeys(this.ipv6);
  /** Entry of each packet of the batch in hand, or noFlow or notKept. */
  readonly #entryOf = new Int32Array(batchCapacity);
  /** Keeps the reads of #touch from being optimised away. */
  touched = 0;

  /** For each packet of the batch in hand: 1 when the high end of its flow sent it. */
  get isSrcHigh(): Uint8Array {
    return this.#keys.isSrcHigh;
  }

  /**
   * Adds every packet of a batch that has addresses and an IP header.
   * @param flowId receives the flow's id from 1, or 0, a packet
   */
  add(packets: PacketBatch, locality: Uint8Array, flowId: Uint32Array): void {
    this.#keys.take(packets);
    this.#touch(packets);
    this.#findAll(packets);
    this.#countAll(packets, locality, flowId);
  }

  /** Notes the entry of every packet, made where a flow is new; noFlow or notKept for the others. */
  #findAll(packets: PacketBatch): void {
    const { first, count, facts } = packets;
    const { identity } = this.#keys;
    const entryOf = this.#entryOf;
    for (let i = first; i < count; i++) {
      if (identity[i] === 0) entryOf[i] = noFlow;
      else if (identity[i] === unnumbered) entryOf[i] = notKept;
      else if ((facts[i] & Fact.fragment) === 0) entryOf[i] = this.#find(packets, i);
      else entryOf[i] = this.#findByFragment(packets, i);
    }
  }

  /**
   * Reads the entry of every key once. These reads do not wait for each other, so their cache misses overlap;
   * the look-ups that follow find the entries near.
   */
  #touch({ first, count }: PacketBatch): void {
    const { entries } = this;
    const { hash } = this.#keys;
    const slots = this.slots.ids;
    const mask = slots.length - 1;
    let sum = 0;
    for (let i = first; i < count; i++) {
      const id = slots[hash[i] & mask];
      if (id !== 0) sum ^= entries[(id - 1) * wordsPerEntry];
    }
    this.touched = sum;
  }

  /** A later fragment has no ports: it counts for the flow of its first fragment, where that was seen. */
  #findByFragment(packets: PacketBatch, i: number): number {
    if ((packets.facts[i] & Fact.laterFragment) === 0) {
      const entry = this.#find(packets, i);
      this.#fragments.note(packets, i, idOfEntry(entry), this.#keys.isSrcHigh[i]);
      return entry;
    }
    const flow = this.#fragments.flowOf(packets, i);
    if (flow === 0) return this.#find(packets, i);
    // Its own key cannot tell the ends of a flow from an address to itself.
    this.#keys.isSrcHigh[i] = this.#fragments.isSrcHigh;
    return (flow - 1) * wordsPerEntry;
  }

  /** Word at which the entry of packet i's flow begins, made if it is new; below 0 when the table is full. */
  entryOf(packets: PacketBatch, i: number): number {
    this.#keys.take(packets);
    return this.#find(packets, i);
  }

  /** Index of the entry of packet i's key, made if it is new; notKept when the table is full. */
  #find(packets: PacketBatch, i: number): number {
    const keys = this.#keys;
    const low = keys.low[i];
    const high = keys.high[i];
    const ports = keys.ports[i];
    const identity = keys.identity[i];
    const at = this.slots.find(this.entries, low, high, ports, identity, keys.hash[i]);
    if (at !== noFlow) return at;
    return this.size < maxFlows ? this.#create(packets, i) : notKept;
  }

  /** Makes the entry of packet i's key. */
  #create(packets: PacketBatch, i: number): number {
    if (this.size === this.slots.capacity) this.#grow();
    const id = ++this.size;
    const { entries } = this;
    const keys = this.#keys;
    const identity = keys.identity[i];
    this.slots.place(keys.hash[i], id);
    const at = (id - 1) * wordsPerEntry;
    entries[at + Word.low] = keys.low[i];
    entries[at + Word.high] = keys.high[i];
    entries[at + Word.ports] = keys.ports[i];
    // Who sends SYN and ACK together answers a SYN that was not captured.
    const isAnswer = (packets.tcpFlags[i] & (TcpFlag.syn | TcpFlag.ack)) === (TcpFlag.syn | TcpFlag.ack);
    const hasHighBegun = (keys.isSrcHigh[i] === 1) !== isAnswer;
    entries[at + Word.kind] = identity | (hasHighBegun ? Kind.highBegan : 0);
    const { tsWords } = packets.frames;
    this.firstTime[2 * id - 2] = tsWords[2 * i];
    this.firstTime[2 * id - 1] = tsWords[2 * i + 1];
    this.#countKind(identity);
    return at;
  }

  /** Counts every packet for its flow. Nothing grows here, so the arrays stay what they are. */
  #countAll(packets: PacketBatch, locality: Uint8Array, flowId: Uint32Array): void {
    const { entries, doubles } = this;
    const entryOf = this.#entryOf;
    const { isSrcHigh } = this.#keys;
    const { first, count, tcpFlags, lastLayer, transportOffset } = packets;
    const { origLen, tsWords, view } = packets.frames;
    for (let i = first; i < count; i++) {
      const entry = entryOf[i];
      if (entry < 0) {
        flowId[i] = 0;
        if (entry === notKept) this.framesNotKept++;
        continue;
      }
      const kind = entries[entry + Word.kind] | (1 << (Kind.localityShift + locality[i]));
      entries[entry + Word.kind] = kind;
      const isReverse = isSrcHigh[i] !== ((kind & Kind.highBegan) === 0 ? 0 : 1);
      const way = isReverse ? 1 : 0;
      entries[entry + Word.forwardFrames + way]++;
      doubles[((entry + Word.forwardBytes) >> 1) + way] += origLen[i];
      entries[entry + Word.lastTime] = tsWords[2 * i];
      entries[entry + Word.lastTime + 1] = tsWords[2 * i + 1];
      flowId[i] = idOfEntry(entry);
      if (tcpFlags[i] === 0 || lastLayer[i] !== Layer.tcp) continue;
      if (isNews(entries, entry, tcpFlags[i], !isReverse)) {
        const seq = view.getInt32(transportOffset[i] + 4);
        noteTcp(entries, doubles, entry, tcpFlags[i], seq, !isReverse);
      }
    }
  }

  /** Forgets the verdicts that the fast lane kept. */
  forgetVerdicts(): void {
    for (let id = 0; id < this.size; id++) this.entries[id * wordsPerEntry + Word.verdicts] = 0;
  }

  #countKind(identity: number): void {
    const protocol = identity & Kind.protocolMask;
    if (protocol === IpProtocol.tcp) this.counts.tcp++;
    else if (protocol === IpProtocol.udp) this.counts.udp++;
    else if (protocol === IpProtocol.icmp || protocol === IpProtocol.icmpv6) this.counts.icmp++;
  }

  /** Doubles the room; ids and everything counted stay. */
  #grow(): void {
    this.entries = doubled(this.entries);
    this.doubles = new Float64Array(this.entries.buffer);
    this.firstTime = doubled(this.firstTime);
    this.slots.grow(this.entries, this.size);
  }
}

function doubled(words: Int32Array): Int32Array<ArrayBuffer> {
  const more = new Int32Array(words.length * 2);
  more.set(words);
  return more;
}

/** The flow whose entry begins at a word. */
function idOfEntry(entry: number): number {
  return entry / wordsPerEntry + 1;
}
