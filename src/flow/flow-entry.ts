/**
 * What stands where in a flow's entry (drawn in flow-table.ts).
 */
import { Identity } from './flow-keys.js';

/** Words of an entry. */
export const Word = {
  low: 0,
  high: 1,
  ports: 2,
  kind: 3,
  /** What analysis/fast-lane.ts knows of the verdicts on the flow's packets. */
  verdicts: 4,
  forwardFrames: 5,
  reverseFrames: 6,
  flags: 7,
  forwardBytes: 8,
  reverseBytes: 10,
  lastTime: 12,
  forwardSeq: 14,
  reverseSeq: 15,
} as const;

/** Where the bit Kind.highBegan stands. */
export const highBeganShift = 10;

/** Bits of the kind word; the lowest byte is the IP protocol. */
export const Kind = {
  ...Identity,
  /** The high end sent first. */
  highBegan: 1 << highBeganShift,
  forwardSeqKnown: 1 << 11,
  reverseSeqKnown: 1 << 12,
  /** A bit for each Locality that its packets had. */
  localityShift: 16,
} as const;

/** The kind bits that are part of a flow's identity. */
export const identityMask = Kind.protocolMask | Kind.used | Kind.ipv6;

/** Flags seen: initiator's in the low byte, responder's in the next. */
export const responderFlagShift = 8;

/** Words of an entry: one cache line. */
export const wordsPerEntry = 16;
