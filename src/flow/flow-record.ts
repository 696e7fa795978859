/**
 * One flow as plain data, for reports and views.
 */
import type { Locality } from '../classify/locality.js';

/** TCP state as the flags seen so far tell it (RFC 9293 3.3.2, reduced to what an observer can know). */
export const tcpStateName = [
  '',
  'syn-sent',
  'syn-received',
  'established',
  'closing',
  'closed',
  'reset',
] as const;
export type TcpStateName = (typeof tcpStateName)[number];

/** One side of a flow. */
export interface FlowEnd {
  readonly address: string;
  /** 0 for protocols without ports; the identifier for ICMP echo. */
  readonly port: number;
}

/** Frames and bytes one way. */
export interface FlowCount {
  readonly frames: number;
  /** Bytes on the link. */
  readonly originalBytes: number;
}

export interface FlowRecord {
  /** From 1, in order of first appearance. */
  readonly id: number;
  /** `tcp`, `udp`, `icmp` … or the protocol number. */
  readonly protocol: string;
  /** Sender of the first SYN, else of the first frame. */
  readonly initiator: FlowEnd;
  readonly responder: FlowEnd;
  /** '' for anything but TCP. */
  readonly state: TcpStateName;
  /** Initiator to responder. */
  readonly forward: FlowCount;
  readonly reverse: FlowCount;
  readonly firstTimeNs: bigint;
  readonly lastTimeNs: bigint;
  /** The gravest of its packets'. */
  readonly locality: Locality;
  /** All that its packets had, the gravest first. */
  readonly localities: readonly Locality[];
}
