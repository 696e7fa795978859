/**
 * A program for people, as `tcpdump -d` writes it, and as data.
 *
 *     (000) ldh      [12]
 *     (001) jeq      #0x800           jt 2	jf 3
 */
import { type BpfInstruction, BpfMask } from '../capture/bpf.js';
import { aluCodes, Code } from './opcodes.js';

const operationMask = 0xf0;
const aluNames = new Map<number, string>([
  [aluCodes['+'], 'add'],
  [aluCodes['-'], 'sub'],
  [aluCodes['*'], 'mul'],
  [aluCodes['/'], 'div'],
  [aluCodes['|'], 'or'],
  [aluCodes['&'], 'and'],
  [aluCodes['<<'], 'lsh'],
  [aluCodes['>>'], 'rsh'],
  [aluCodes['%'], 'mod'],
  [aluCodes['^'], 'xor'],
]);
/** Shown in hex. */
const bitwise: ReadonlySet<number> = new Set([aluCodes['|'], aluCodes['&'], aluCodes['^']]);
const jumpNames = new Map<number, string>([
  [0x10, 'jeq'],
  [0x20, 'jgt'],
  [0x30, 'jge'],
  [0x40, 'jset'],
]);
const sizeNames = new Map<number, string>([
  [Code.word, ''],
  [Code.half, 'h'],
  [Code.byte, 'b'],
]);

/** A line an instruction. */
export function dumpProgram(program: readonly BpfInstruction[]): string {
  return program.map((instruction, i) => dumpLine(instruction, i)).join('\n');
}

/** The program as one JSON text, for other programs. */
export function dumpProgramJson(program: readonly BpfInstruction[], linkType: number): string {
  const instructions = program.map(({ code, jt, jf, k }) => ({ code, jt, jf, k }));
  return JSON.stringify({ schema: 'loscope.bpf/1', linkType, instructions });
}

function dumpLine(instruction: BpfInstruction, i: number): string {
  const [name, operand] = describe(instruction, i);
  const isBranch = (instruction.code & BpfMask.class) === 5 && instruction.code !== Code.ja;
  const start = `(${String(i).padStart(3, '0')}) ${name.padEnd(8)} `;
  if (!isBranch) return start + operand;
  return `${start}${operand.padEnd(16)} jt ${i + 1 + instruction.jt}\tjf ${i + 1 + instruction.jf}`;
}

function describe({ code, k }: BpfInstruction, i: number): [string, string] {
  const hex = `#0x${k.toString(16)}`;
  const isX = (code & Code.x) !== 0;
  const operation = code & operationMask;
  switch (code & BpfMask.class) {
    case Code.ld:
    case Code.ldx:
      return describeLoad(code, k);
    case Code.st:
      return ['st', `M[${k}]`];
    case Code.alu:
      if (code === Code.negate) return ['neg', ''];
      return [aluNames.get(code & ~Code.x) ?? '?', isX ? 'x' : bitwise.has(code) ? hex : `#${k}`];
    case Code.ja:
      return code === Code.ja ? ['ja', `${i + 1 + k}`] : [jumpNames.get(operation) ?? '?', isX ? 'x' : hex];
    case Code.ret:
      return ['ret', `#${k}`];
    default:
      return [code === Code.txa ? 'txa' : 'tax', ''];
  }
}

function describeLoad(code: number, k: number): [string, string] {
  const name = (code & BpfMask.class) === Code.ld ? 'ld' : 'ldx';
  const size = sizeNames.get(code & BpfMask.size) ?? '';
  switch (code & BpfMask.mode) {
    case Code.immediate:
      return [name, `#0x${k.toString(16)}`];
    case Code.absolute:
      return [name + size, `[${k}]`];
    case Code.indirect:
      return [name + size, `[x + ${k}]`];
    case Code.memory:
      return [name, `M[${k}]`];
    case Code.length:
      return [name, '#pktlen'];
    default:
      return [`${name}b`, `4*([${k}]&0xf)`];
  }
}
