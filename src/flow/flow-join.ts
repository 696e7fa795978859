/**
 * Joins the flows of the second part of a capture to those of the first, so that the table is as if one had seen all.
 * The parts can be read at the same time then.
 *
 *     first part    A A B B A            A: counters of both parts, state as after both
 *     second part             A C C A    C: a new flow, behind those of the first part
 *
 * Nearly all of a flow's entry is a sum, a union, or the later of two. Only TCP looks back: whether a SYN opens the
 * connection anew depends on what came before it. Where that cannot be told from what the second part kept, nothing
 * is joined, and the caller reads the second part after the first.
 */
import { IpProtocol } from '../decode/packet-batch.js';
import { TcpFlag } from '../decode/tcp.js';
import { type EndFlags, endFlags, firstSynOf, swapEnds } from './first-syns.js';
import { identityMask, Kind, responderFlagShift, Word, wordsPerEntry } from './flow-entry.js';
import type { FlowTable, FlowTableState } from './flow-table.js';
import { isEnded, turnRound } from './tcp-state.js';

/** How the state of a flow's connection follows from the two parts. */
const Follow = { union: 0, second: 1, unknown: 2 } as const;
type Follow = (typeof Follow)[keyof typeof Follow];

const noEntry = -1;

/** @returns false, with nothing changed that shows, where the two cannot be joined exactly */
export function joinFlows(first: FlowTable, second: FlowTableState): boolean {
  if (first.framesNotKept > 0 || second.framesNotKept > 0 || second.hasOrphanFragments) return false;
  const numbers = first.ipv6.addAll(second.ipv6Words);
  if (numbers === null) return false;
  const { entries } = second;
  rename(second, numbers);
  const entryOf = new Int32Array(second.size);
  let added = 0;
  for (let id = 1; id <= second.size; id++) {
    const from = (id - 1) * wordsPerEntry;
    const to = first.find(
      entries[from],
      entries[from + Word.high],
      entries[from + Word.ports],
      entries[from + Word.kind] & identityMask,
    );
    entryOf[id - 1] = to;
    if (to === noEntry) added++;
    else if (followOf(first.entries, to, second, id) === Follow.unknown) return false;
  }
  if (!first.hasRoomFor(added)) return false;
  for (let id = 1; id <= second.size; id++) {
    if (entryOf[id - 1] === noEntry) first.append(second, id);
    else joinEntry(first, entryOf[id - 1], second, id);
  }
  return true;
}

/**
 * Gives IPv6 flows the numbers that the first table has for their addresses, the smaller first again. Verdicts that the
 * other table's fast lane kept mean nothing here.
 */
function rename({ entries, size, firstSyns }: FlowTableState, numbers: Int32Array): void {
  for (let entry = 0; entry < size * wordsPerEntry; entry += wordsPerEntry) {
    entries[entry + Word.verdicts] = 0;
    if ((entries[entry + Word.kind] & Kind.ipv6) === 0) continue;
    const low = numbers[entries[entry]];
    const high = numbers[entries[entry + Word.high]];
    const isSwapped = low > high;
    entries[entry] = isSwapped ? high : low;
    entries[entry + Word.high] = isSwapped ? low : high;
    if (!isSwapped) continue;
    const ports = entries[entry + Word.ports];
    entries[entry + Word.ports] = (ports << 16) | (ports >>> 16);
    entries[entry + Word.kind] ^= Kind.highBegan;
    swapEnds(firstSyns, entry / wordsPerEntry + 1);
  }
}

/** What the first SYN of a flow of the second part makes of its connection, after the flow's segments of the first. */
function followOf(entries: Int32Array, entry: number, second: FlowTableState, id: number): Follow {
  if ((entries[entry + Word.kind] & Kind.protocolMask) !== IpProtocol.tcp) return Follow.union;
  const syn = firstSynOf(second.firstSyns, id);
  if (syn === null) return Follow.union;
  const earlier = endFlags(entries, entry);
  const flags: EndFlags = { low: earlier.low | syn.before.low, high: earlier.high | syn.before.high };
  const isFirstFlag = (syn.before.low | syn.before.high) === 0;
  if ((flags.low | flags.high) === 0) return syn.isRestarted ? Follow.second : Follow.union;
  const sent = (each: EndFlags): number => (syn.isFromHigh ? each.high : each.low);
  if ((sent(syn.before) & TcpFlag.syn) !== 0) return Follow.unknown;
  const isSame = (sent(earlier) & TcpFlag.syn) !== 0 && seqOf(entries, entry, syn.isFromHigh) === syn.seq;
  if (!isSame || isEnded(flags.low | (flags.high << responderFlagShift))) {
    // Opened anew: the second table began with nothing, or did the same, and knows all that came after.
    return !isFirstFlag || syn.isFromInitiator || syn.isRestarted ? Follow.second : Follow.unknown;
  }
  // Sent again: the connection goes on.
  const ending = TcpFlag.fin | TcpFlag.rst;
  const mayEnd = ((earlier.low | earlier.high) & ending) !== 0;
  return isFirstFlag && !syn.isRestarted && !mayEnd ? Follow.union : Follow.unknown;
}

/** First sequence number of the low or the high end. */
function seqOf(entries: Int32Array, entry: number, ofHigh: boolean): number {
  const hasHighBegun = (entries[entry + Word.kind] & Kind.highBegan) !== 0;
  return entries[entry + (ofHigh === hasHighBegun ? Word.forwardSeq : Word.reverseSeq)];
}

/** Adds flow `id` of the second part to its entry. */
function joinEntry(first: FlowTable, to: number, second: FlowTableState, id: number): void {
  const { entries, doubles } = first;
  const other = second.entries;
  const from = (id - 1) * wordsPerEntry;
  const follow = followOf(entries, to, second, id);
  const isTurned = ((entries[to + Word.kind] ^ other[from + Word.kind]) & Kind.highBegan) !== 0;
  // One initiator for both: the first part's, unless the connection was opened anew.
  if (isTurned && follow === Follow.second) turnRound(entries, doubles, to);
  else if (isTurned) turnRound(other, second.doubles, from);
  const bytes = (to + Word.forwardBytes) >> 1;
  const otherBytes = (from + Word.forwardBytes) >> 1;
  for (let way = 0; way < 2; way++) {
    entries[to + Word.forwardFrames + way] += other[from + Word.forwardFrames + way];
    doubles[bytes + way] += second.doubles[otherBytes + way];
    entries[to + Word.lastTime + way] = other[from + Word.lastTime + way];
    const known = way === 0 ? Kind.forwardSeqKnown : Kind.reverseSeqKnown;
    const isKept = follow === Follow.union && (entries[to + Word.kind] & known) !== 0;
    if (!isKept) entries[to + Word.forwardSeq + way] = other[from + Word.forwardSeq + way];
  }
  if (follow === Follow.second) {
    entries[to + Word.flags] = 0;
    entries[to + Word.kind] &= ~(Kind.forwardSeqKnown | Kind.reverseSeqKnown);
  }
  entries[to + Word.flags] |= other[from + Word.flags];
  entries[to + Word.kind] |= other[from + Word.kind];
}
