/**
 * Codes of the classic BPF machine. Reference: McCanne and Jacobson, "The BSD Packet Filter"; linux/bpf_common.h.
 */
export const Code = {
  ld: 0x00,
  ldx: 0x01,
  st: 0x02,
  alu: 0x04,
  ja: 0x05,
  ret: 0x06,
  tax: 0x07,
  txa: 0x87,
  /** Modes of a load. */
  immediate: 0x00,
  absolute: 0x20,
  indirect: 0x40,
  memory: 0x60,
  length: 0x80,
  header: 0xa0,
  /** Sizes. */
  word: 0x00,
  half: 0x08,
  byte: 0x10,
  /** The second operand is the register. */
  x: 0x08,
  negate: 0x84,
  /** Conditional jumps. */
  '=': 0x15,
  '>': 0x25,
  '>=': 0x35,
  set: 0x45,
} as const;

/** Operations of the accumulator. */
export const aluCodes = {
  '+': 0x04,
  '-': 0x14,
  '*': 0x24,
  '/': 0x34,
  '|': 0x44,
  '&': 0x54,
  '<<': 0x64,
  '>>': 0x74,
  '%': 0x94,
  '^': 0xa4,
} as const;

export const sizeCodes = { 1: Code.byte, 2: Code.half, 4: Code.word } as const;

/** Cells of scratch memory. */
export const memoryCells = 16;
