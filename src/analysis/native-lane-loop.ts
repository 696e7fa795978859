/**
 * The loop of the fast lane in C (src/native/lane.c), over the same arrays. They are bound to it again only when one of them
 * is another, and values travel in an array of registers, so that a run costs one short call.
 *
 * Worth it: 0.58 × the time of `summary` with both loops in C (this and capture/native-pcap-walk.ts), 5 million small frames
 * by one thread, paired runs; a frame takes 35 ns, in TypeScript 75 and more.
 */

import type { FrameBatch } from '../capture/frame-batch.js';
import {
  type FrameArrays,
  type LaneHandle,
  loadNative,
  type Native,
  type TableArrays,
} from '../capture/native.js';
import { noteTcp } from '../flow/tcp-state.js';
import { hashSeeds } from '../host/ipv6-table.js';
import { Halt, type LaneLoop, type LaneTables } from './lane-loop.js';
import { timelineRows } from './timeline.js';
import type { VerdictTag } from './verdict-tags.js';

/** Places in the registers, as lane.c has them. */
const Register = {
  from: 0,
  count: 1,
  isNewBatch: 2,
  tag: 3,
  loopbackTag: 4,
  endHigh: 5,
  endLow: 6,
  row: 7,
  beforeHigh: 8,
  beforeLow: 9,
  halt: 10,
  loopbackLinks: 11,
  capturedBytes: 12,
  /** Of the pure SYN that the loop left to FlowTable.noteTcp: its flow's entry, flags · 2 + 1 for reverse, and number. */
  entry: 13,
  tcp: 14,
  seq: 15,
} as const;
const registerCount = 16;

/** A halt of this loop only: the frame before the one it stands at was counted, but its SYN is not noted yet. */
const haltSyn = 4;

export class NativeLaneLoop implements LaneLoop {
  halt: Halt = Halt.batchEnd;
  loopbackLinks = 0;
  capturedBytes = 0;
  readonly #registers = new Float64Array(registerCount);
  readonly #handle: LaneHandle;
  /** What is bound, and so kept alive. */
  #tables: TableArrays | null = null;
  #frames: FrameArrays | null = null;
  /** Whose arrays those of the frames are. */
  #batch: FrameBatch | null = null;

  /** The loop over some tables; null where there is none in C. */
  static over(tables: LaneTables): NativeLaneLoop | null {
    const native = loadNative();
    return 'reason' in native ? null : new NativeLaneLoop(native, tables);
  }

  constructor(
    readonly native: Native,
    readonly tables: LaneTables,
  ) {
    this.#handle = native.makeLane(hashSeeds(), this.#registers);
  }

  take(frames: FrameBatch): void {
    const { bytes, offset, capLen, origLen, tsWords, flags } = frames;
    this.#registers[Register.isNewBatch] = 1;
    if (frames === this.#batch && bytes === this.#frames?.[0]) return;
    this.#batch = frames;
    this.#frames = [bytes, offset, capLen, origLen, tsWords, flags];
    this.native.bindLaneFrames(this.#handle, ...this.#frames);
  }

  startRun(high: number, low: number): void {
    this.#registers[Register.beforeHigh] = high;
    this.#registers[Register.beforeLow] = low;
  }

  run({ count }: FrameBatch, from: number, tag: VerdictTag, loopbackTag: VerdictTag): number {
    const { flows, timeline } = this.tables;
    if (flows.entries !== this.#tables?.[0]) this.#bindTables();
    const registers = this.#registers;
    registers[Register.count] = count;
    registers[Register.tag] = tag;
    registers[Register.loopbackTag] = loopbackTag;
    registers[Register.endHigh] = timeline.endHigh;
    registers[Register.endLow] = timeline.endLow;
    registers[Register.row] = timeline.here * timelineRows;
    this.loopbackLinks = 0;
    this.capturedBytes = 0;
    for (let at = from; ; ) {
      registers[Register.from] = at;
      at = this.native.runLane(this.#handle);
      registers[Register.isNewBatch] = 0;
      this.loopbackLinks += registers[Register.loopbackLinks];
      this.capturedBytes += registers[Register.capturedBytes];
      if (registers[Register.halt] !== haltSyn) {
        this.halt = registers[Register.halt] as Halt;
        return at;
      }
      const tcp = registers[Register.tcp];
      const { entries, doubles } = flows;
      noteTcp(
        entries,
        doubles,
        registers[Register.entry],
        tcp >> 1,
        registers[Register.seq],
        (tcp & 1) === 0,
      );
    }
  }

  /** The tables grow together, and the other arrays stay what they are. */
  #bindTables(): void {
    const { flows, counters, timeline, locality, evidence, flowId } = this.tables;
    const { plainFrames, plainBytes } = counters;
    this.#tables = [
      flows.entries,
      flows.slots.ids,
      plainFrames,
      plainBytes,
      timeline.counts,
      locality,
      evidence,
      flowId,
    ];
    this.native.bindLaneTables(this.#handle, ...this.#tables);
  }
}
