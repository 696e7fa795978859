/**
 * A program as a graph: blocks that test and go on to one of two others, down to the two ends.
 *
 *     [ test ] ── yes ──► [ test ] ── yes ──► keep
 *         └───── no ────────► └────── no ───► drop
 *
 * The graph has no cycles. Blocks are changed in place by the optimiser.
 */
import type { Condition, Test } from './condition.js';
import type { BlockFacts } from './dominators.js';

export interface TestBlock {
  /** As dominators.ts has found them last. */
  facts: BlockFacts | null;
  readonly test: Test;
  yes: Block;
  no: Block;
}

/** An end: keep the frame, or drop it. */
export interface EndBlock {
  facts: BlockFacts | null;
  readonly test: null;
  readonly keep: boolean;
}

export type Block = TestBlock | EndBlock;

export interface Graph {
  root: Block;
  /** A test whose values are read before the root, only so that frames too short for it are dropped. */
  first: Test | null;
  readonly keep: EndBlock;
  readonly drop: EndBlock;
}

export function graphOf(condition: Condition): Graph {
  const keep: EndBlock = { facts: null, test: null, keep: true };
  const drop: EndBlock = { facts: null, test: null, keep: false };
  return { root: blockOf(condition, keep, drop), first: null, keep, drop };
}

function blockOf(condition: Condition, yes: Block, no: Block): Block {
  switch (condition.kind) {
    case 'constant':
      return condition.value ? yes : no;
    case 'not':
      return blockOf(condition.operand, no, yes);
    case 'and':
      return blockOf(condition.left, blockOf(condition.right, yes, no), no);
    case 'or':
      return blockOf(condition.left, yes, blockOf(condition.right, yes, no));
    case 'test':
      return { facts: null, test: condition.test, yes, no };
  }
}

/** The blocks that can be reached, each before those that it leads to, the ends last. */
export function inOrder({ root }: Graph): Block[] {
  const order: Block[] = [];
  const seen = new Set<Block>();
  const visit = (block: Block): void => {
    if (seen.has(block)) return;
    seen.add(block);
    if (block.test !== null) {
      visit(block.no);
      visit(block.yes);
    }
    order.push(block);
  };
  visit(root);
  return order.reverse();
}
