/**
 * A BPF program as one JavaScript function over a batch, where the bytes lie. Every jump goes forward, so each target
 * ends a labelled block, and a jump is a `break` out of it:
 *
 *     t3: { t2: { if (a !== 2048) break t3; … } … }      ← instruction 2, then 3
 *
 * A and X are 32-bit words in signed form, which V8 keeps in registers; compared unsigned where the order matters.
 * A read behind the captured bytes drops the frame, as the machine does. Nothing is allocated per frame.
 */
import { type BpfInstruction, BpfMask as Mask } from '../capture/bpf.js';
import type { FrameBatch } from '../capture/frame-batch.js';
import { aluCodes, Code, memoryCells } from './opcodes.js';
import { Mark, type Marker } from './vocabulary.js';

/**
 * Writes the indices of the frames that are selected to `selected`, in order.
 * @returns how many
 */
export type BatchFilter = (frames: FrameBatch, selected: Uint32Array) => number;

/** What is done with a frame when the program has come to an end, as statements. */
interface Exits {
  readonly keep: string;
  readonly drop: string;
  /** A read behind the captured bytes, or a division by zero. */
  readonly refuse: string;
}

const selecting: Exits = {
  keep: 'out[n++] = i; continue frames;',
  drop: 'continue frames;',
  refuse: 'continue frames;',
};
const marking: Exits = {
  keep: `out[i] = ${Mark.yes}; continue frames;`,
  drop: `out[i] = ${Mark.no}; continue frames;`,
  refuse: `out[i] = ${Mark.refused}; continue frames;`,
};

const operationMask = 0xf0;
/** Deeper blocks are for a switch, which is slower; V8's parser ends at some thousands. */
const mostNested = 500;

/** @param program forward jumps only, as `emit` makes it */
export function toBatchFilter(program: readonly BpfInstruction[]): BatchFilter {
  return new Function('frames', 'out', sourceOf(program, selecting)) as BatchFilter;
}

/** The same, with a mark for each frame. */
export function toBatchMarker(program: readonly BpfInstruction[]): Marker {
  const mark = new Function('frames', 'out', sourceOf(program, marking));
  return ({ frames }, marks) => void mark(frames, marks);
}

/** The function's body; numbers of the program are the only thing that goes into it. */
function sourceOf(program: readonly BpfInstruction[], exits: Exits): string {
  const targets = new Set<number>();
  for (const [i, { code, jt, jf, k }] of program.entries()) {
    if ((code & Mask.class) !== Code.ja) continue;
    for (const distance of code === Code.ja ? [k] : [jt, jf]) if (distance > 0) targets.add(i + 1 + distance);
  }
  const cells = Array.from({ length: memoryCells }, (_, i) => `m${i} = 0`);
  const usesMemory = program.some(({ code }) => (code & Mask.class) === Code.st);
  const body =
    targets.size > mostNested ? switched(program, targets, exits) : nested(program, targets, exits);
  return `
const { view, count, offset, capLen, origLen } = frames;
let n = 0;
frames: for (let i = 0; i < count; i++) {
  const at = offset[i], cap = capLen[i];
  let a = 0, x = 0${usesMemory ? `, ${cells.join(', ')}` : ''};
  ${body}
}
return n;`;
}

/** Each target ends a labelled block, and a jump is a `break` out of it. */
function nested(program: readonly BpfInstruction[], targets: ReadonlySet<number>, exits: Exits): string {
  const labels = [...targets].sort((a, b) => b - a).map((target) => `t${target}: {`);
  const jump = (target: number): string => `break t${target};`;
  const lines = program.map(
    (instruction, i) => (targets.has(i) ? '} ' : '') + lineOf(instruction, i, exits, jump),
  );
  return `${labels.join(' ')}\n${lines.join('\n')}`;
}

/** Each target is a case, and a jump goes round to it: V8 cannot parse thousands of nested blocks. */
function switched(program: readonly BpfInstruction[], targets: ReadonlySet<number>, exits: Exits): string {
  const jump = (target: number): string => `{ pc = ${target}; continue; }`;
  const lines = program.map(
    (instruction, i) => (targets.has(i) ? `case ${i}: ` : '') + lineOf(instruction, i, exits, jump),
  );
  return `let pc = 0; for (;;) switch (pc) { case 0:\n${lines.join('\n')}\n}`;
}

