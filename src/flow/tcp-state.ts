/**
 * What the flags of a flow's segments tell of its connection: who has sent what, first sequence numbers, and when
 * the 5-tuple is used again.
 * Reference: RFC 9293 3.3.2, 3.10.7.
 */
import { TcpFlag } from '../decode/tcp.js';
import { Kind, responderFlagShift, Word } from './flow-entry.js';

/** Does a segment tell anything that the entry does not hold? Most of a connection's do not. */
export function isNews(entries: Int32Array, entry: number, flags: number, isForward: boolean): boolean {
  const known = isForward ? Kind.forwardSeqKnown : Kind.reverseSeqKnown;
  const sent = isForward ? flags : flags << responderFlagShift;
  if ((flags & TcpFlag.syn) !== 0 || (sent & ~entries[entry + Word.flags]) !== 0) return true;
  return (entries[entry + Word.kind] & known) === 0;
}

/**
 * Notes a segment that is news.
 * @param doubles the same memory as `entries`
 * @param entry word at which the flow's entry begins
 * @param isForward the initiator sent it
 */
export function noteTcp(
  entries: Int32Array,
  doubles: Float64Array,
  entry: number,
  flags: number,
  seq: number,
  isForward: boolean,
): void {
  const isSyn = (flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn;
  const isRestart = isSyn && isNewConnection(entries, entry, isForward, seq);
  if (isRestart) restart(entries, doubles, entry, isForward);
  // Who opens the connection anew is its initiator.
  const isFromInitiator = isForward || isRestart;
  const known = isFromInitiator ? Kind.forwardSeqKnown : Kind.reverseSeqKnown;
  entries[entry + Word.flags] |= isFromInitiator ? flags : flags << responderFlagShift;
  if ((entries[entry + Word.kind] & known) !== 0) return;
  entries[entry + (isFromInitiator ? Word.forwardSeq : Word.reverseSeq)] = seq;
  entries[entry + Word.kind] |= known;
}

/** A SYN that opens the 5-tuple anew: not the first one, and not the first one sent again. */
function isNewConnection(entries: Int32Array, entry: number, isForward: boolean, seq: number): boolean {
  const seen = entries[entry + Word.flags];
  if (seen === 0) return false;
  const flagsSent = isForward ? seen : seen >> responderFlagShift;
  const firstSeq = entries[entry + (isForward ? Word.forwardSeq : Word.reverseSeq)];
  return isEnded(seen) || (flagsSent & TcpFlag.syn) === 0 || firstSeq !== seq;
}

/** State and sequence numbers start anew; the sender of the SYN becomes the initiator, and counters keep their ends. */
function restart(entries: Int32Array, doubles: Float64Array, entry: number, isForward: boolean): void {
  entries[entry + Word.flags] = 0;
  entries[entry + Word.kind] &= ~(Kind.forwardSeqKnown | Kind.reverseSeqKnown);
  if (isForward) return;
  entries[entry + Word.kind] ^= Kind.highBegan;
  swap(entries, entry + Word.forwardFrames);
  swap(doubles, (entry + Word.forwardBytes) >> 1);
}

/** Exchanges the numbers at `index` and behind it. */
function swap(numbers: Int32Array | Float64Array, index: number): void {
  const one = numbers[index];
  numbers[index] = numbers[index + 1];
  numbers[index + 1] = one;
}

/** Both sides have sent FIN, or one RST. */
function isEnded(flagsSeen: number): boolean {
  const responder = flagsSeen >> responderFlagShift;
  if (((flagsSeen | responder) & TcpFlag.rst) !== 0) return true;
  return (flagsSeen & responder & TcpFlag.fin) !== 0;
}
