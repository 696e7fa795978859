/**
 * The typed port of the analyzer: what the dashboard and the reports may ask. Every answer is plain data that
 * structured clone can carry, and every question may be answered later, so that the analyzer can live in
 * another thread.
 */
import type { CaptureError } from '../capture/capture-error.js';
import type { EngineName, InterfaceRole, SourceFormat } from '../capture/source.js';
import type { Evidence, Locality } from '../classify/locality.js';
import type { Field } from '../decode/field.js';
import type { FlowRecord } from '../flow/flow-record.js';

/** One interface of a source, with what was seen of it. */
export interface InterfaceReport {
  readonly id: number;
  readonly name: string;
  readonly linkType: number;
  readonly role: InterfaceRole;
  readonly frames: number;
  /** null where nothing tells: shown as unknown, never as 0. */
  readonly dropped: number | null;
}

export interface SourceReport {
  readonly name: string;
  readonly format: SourceFormat;
  readonly engine: EngineName;
  /** False while reading, after damage, and for a file that was not read to its end. */
  readonly complete: boolean;
  /** One line, or null. */
  readonly error: string | null;
  readonly interfaces: readonly InterfaceReport[];
  readonly bytesRead: number;
  /** 0 where unknown. */
  readonly bytesTotal: number;
}

export interface LocalityCount {
  readonly frames: number;
  readonly originalBytes: number;
  /** How many of the frames rest on inferred evidence. */
  readonly inferred: number;
}

export interface ProtocolCounts {
  readonly ipv4: number;
  readonly ipv6: number;
  readonly arp: number;
  readonly tcp: number;
  readonly udp: number;
  readonly icmp: number;
  readonly icmpv6: number;
  readonly igmp: number;
  readonly sctp: number;
  readonly other: number;
}

export interface FlowCounts {
  readonly total: number;
  readonly tcp: number;
  readonly udp: number;
  /** Both versions. */
  readonly icmp: number;
  /** Frames of flows that came when the table was full; they belong to no flow that is shown. */
  readonly framesNotKept: number;
}

/** Of multicasts those to groups that somebody on this host has joined; not part of the frames. */
export interface InferredCopies {
  readonly broadcast: number;
  readonly multicast: number;
}

/** Frames that can be shown again: numbers from `first` to `last`, 0 and 0 when none. */
export interface Retained {
  readonly first: number;
  readonly last: number;
  /** Those of which only the headers were kept, because the capture's buffer was nearly full. */
  readonly headersOnly: number;
  /** Frames that cannot be shown for want of room; counted and judged as all are. */
  readonly notKept: number;
}

/** The counters as they stand; cheap, asked for several times a second. */
export interface Snapshot {
  readonly sources: readonly SourceReport[];
  /** False once every source has ended. */
  readonly running: boolean;
  readonly frames: number;
  readonly capturedBytes: number;
  readonly originalBytes: number;
  /** Earliest and latest timestamp; null before the first frame. */
  readonly firstTimeNs: bigint | null;
  readonly lastTimeNs: bigint | null;
  /** Frames dropped: counted by a live engine (null when it cannot), or recorded in files (0 when nothing is). */
  readonly dropped: number | null;
  readonly protocols: ProtocolCounts;
  /** By Locality value. */
  readonly localities: readonly LocalityCount[];
  /** Frames by Evidence value. */
  readonly evidence: readonly number[];
  /** Frames by Stop value. */
  readonly stops: readonly number[];
  readonly flows: FlowCounts;
  /** Copies of own broadcasts and multicasts that looped back unseen, inferred from their originals on a wire. */
  readonly inferredCopies: InferredCopies;
  readonly retained: Retained;
  /** An interface was down or gone for a time. */
  readonly wasBlind: boolean;
  /** What happened to the interfaces, the newest last; the oldest are left out. */
  readonly events: readonly { readonly text: string }[];
  /** The host's own addresses that verdicts use, loopback left out. */
  readonly ownAddresses: readonly string[];
  /** Frames by Locality value in equal steps of capture time, oldest first; for sparklines. */
  readonly timeline: { readonly stepSeconds: number; readonly counts: readonly (readonly number[])[] };
}

/** Which packets or flows a view shows; an absent member does not restrict. */
export interface ViewFilter {
  readonly localities?: readonly Locality[];
  /** Flow id, from 1. */
  readonly flow?: number;
  /** A filter's text, as on the command line; checked before with filterMistake() of view-filter.ts. */
  readonly text?: string;
}

/** One line of a packet list. */
export interface PacketRow {
  /** From 1, over all sources. */
  readonly number: number;
  readonly timeNs: bigint;
  /** The time is when this program saw the frame, not when the system captured it. */
  readonly isTimeApproximate?: boolean;
  readonly interface: string;
  readonly capLen: number;
  readonly origLen: number;
  /** `tcp udp icmp … other` */
  readonly protocol: string;
  /** Address text; '' where there is none. */
  readonly src: string;
  readonly dst: string;
  /** 0 where there is none. */
  readonly srcPort: number;
  readonly dstPort: number;
  readonly info: string;
  readonly locality: Locality;
  readonly evidence: Evidence;
  /** In words. */
  readonly why: string;
  /** Flow id from 1, or 0. */
  readonly flow: number;
  /** Bytes kept, where these are the headers only. */
  readonly keptLen?: number;
  /** Why only number, verdict and flow are known: the bytes cannot be read again. */
  readonly loss?: string;
}

/** One frame for people. */
export interface FrameDetail {
  readonly row: PacketRow;
  /** The bytes captured; a copy. */
  readonly bytes: Uint8Array;
  readonly fields: readonly Field[];
}

export type FlowSort = 'first' | 'last' | 'frames' | 'bytes' | 'initiator' | 'responder' | 'state';

/** A slice of a longer list. */
export interface Page<Row> {
  /** Rows that match, of which `rows` is a part. */
  readonly total: number;
  readonly rows: readonly Row[];
  /** `total` is of those only that were looked at so far: ask again. */
  readonly isPartial?: boolean;
}

/** How a run ended, for exit codes and closing lines. */
export interface Outcome {
  /** Why sources ended early, and why a recording did. */
  readonly errors: readonly CaptureError[];
  readonly snapshot: Snapshot;
}

export interface AnalyzerPort {
  snapshot(): Promise<Snapshot>;
  /** Retained packets that match, oldest first; `from` counts from 0 among them. */
  rows(from: number, count: number, filter: ViewFilter): Promise<Page<PacketRow>>;
  /** Index among the retained packets that match of frame `number`, or of the next one after it. */
  indexOf(number: number, filter: ViewFilter): Promise<number>;
  /** null when the frame is no longer held. */
  detail(number: number): Promise<FrameDetail | null>;
  flows(
    sort: FlowSort,
    descending: boolean,
    from: number,
    count: number,
    filter: ViewFilter,
  ): Promise<Page<FlowRecord>>;
  /** Sets every counter to 0 and forgets packets and flows; capture goes on. */
  clear(): Promise<void>;
  /** Ends the capture or reading; what was kept can still be asked for. */
  close(): Promise<void>;
  /** Calls `listener` when frames have come since the last snapshot was asked for; absent where one has to look. */
  onNews?(listener: () => void): void;
}
