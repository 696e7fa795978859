/**
 * What is known of a block from how it is reached: the edges into it, and the block that every way to it passes.
 * Reference: Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm"; without cycles one round suffices.
 *
 * Blocks are numbered by walks through the tree of dominators: those between a block's two numbers are below it.
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
  /** In the tree of dominators: the next block below the same one, and the first below this one. */
  sibling: Block | null;
  child: Block | null;
  enter: number;
  leave: number;
}

/**
 * Notes the facts at each block.
 * @param order as inOrder gives it
 */
export function findFacts(order: readonly Block[]): void {
  for (const [place, block] of order.entries()) {
    block.facts = { edges: [], dominator: null, place, sibling: null, child: null, enter: 0, leave: 0 };
  }
  for (const block of order) {
    const own = factsOf(block);
    for (const { from } of own.edges) {
      own.dominator = own.dominator === null ? from : common(own.dominator, from);
    }
    if (own.dominator !== null) {
      const above = factsOf(own.dominator);
      own.sibling = above.child;
      above.child = block;
    }
    if (block.test === null) continue;
    factsOf(block.yes).edges.push({ from: block, outcome: true });
    factsOf(block.no).edges.push({ from: block, outcome: false });
  }
  number(order);
}

/** Of a block that was in the order. */
export function factsOf(block: Block): BlockFacts {
  return block.facts!;
}

/** Without recursion: a chain of alternatives is as deep as it is long. */
function number([root]: readonly Block[]): void {
  let next = 0;
  let block: Block | null = root;
  while (block !== null) {
    const facts = factsOf(block);
    facts.enter = next++;
    let below: Block | null = facts.child;
    while (below === null && block !== null) {
      const { sibling, dominator }: BlockFacts = factsOf(block);
      factsOf(block).leave = next;
      below = sibling;
      block = dominator;
    }
    block = below;
  }
}

function common(one: Block, other: Block): Block {
  let a = one;
  let b = other;
  while (a !== b) {
    if (factsOf(a).place > factsOf(b).place) a = factsOf(a).dominator!;
    else b = factsOf(b).dominator!;
  }
  return a;
}

export function dominates(above: Block, below: Block): boolean {
  const { enter, leave } = factsOf(above);
  const at = factsOf(below).enter;
  return at >= enter && at < leave;
}
