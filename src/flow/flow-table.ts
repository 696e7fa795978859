/**
 * Bidirectional flows: which flow a packet belongs to, and what has passed each way.
 * Reference: RFC 5103 (biflows); RFC 9293 3.3.2 for what flags tell of a TCP state.
 *
 * Open addressing over one Int32Array, an entry a cache line, so that a look-up and its counters cost one miss:
 *
 *     word   0         1         2       3      4    5        6        7      8 9      10 11    12 13  14      15
 *           | low end | high end | ports | kind | id | forward | reverse | flags | bytes→ | bytes← | last | first seq → ← |
 *
 * `low` and `high` are the ends in one order for both directions: IPv4 addresses, or the numbers of IPv6 ones.
 * `kind` holds protocol, IP version, which end began, and every locality seen; 0 marks a free slot.
 * Measured against a Map of string keys: `npm run bench`.
 */

import { Layer } from '../decode/layer.js';
import { Fact, IpProtocol, type PacketBatch } from '../decode/packet-batch.js';
import { TcpFlag } from '../decode/tcp.js';
import { hashWords, Ipv6Table } from '../host/ipv6-table.js';
import { FlowKeys, Identity, unnumbered } from './flow-keys.js';
import { FragmentFlows } from './fragment-flows.js';

/** Words of an entry. */
export const Word = {
  low: 0,
  high: 1,
  ports: 2,
  kind: 3,
  id: 4,
  forwardFrames: 5,
  reverseFrames: 6,
  flags: 7,
  forwardBytes: 8,
  reverseBytes: 10,
  lastTime: 12,
  forwardSeq: 14,
  reverseSeq: 15,
} as const;

/** Bits of the kind word; the lowest byte is the IP protocol. */
export const Kind = {
  ...Identity,
  /** The high end sent first. */
  highBegan: 1 << 10,
  forwardSeqKnown: 1 << 11,
  reverseSeqKnown: 1 << 12,
  /** A bit for each Locality that its packets had. */
  localityShift: 16,
} as const;

/** The kind bits that are part of a flow's identity. */
const identityMask = Kind.protocolMask | Kind.used | Kind.ipv6;

/** Flags seen: initiator's in the low byte, responder's in the next. */
export const responderFlagShift = 8;

