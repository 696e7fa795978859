/**
 * Classic BPF programs as data, for the kernel to run on each frame before it is copied.
 * Reference: McCanne and Jacobson, "The BSD Packet Filter"; linux/filter.h for the values the kernel adds.
 */
import { CaptureError } from './capture-error.js';
import type { Native, NativeError } from './native.js';
import { FrameKind } from './ring-frames.js';

/** One instruction, as in struct sock_filter. */
export interface BpfInstruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

const instructionLen = 8;

/** Parts of a code. */
export const BpfMask = { class: 7, mode: 0xe0, size: 0x18 } as const;
const classLd = 0;
const classLdx = 1;
const classRet = 6;
const modeAbs = 0x20;
const modeInd = 0x40;
const modeMsh = 0xa0;
const sizeHalf = 0x08;
/** Return a constant: how many bytes to keep. */
const returnK = 0x06;

/** Kernel values at negative offsets (SKF_AD_OFF and on). */
export const ancillary = 0xfffff000;
const ancillaryOfSll2 = new Map([
  [0, 0], // protocol
  [4, 8], // interface index
  [8, 28], // hardware type
  [10, 4], // packet type
]);
const sll2Len = 20;

/** DLT_ numbers: what the program is written for. */
const dltOfKind = { [FrameKind.ethernet]: 1, [FrameKind.ip]: 12, [FrameKind.any]: 276 } as const;

/** Keeps `snapLen` bytes of everything. */
export function acceptAll(snapLen: number): BpfInstruction[] {
  return [{ code: returnK, jt: 0, jf: 0, k: snapLen }];
}

/** The program as the kernel takes it: native byte order, which is little endian here. */
export function packProgram(program: readonly BpfInstruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * instructionLen);
  const view = new DataView(bytes.buffer);
  for (const [i, { code, jt, jf, k }] of program.entries()) {
    view.setUint16(i * instructionLen, code, true);
    view.setUint8(i * instructionLen + 2, jt);
    view.setUint8(i * instructionLen + 3, jf);
    view.setUint32(i * instructionLen + 4, k, true);
  }
  return bytes;
}

function unpackProgram(bytes: Uint8Array): BpfInstruction[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / instructionLen }, (_, i) => ({
    code: view.getUint16(i * instructionLen, true),
    jt: view.getUint8(i * instructionLen + 2),
    jf: view.getUint8(i * instructionLen + 3),
    k: view.getUint32(i * instructionLen + 4, true),
  }));
}

/** Compiles pcap-filter text for frames of a link type. @throws an error with what is wrong and its `position` */
export type FilterCompiler = (text: string, linkType: number, snapLen: number) => BpfInstruction[];

/** Through libpcap. */
function libpcapCompiler(native: Native): FilterCompiler {
  return (text, linkType, snapLen) => unpackProgram(native.compileFilter(text, linkType, snapLen));
}

/**
 * Compiles pcap-filter text for the frames of one kind of ring.
 * @param compiler null for libpcap's
 * @param where the interface, for errors
 * @throws CaptureError `filter` for libpcap's; what the compiler throws
 */
export function compileFilter(
  native: Native,
  text: string,
  {
    kind,
    snapLen,
    where,
    compiler,
  }: { kind: FrameKind; snapLen: number; where: string; compiler: FilterCompiler | null },
): BpfInstruction[] {
  const refuse = (what: string, advice: string): CaptureError =>
    new CaptureError('filter', where, `filter \`${text}\`: ${what}`, -1, advice);
  let program: BpfInstruction[];
  try {
    program = (compiler ?? libpcapCompiler(native))(text, dltOfKind[kind], snapLen);
  } catch (error) {
    const { code, message } = error as NativeError;
    if (compiler !== null) throw error;
    if (code === 'FILTER') throw refuse(message, 'see pcap-filter(7)');
    throw refuse('filters are compiled by libpcap, which is not installed', 'install the package libpcap');
  }
  if (kind !== FrameKind.any) return program;
  // Whoever captures `any` asks the filter again of what came.
  return cookedProgram(program) ?? acceptAll(snapLen);
}

/**
 * The program of an SLL2 frame for a socket that has no link header: what lies behind the header moves to the front,
 * and its fields are the kernel's own values. null for fields that the kernel does not have.
 */
export function cookedProgram(program: readonly BpfInstruction[]): BpfInstruction[] | null {
  const cooked: BpfInstruction[] = [];
  for (const instruction of program) {
    const { code, k } = instruction;
    const mode = code & BpfMask.mode;
    const isLoad =
      ((code & BpfMask.class) === classLd && (mode === modeAbs || mode === modeInd)) ||
      ((code & BpfMask.class) === classLdx && mode === modeMsh);
    if (!isLoad || k >= ancillary) cooked.push(instruction);
    else if (k >= sll2Len) cooked.push({ ...instruction, k: k - sll2Len });
    else {
      const value = mode === modeAbs ? ancillaryOfSll2.get(k) : undefined;
      if (value === undefined) return null;
      // The kernel gives its values as words, whatever size was asked for.
      const isHalf = (code & BpfMask.size) === sizeHalf;
      if (k === 0 && !isHalf) return null;
      cooked.push({ ...instruction, code: classLd | modeAbs, k: ancillary + value });
    }
  }
  return cooked;
}

/** The program with at most `snapLen` bytes kept of what it accepts. */
export function cutTo(program: readonly BpfInstruction[], snapLen: number): BpfInstruction[] {
  return program.map((instruction) =>
    instruction.code === (classRet | 0) && instruction.k > snapLen
      ? { ...instruction, k: snapLen }
      : instruction,
  );
}
