/**
 * The graph as a classic BPF program. Blocks follow each other in an order in which every jump goes forward; what the
 * registers and the scratch memory hold on all ways into a block is not computed again there.
 *
 *     ld/ldh/ldb [k] · [x+k] · #k · #len · M[k]     ldx 4*([k]&0xf) · #k · #len · M[k]     st M[k]     tax txa
 *     alu #k · x      jeq jgt jge jset #k · x, jt jf      ret #k
 *
 * Conditional jumps reach 255 instructions; a farther target gets a `ja` behind the jump.
 */
import type { BpfInstruction } from '../capture/bpf.js';
import type { Test } from './condition.js';
import { type Block, type Graph, inOrder, type TestBlock } from './control-flow.js';
import type { Expression } from './expression.js';
import { Code } from './opcodes.js';
import { Registers } from './registers.js';

/** Bytes kept of a frame that is selected: all, as tcpdump has it. */
export const keepAll = 262_144;
const mostReach = 255;

/** A block's instructions without its jump. */
interface Piece {
  readonly block: Block;
  /** The block with the targets that it jumps to. */
  readonly jumpFrom: Block;
  readonly body: BpfInstruction[];
  readonly jump: number;
  readonly operand: number;
}

/** @throws FilterError if the scratch memory does not suffice */
export function emit(graph: Graph, keepLen = keepAll): BpfInstruction[] {
  const order = layOut(graph);
  const entry = new Map<Block, Registers>([[graph.root, registersAtRoot(graph)]]);
  const pieces = order.map((block): Piece => {
    const registers = entry.get(block) ?? new Registers();
    if (block.test === null) {
      const body = [{ code: Code.ret, jt: 0, jf: 0, k: block.keep ? keepLen : 0 }];
      return { block, jumpFrom: block, body, jump: 0, operand: 0 };
    }
    const { left, relation, right } = block.test;
    const isMasked = relation === 'set' && isHeldMasked(registers.a, block.test);
    const isImmediate = right.kind === 'constant';
    if (!isMasked) registers.compare(left, right);
    for (const target of [block.yes, block.no]) {
      const known = entry.get(target);
      if (known === undefined) entry.set(target, registers.copy());
      else known.keepCommon(registers);
    }
    if (isMasked) {
      // The bits are in A already: none of them is set if it is 0.
      const jumpFrom = { ...block, yes: block.no, no: block.yes };
      return { block, jumpFrom, body: registers.code, jump: Code['='], operand: 0 };
    }
    const jump = Code[relation] | (isImmediate ? 0 : Code.x);
    const operand = isImmediate ? right.value : 0;
    return { block, jumpFrom: block, body: registers.code, jump, operand };
  });
  return link(mergePieces(pieces));
}

function registersAtRoot({ first }: Graph): Registers {
  const registers = new Registers();
  if (first !== null) registers.compare(first.left, first.right);
  return registers;
}

function isHeldMasked(held: Expression | null, { left, right }: Test): boolean {
  return held?.kind === 'operation' && held.operator === '&' && held.left === left && held.right === right;
}

/** Equal code with equal targets once, whatever it computes: what is at hand differs, what is done with it does not. */
function mergePieces(pieces: readonly Piece[]): Piece[] {
  const same = new Map<Block, Block>();
  const known = new Map<string, Block>();
  const numbers = new Map<Block, number>();
  const targetOf = (block: Block): Block => same.get(block) ?? block;
  const kept: Piece[] = [];
  for (const piece of pieces.toReversed()) {
    const { block, jumpFrom: own, body, jump, operand } = piece;
    const targets = own.test === null ? [] : [own.yes, own.no].map((target) => numbers.get(targetOf(target)));
    const key = [jump, operand, targets, ...body.map(({ code, k }) => `${code}:${k}`)].join();
    const equal = known.get(key);
    if (equal !== undefined) {
      same.set(block, equal);
      continue;
    }
    known.set(key, block);
    numbers.set(block, numbers.size);
    // The graph stays as it is: there, the merged blocks are about different values.
    const jumpFrom = own.test === null ? own : { ...own, yes: targetOf(own.yes), no: targetOf(own.no) };
    kept.push({ ...piece, jumpFrom });
  }
  return kept.reverse();
}

/** The ends last, what is kept first. */
function layOut(graph: Graph): Block[] {
  const order = inOrder(graph);
  const ends = [graph.keep, graph.drop].filter((end) => order.includes(end));
  return [...order.filter((block) => block.test !== null), ...ends];
}

/** From the end, so that every target's place, counted from the end, is known. */
function link(pieces: readonly Piece[]): BpfInstruction[] {
  const reversed: BpfInstruction[] = [];
  const start = new Map<Block, number>();
  for (const { block, jumpFrom, body, jump, operand } of pieces.toReversed()) {
    if (jumpFrom.test !== null) pushJump(reversed, start, jumpFrom, { jump, operand });
    for (const instruction of body.toReversed()) reversed.push(instruction);
    start.set(block, reversed.length);
  }
  return reversed.reverse();
}

/** The conditional jump, and a `ja` for each target out of its reach. */
function pushJump(
  reversed: BpfInstruction[],
  start: ReadonlyMap<Block, number>,
  { yes, no }: TestBlock,
  { jump, operand }: { jump: number; operand: number },
): void {
  const distance = (target: Block): number => reversed.length - start.get(target)!;
  // A second `ja` may stand in between.
  const isFar = (target: Block): boolean => distance(target) + 2 > mostReach;
  const relays = new Map<Block, number>();
  for (const target of [no, yes]) {
    if (!isFar(target)) continue;
    reversed.push({ code: Code.ja, jt: 0, jf: 0, k: distance(target) });
    relays.set(target, reversed.length);
  }
  const reach = (target: Block): number => reversed.length - (relays.get(target) ?? start.get(target)!);
  reversed.push({ code: jump, jt: reach(yes), jf: reach(no), k: operand });
}