function lineOf(
  { code, jt, jf, k }: BpfInstruction,
  i: number,
  exits: Exits,
  jump: (target: number) => string,
): string {
  const { refuse } = exits;
  switch (code & Mask.class) {
    case Code.ld:
      return loadOf(code, k, 'a', refuse);
    case Code.ldx:
      return loadOf(code, k, 'x', refuse);
    case Code.st:
      return `m${k} = a;`;
    case Code.alu:
      return aluOf(code, k, refuse);
    case Code.ja:
      return code === Code.ja ? jump(i + 1 + k) : jumpOf({ code, jt, jf, k }, i, jump);
    case Code.ret:
      return k === 0 ? exits.drop : exits.keep;
    default:
      return code === Code.txa ? 'a = x;' : 'x = a;';
  }
}

function loadOf(code: number, k: number, into: 'a' | 'x', refuse: string): string {
  switch (code & Mask.mode) {
    case Code.immediate:
      return `${into} = ${k | 0};`;
    case Code.length:
      return `${into} = origLen[i] | 0;`;
    case Code.memory:
      return `${into} = m${k};`;
    case Code.header:
      return `if (cap < ${k + 1}) { ${refuse} } x = (view.getUint8(at + ${k}) & 15) << 2;`;
    case Code.indirect: {
      const { get, bytes } = readOf(code);
      return `if ((x >>> 0) + ${k + bytes} > cap) { ${refuse} } a = view.${get}(at + (x >>> 0) + ${k});`;
    }
    default: {
      const { get, bytes } = readOf(code);
      return `if (cap < ${k + bytes}) { ${refuse} } a = view.${get}(at + ${k});`;
    }
  }
}

function readOf(code: number): { get: string; bytes: number } {
  const size = code & Mask.size;
  if (size === Code.word) return { get: 'getInt32', bytes: 4 };
  return size === Code.half ? { get: 'getUint16', bytes: 2 } : { get: 'getUint8', bytes: 1 };
}

function aluOf(code: number, k: number, refuse: string): string {
  if (code === Code.negate) return 'a = -a | 0;';
  const isX = (code & Code.x) !== 0;
  const operand = isX ? 'x' : `${k | 0}`;
  switch (code & ~Code.x) {
    case aluCodes['+']:
      return `a = (a + ${operand}) | 0;`;
    case aluCodes['-']:
      return `a = (a - ${operand}) | 0;`;
    case aluCodes['*']:
      return `a = Math.imul(a, ${operand});`;
    case aluCodes['/']:
      return `${isX ? `if (x === 0) { ${refuse} } ` : ''}a = ((a >>> 0) / (${operand} >>> 0)) | 0;`;
    case aluCodes['%']:
      return `${isX ? `if (x === 0) { ${refuse} } ` : ''}a = ((a >>> 0) % (${operand} >>> 0)) | 0;`;
    case aluCodes['|']:
      return `a |= ${operand};`;
    case aluCodes['&']:
      return `a &= ${operand};`;
    case aluCodes['^']:
      return `a ^= ${operand};`;
    case aluCodes['<<']:
      return isX ? 'a = (x >>> 0) < 32 ? a << x : 0;' : `a <<= ${k};`;
    default:
      return isX ? 'a = (x >>> 0) < 32 ? (a >>> x) | 0 : 0;' : `a = (a >>> ${k}) | 0;`;
  }
}

function jumpOf({ code, jt, jf, k }: BpfInstruction, i: number, jump: (target: number) => string): string {
  const isX = (code & Code.x) !== 0;
  const holds = ((): string => {
    switch (code & operationMask) {
      case 0x10:
        return `a === ${isX ? 'x' : k | 0}`;
      case 0x20:
        return `(a >>> 0) > ${isX ? '(x >>> 0)' : k}`;
      case 0x30:
        return `(a >>> 0) >= ${isX ? '(x >>> 0)' : k}`;
      default:
        return `(a & ${isX ? 'x' : k | 0}) !== 0`;
    }
  })();
  const to = (distance: number): string => jump(i + 1 + distance);
  if (jt === 0 && jf === 0) return '';
  if (jt === 0) return `if (!(${holds})) ${to(jf)}`;
  return jf === 0 ? `if (${holds}) ${to(jt)}` : `if (${holds}) ${to(jt)} else ${to(jf)}`;
}
