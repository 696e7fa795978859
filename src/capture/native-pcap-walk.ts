/**
 * The walk over a classic pcap file's records in C (src/native/pcap-walk.c): the same as PcapReader's own for files whose
 * lengths stand in their normal order, up to a record that is damaged.
 *
 * Worth it: 0.93 × the time of `summary` over 5 million small frames by one thread, paired runs.
 */
import type { ChunkWindow } from './chunk-window.js';
import type { FrameBatchBuffer } from './frame-batch.js';
import { loadNative, type Native } from './native.js';

/** Places in the registers, as pcap-walk.c has them. */
const Register = {
  end: 0,
  base: 1,
  limit: 2,
  most: 3,
  headerLen: 4,
  isSwapped: 5,
  fractionNs: 6,
  at: 7,
  count: 8,
  needed: 9,
} as const;
const registerCount = 10;

const isLittleEndianHere = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** How records are written, and when the walk ends. */
export interface WalkRules {
  readonly littleEndian: boolean;
  readonly nanoseconds: boolean;
  readonly recordHeaderLen: number;
  /** Longest frame that is no damage. */
  readonly most: number;
  /** Most records. */
  readonly limit: number;
}

export class NativePcapWalk {
  readonly #registers = new Float64Array(registerCount);

  /** null where there is none. */
  static make(): NativePcapWalk | null {
    const native = loadNative();
    return 'reason' in native ? null : new NativePcapWalk(native);
  }

  constructor(readonly native: Native) {}

  /**
   * Walks whole records from the window into the batch.
   * @returns 0 when the batch is full or a damaged record follows, else the bytes that the record at the window's start
   *   needs
   */
  walk(window: ChunkWindow, batch: FrameBatchBuffer, rules: WalkRules): number {
    const registers = this.#registers;
    const base = window.positionOf(0);
    registers[Register.end] = window.end;
    registers[Register.base] = base;
    registers[Register.limit] = rules.limit;
    registers[Register.most] = rules.most;
    registers[Register.headerLen] = rules.recordHeaderLen;
    registers[Register.isSwapped] = rules.littleEndian === isLittleEndianHere ? 0 : 1;
    registers[Register.fractionNs] = rules.nanoseconds ? 1 : 1000;
    registers[Register.at] = window.start;
    const { offset, capLen, origLen, tsWords, position } = batch;
    this.native.walkPcap(registers, window.bytes, offset, capLen, origLen, tsWords, position);
    window.start = registers[Register.at];
    batch.count = registers[Register.count];
    return registers[Register.needed];
  }
}
