/**
 * Words beyond those of pcap-filter(7): what each takes, what it asks of a packet, and how it marks those it selects.
 * The words themselves are a registry of a later stage, which knows verdicts and flows (analysis/filter-words.ts).
 *
 *     locality leak     takes a name       interface "br-a:1"     takes any name
 *     frame 100-200     takes a range      time >= "05:18:46"     takes a time
 */
import type { FrameBatch } from '../capture/frame-batch.js';

export type TimeOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type Argument =
  | { readonly kind: 'name'; readonly text: string; readonly at: number }
  /** Both ends are in it. */
  | { readonly kind: 'range'; readonly low: number; readonly high: number; readonly at: number }
  | {
      readonly kind: 'time';
      readonly operator: TimeOperator;
      /** As written. */
      readonly text: string;
      /** Nanoseconds since the epoch, or since midnight UTC. */
      readonly ns: bigint;
      readonly isTimeOfDay: boolean;
      readonly at: number;
    };

/** What was found of the packets of a batch, index for index. */
export interface Verdicts {
  readonly locality: Uint8Array;
  readonly evidence: Uint8Array;
  readonly stop: Uint8Array;
  /** Ids from 1 over all frames, also those that are not selected; 0 for none. */
  readonly flowId: Uint32Array;
  /** The flow's state after the packet, as a place in a list of names; 0 for none. */
  readonly flowState: Uint8Array;
}

/** A batch, as a word sees it. */
export interface PacketFacts {
  readonly frames: FrameBatch;
  /** The interface's name, or where a capture names none those of the file. */
  readonly interfaceNames: readonly string[];
  /** Of the system that captures; 0 where it is not known. */
  readonly interfaceIndex: number;
  /** Of the batch's first frame, from 1. */
  readonly firstNumber: number;
  /** null for words that ask of the frame alone. */
  readonly verdicts: Verdicts | null;
}

/** Marks of a batch: whether each of its first `count` frames is selected, or refused as one that is cut where it is asked. */
export const Mark = { no: 0, yes: 1, refused: 2 } as const;
/** Writes a Mark for each frame. */
export type Marker = (facts: PacketFacts, marks: Uint8Array) => void;

/** What has to be known before a word can be decided; `number` and those from `flow` on depend on the frames before. */
export type Asks = 'frame' | 'number' | 'verdict' | 'flow' | 'state';

export interface FilterWord {
  readonly word: string;
  readonly takes: 'name' | 'range' | 'time';
  /** The names that there are; [] where any will do. */
  readonly names: readonly string[];
  readonly asks: Asks;
  /** For help and errors: `locality leak`. */
  readonly example: string;
  marker(argument: Argument): Marker;
}

export type Vocabulary = ReadonlyMap<string, FilterWord>;

/** pcap-filter's own words alone. */
export const noWords: Vocabulary = new Map();