const wordsPerEntry = 16;
const initialSlots = 1024;
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
  entries = new Int32Array(initialSlots * wordsPerEntry);
  /** The same memory, for the byte counters: index is word / 2. */
  doubles = new Float64Array(this.entries.buffer);
  /** Slot of each flow, by id - 1. */
  slotOfFlow = new Int32Array(initialSlots);
  /** Low and high word of each flow's first time, by id - 1. */
  firstTime = new Int32Array(initialSlots * 2);
  #slots = initialSlots;
  readonly #fragments = new FragmentFlows();
  readonly #keys = new FlowKeys(this.ipv6);
  /** Keeps the reads of #touch from being optimised away. */
  touched = 0;

  /**
   * Adds every packet of a batch that has addresses and an IP header.
   * @param flowId receives the flow's id from 1, or 0, a packet
   */
  add(packets: PacketBatch, locality: Uint8Array, flowId: Uint32Array): void {
    const keys = this.#keys;
    keys.take(packets);
    this.#touch(packets.count);
    for (let i = 0; i < packets.count; i++) {
      if (keys.identity[i] === 0) {
        flowId[i] = 0;
        continue;
      }
      const isFragment = (packets.facts[i] & Fact.fragment) !== 0;
      let entry = -1;
      if (keys.identity[i] !== unnumbered) {
        entry = isFragment ? this.#findByFragment(packets, i) : this.#find(packets, i);
      }
      if (entry < 0) {
        this.framesNotKept++;
        flowId[i] = 0;
        continue;
      }
      this.#count(packets, i, entry, locality[i]);
      flowId[i] = this.entries[entry + Word.id];
    }
  }

  /**
   * Reads the entry of every key once. These reads do not wait for each other, so their cache misses overlap;
   * the look-ups that follow find the entries near.
   */
  #touch(count: number): void {
    const { entries } = this;
    const { hash } = this.#keys;
    const mask = this.#slots - 1;
    let sum = 0;
    for (let i = 0; i < count; i++) sum ^= entries[(hash[i] & mask) * wordsPerEntry];
    this.touched = sum;
  }

  /** A later fragment has no ports: it counts for the flow of its first fragment, where that was seen. */
  #findByFragment(packets: PacketBatch, i: number): number {
    if ((packets.facts[i] & Fact.laterFragment) === 0) {
      const entry = this.#find(packets, i);
      this.#fragments.note(packets, i, this.entries[entry + Word.id], this.#keys.isSrcHigh[i]);
      return entry;
    }
    const flow = this.#fragments.flowOf(packets, i);
    if (flow === 0) return this.#find(packets, i);
    // Its own key cannot tell the ends of a flow from an address to itself.
    this.#keys.isSrcHigh[i] = this.#fragments.isSrcHigh;
    return this.slotOfFlow[flow - 1] * wordsPerEntry;
  }

  /** Index of the entry of packet i's key, made if it is new; -1 when the table is full. */
  #find(packets: PacketBatch, i: number): number {
    const keys = this.#keys;
    const low = keys.low[i];
    const high = keys.high[i];
    const ports = keys.ports[i];
    const identity = keys.identity[i];
    const { entries } = this;
    const mask = this.#slots - 1;
    for (let slot = keys.hash[i] & mask; ; slot = (slot + 1) & mask) {
      const at = slot * wordsPerEntry;
      const kind = entries[at + Word.kind];
      if (kind === 0) return this.size < maxFlows ? this.#create(packets, i) : -1;
      if (
        entries[at] === low &&
        entries[at + Word.high] === high &&
        entries[at + Word.ports] === ports &&
        (kind & identityMask) === identity
      ) {
        return at;
      }
    }
  }

  /** Makes the entry of packet i's key. */
  #create(packets: PacketBatch, i: number): number {
    if ((this.size + 1) * 2 > this.#slots) this.#grow();
    const id = ++this.size;
    const { entries } = this;
    const keys = this.#keys;
    const identity = keys.identity[i];
    const slot = this.#freeSlot(keys.hash[i]);
    const at = slot * wordsPerEntry;
    entries[at + Word.low] = keys.low[i];
    entries[at + Word.high] = keys.high[i];
    entries[at + Word.ports] = keys.ports[i];
    entries[at + Word.id] = id;
    // Who sends SYN and ACK together answers a SYN that was not captured.
    const isAnswer = (packets.tcpFlags[i] & (TcpFlag.syn | TcpFlag.ack)) === (TcpFlag.syn | TcpFlag.ack);
    const hasHighBegun = (keys.isSrcHigh[i] === 1) !== isAnswer;
    entries[at + Word.kind] = identity | (hasHighBegun ? Kind.highBegan : 0);
    this.slotOfFlow[id - 1] = slot;
    const { tsWords } = packets.frames;
    this.firstTime[2 * id - 2] = tsWords[2 * i];
    this.firstTime[2 * id - 1] = tsWords[2 * i + 1];
    const protocol = identity & Kind.protocolMask;
    if (protocol === IpProtocol.tcp) this.counts.tcp++;
    else if (protocol === IpProtocol.udp) this.counts.udp++;
    else if (protocol === IpProtocol.icmp || protocol === IpProtocol.icmpv6) this.counts.icmp++;
    return at;
  }

  #freeSlot(hash: number): number {
    const mask = this.#slots - 1;
    let slot = hash & mask;
    while (this.entries[slot * wordsPerEntry + Word.kind] !== 0) slot = (slot + 1) & mask;
    return slot;
  }

  #count(packets: PacketBatch, i: number, entry: number, locality: number): void {
    const { entries } = this;
    const { origLen, tsWords } = packets.frames;
    const kind = entries[entry + Word.kind];
    const isForward = (this.#keys.isSrcHigh[i] === 1) === ((kind & Kind.highBegan) !== 0);
    const frames = entry + (isForward ? Word.forwardFrames : Word.reverseFrames);
    entries[frames]++;
    const bytes = (entry + (isForward ? Word.forwardBytes : Word.reverseBytes)) >> 1;
    this.doubles[bytes] += origLen[i];
    entries[entry + Word.lastTime] = tsWords[2 * i];
    entries[entry + Word.lastTime + 1] = tsWords[2 * i + 1];
    entries[entry + Word.kind] = kind | (1 << (Kind.localityShift + locality));
    if (packets.lastLayer[i] === Layer.tcp && packets.tcpFlags[i] !== 0)
      this.#noteTcp(packets, i, entry, isForward);
  }

  #noteTcp(packets: PacketBatch, i: number, entry: number, isForward: boolean): void {
    const { entries } = this;
    const flags = packets.tcpFlags[i];
    const seq = packets.frames.view.getInt32(packets.transportOffset[i] + 4);
    const isSyn = (flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn;
    if (isSyn && this.#isNewConnection(entry, isForward, seq)) {
      this.#restart(entry, isForward);
      isForward = true;
    }
    const known = isForward ? Kind.forwardSeqKnown : Kind.reverseSeqKnown;
    entries[entry + Word.flags] |= isForward ? flags : flags << responderFlagShift;
    if ((entries[entry + Word.kind] & known) === 0) {
      entries[entry + (isForward ? Word.forwardSeq : Word.reverseSeq)] = seq;
      entries[entry + Word.kind] |= known;
    }
  }

  /** A SYN that opens the 5-tuple anew: not the first one, and not the first one sent again. */
  #isNewConnection(entry: number, isForward: boolean, seq: number): boolean {
    const seen = this.entries[entry + Word.flags];
    if (seen === 0) return false;
    const flagsSent = isForward ? seen : seen >> responderFlagShift;
    const firstSeq = this.entries[entry + (isForward ? Word.forwardSeq : Word.reverseSeq)];
    return isEnded(seen) || (flagsSent & TcpFlag.syn) === 0 || firstSeq !== seq;
  }

  /** State and sequence numbers start anew; who sent the SYN is the initiator, and counters keep their ends. */
  #restart(entry: number, isForward: boolean): void {
    const { entries, doubles } = this;
    entries[entry + Word.flags] = 0;
    entries[entry + Word.kind] &= ~(Kind.forwardSeqKnown | Kind.reverseSeqKnown);
    if (isForward) return;
    entries[entry + Word.kind] ^= Kind.highBegan;
    const frames = entries[entry + Word.forwardFrames];
    entries[entry + Word.forwardFrames] = entries[entry + Word.reverseFrames];
    entries[entry + Word.reverseFrames] = frames;
    const forwardBytes = (entry + Word.forwardBytes) >> 1;
    const bytes = doubles[forwardBytes];
    doubles[forwardBytes] = doubles[forwardBytes + 1];
    doubles[forwardBytes + 1] = bytes;
  }

  /** Doubles the slots; ids and everything counted stay. */
  #grow(): void {
    const old = this.entries;
    this.#slots *= 2;
    this.entries = new Int32Array(this.#slots * wordsPerEntry);
    this.doubles = new Float64Array(this.entries.buffer);
    const slotOfFlow = new Int32Array(this.#slots);
    for (let flow = 0; flow < this.size; flow++) {
      const from = this.slotOfFlow[flow] * wordsPerEntry;
      const identity = old[from + Word.kind] & identityMask;
      const slot = this.#freeSlot(
        hashWords(old[from], old[from + Word.high], old[from + Word.ports], identity),
      );
      this.entries.set(old.subarray(from, from + wordsPerEntry), slot * wordsPerEntry);
      slotOfFlow[flow] = slot;
    }
    this.slotOfFlow = slotOfFlow;
    const firstTime = new Int32Array(this.#slots * 2);
    firstTime.set(this.firstTime);
    this.firstTime = firstTime;
  }
}

/** Both sides have sent FIN, or one RST. */
export function isEnded(flagsSeen: number): boolean {
  const responder = flagsSeen >> responderFlagShift;
  if (((flagsSeen | responder) & TcpFlag.rst) !== 0) return true;
  return (flagsSeen & responder & TcpFlag.fin) !== 0;
}
