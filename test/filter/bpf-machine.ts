/**
 * The machine as libpcap runs it on files, one instruction at a time: the oracle for both back ends.
 * Reference: McCanne and Jacobson; bpf_filter of libpcap for reads behind the captured bytes, divisions and shifts.
 */
import type { BpfInstruction } from '../../src/capture/bpf.js';

export interface Frame {
  readonly bytes: Uint8Array;
  readonly origLen: number;
}

/** What the kernel knows beside a frame: offset from SKF_AD_OFF to value. */
export type Ancillary = Readonly<Record<number, number>>;
const ancillaryOffset = 0xfffff000;

/** What the program returns: bytes to keep, 0 for a frame that is dropped. */
export function runProgram(
  program: readonly BpfInstruction[],
  { bytes, origLen }: Frame,
  ancillary: Ancillary = {},
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const memory = new Uint32Array(16);
  let a = 0;
  let x = 0;
  const load = (size: number, at: number): number => {
    if (size === 0x10) return view.getUint8(at);
    return size === 0x08 ? view.getUint16(at) : view.getUint32(at);
  };
  for (let pc = 0; pc < program.length; pc++) {
    const { code, jt, jf, k } = program[pc];
    const source = (code & 8) !== 0 ? x : k;
    switch (code & 7) {
      case 0: {
        const mode = code & 0xe0;
        if (mode === 0) a = k;
        else if (mode === 0x80) a = origLen;
        else if (mode === 0x60) a = memory[k];
        else {
          const at = mode === 0x40 ? x + k : k;
          const size = code & 0x18;
          if (mode === 0x20 && ancillary[k - ancillaryOffset] !== undefined) {
            a = ancillary[k - ancillaryOffset];
            break;
          }
          if (at + (size === 0x10 ? 1 : size === 0x08 ? 2 : 4) > bytes.length) return 0;
          a = load(size, at);
        }
        break;
      }
      case 1: {
        const mode = code & 0xe0;
        if (mode === 0) x = k;
        else if (mode === 0x80) x = origLen;
        else if (mode === 0x60) x = memory[k];
        else if (k >= bytes.length) return 0;
        else x = (bytes[k] & 15) * 4;
        break;
      }
      case 2:
        memory[k] = a;
        break;
      case 3:
        memory[k] = x;
        break;
      case 4: {
        const operation = code & 0xf0;
        if ((operation === 0x30 || operation === 0x90) && source === 0) return 0;
        a = calculate(operation, a, source) >>> 0;
        break;
      }
      case 5:
        if (code === 5) pc += k | 0;
        else pc += holds(code & 0xf0, a, source) ? jt : jf;
        break;
      case 6:
        return k;
      default:
        if (code === 0x87) a = x;
        else x = a;
    }
  }
  throw new Error('the program runs past its end');
}

function calculate(operation: number, a: number, b: number): number {
  switch (operation) {
    case 0x00:
      return a + b;
    case 0x10:
      return a - b;
    case 0x20:
      return Math.imul(a, b);
    case 0x30:
      return Math.floor(a / b);
    case 0x40:
      return a | b;
    case 0x50:
      return a & b;
    case 0x60:
      return b < 32 ? a << b : 0;
    case 0x70:
      return b < 32 ? a >>> b : 0;
    case 0x80:
      return -a;
    case 0x90:
      return a % b;
    case 0xa0:
      return a ^ b;
    default:
      throw new Error(`no operation ${operation}`);
  }
}

function holds(operation: number, a: number, b: number): boolean {
  switch (operation) {
    case 0x10:
      return a === b;
    case 0x20:
      return a > b;
    case 0x30:
      return a >= b;
    case 0x40:
      return (a & b) !== 0;
    default:
      throw new Error(`no jump ${operation}`);
  }
}
