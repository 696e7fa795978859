/**
 * The first SYN of each flow, kept where a table is to be joined to an earlier one (flow-join.ts): only with the flow's
 * earlier segments can be told whether that SYN opened the connection anew.
 *
 *     two words a flow, by id - 1   | sequence number | flags seen before (low end, high end), Bit |
 */
import { TcpFlag } from '../decode/tcp.js';
import { Kind, responderFlagShift, Word, wordsPerEntry } from './flow-entry.js';

/** Bits of the second word, above the flags. */
const Bit = {
  seen: 1 << 16,
  sentByHigh: 1 << 17,
  /** When it came, its sender was taken for the initiator. */
  fromInitiator: 1 << 18,
  /** The connection was opened anew after it. */
  restarted: 1 << 19,
} as const;

/** The first SYN of one flow, as seen by a table that had no earlier segments. */
export interface FirstSyn {
  readonly seq: number;
  readonly isFromHigh: boolean;
  /** Flags seen before it. */
  readonly before: EndFlags;
  readonly isFromInitiator: boolean;
  readonly isRestarted: boolean;
}

/** TCP flags that each end of a flow has sent. */
export interface EndFlags {
  readonly low: number;
  readonly high: number;
}

/** The flags of an entry by its ends. */
export function endFlags(entries: Int32Array, entry: number): EndFlags {
  const flags = entries[entry + Word.flags];
  const initiator = flags & 0xff;
  const responder = (flags >> responderFlagShift) & 0xff;
  const hasHighBegun = (entries[entry + Word.kind] & Kind.highBegan) !== 0;
  return hasHighBegun ? { low: responder, high: initiator } : { low: initiator, high: responder };
}

export function isPureSyn(tcpFlags: number): boolean {
  return (tcpFlags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn;
}

export class FirstSyns {
  words = new Int32Array(2048);

  /** Notes a SYN before the entry changes by it. */
  note(entries: Int32Array, entry: number, seq: number, isForward: boolean): void {
    const at = (entry / wordsPerEntry) * 2;
    if (at >= this.words.length) this.#grow(at);
    if ((this.words[at + 1] & Bit.seen) !== 0) return;
    const { low, high } = endFlags(entries, entry);
    const hasHighBegun = (entries[entry + Word.kind] & Kind.highBegan) !== 0;
    const sender = isForward === hasHighBegun ? Bit.sentByHigh : 0;
    this.words[at] = seq;
    this.words[at + 1] = Bit.seen | low | (high << 8) | sender | (isForward ? Bit.fromInitiator : 0);
  }

  /** Notes that a SYN has opened the flow's connection anew. */
  noteRestart(entry: number): void {
    this.words[(entry / wordsPerEntry) * 2 + 1] |= Bit.restarted;
  }

  /** Whether a SYN of the flow was noted. */
  has(entry: number): boolean {
    const at = (entry / wordsPerEntry) * 2;
    return at < this.words.length && (this.words[at + 1] & Bit.seen) !== 0;
  }

  #grow(at: number): void {
    let { length } = this.words;
    while (length <= at) length *= 2;
    const more = new Int32Array(length);
    more.set(this.words);
    this.words = more;
  }
}

/** The first SYN of flow `id`, or null. */
export function firstSynOf(words: Int32Array, id: number): FirstSyn | null {
  const at = 2 * (id - 1);
  const word = at < words.length ? words[at + 1] : 0;
  if ((word & Bit.seen) === 0) return null;
  return {
    seq: words[at],
    isFromHigh: (word & Bit.sentByHigh) !== 0,
    before: { low: word & 0xff, high: (word >> 8) & 0xff },
    isFromInitiator: (word & Bit.fromInitiator) !== 0,
    isRestarted: (word & Bit.restarted) !== 0,
  };
}

/** Changes the names of flow `id`'s two ends. */
export function swapEnds(words: Int32Array, id: number): void {
  const at = 2 * (id - 1) + 1;
  if (at >= words.length || (words[at] & Bit.seen) === 0) return;
  const word = words[at] ^ Bit.sentByHigh;
  words[at] = (word & ~0xffff) | ((word & 0xff) << 8) | ((word >> 8) & 0xff);
}
