/**
 * What is known of a block from how it is reached: the edges into it, and the block that every way to it passes.
 * Reference: Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm"; without cycles one round suffices.
 */
import type { Block, TestBlock } from './control-flow.js';

export interface Edge {
  readonly from: TestBlock;
  readonly outcome: boolean;
}

export interface BlockFacts {
  readonly edges: Edge[];
  /** The closest block that every way to this one passes; null for the root. */
  dominator: Block | null;
  /** Place in the order. */
  readonly place: number;
}

/** @param order as inOrder gives it */
export function findFacts(order: readonly Block[]): Map<Block, BlockFacts> {
  const facts = new Map<Block, BlockFacts>(
    order.map((block, place) => [block, { edges: [], dominator: null, place }]),
  );
  for (const block of order) {
    const own = facts.get(block)!;
    for (const { from } of own.edges) {
      own.dominator = own.dominator === null ? from : common(facts, own.dominator, from);
    }
    if (block.test === null) continue;
    facts.get(block.yes)!.edges.push({ from: block, outcome: true });
    facts.get(block.no)!.edges.push({ from: block, outcome: false });
  }
  return facts;
}

function common(facts: Map<Block, BlockFacts>, one: Block, other: Block): Block {
  let a = one;
  let b = other;
  while (a !== b) {
    if (facts.get(a)!.place > facts.get(b)!.place) a = facts.get(a)!.dominator!;
    else b = facts.get(b)!.dominator!;
  }
  return a;
}

export function dominates(facts: Map<Block, BlockFacts>, above: Block, below: Block): boolean {
  let block: Block | null = below;
  while (block !== null && block !== above) block = facts.get(block)!.dominator;
  return block === above;
}
