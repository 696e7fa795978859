/**
 * Tests of one value next to each other, so that it is read once. In a chain of alternatives, of which each leads to
 * the same block if it holds, one that tests the value at hand comes before one that needs another:
 *
 *     … a ► b ► a'        a is at hand:  … a ► a' ► b
 *
 * and likewise in a chain of requirements. Where libpcap's optimiser does this, and only there: the order decides
 * about frames that are cut behind a and before b.
 */
import { type Block, type Graph, inOrder, type TestBlock } from './control-flow.js';
import { type BlockFacts, dominates, findFacts } from './dominators.js';

type Side = 'yes' | 'no';

/**
 * From the ends up: what is known of the blocks still to come stays true, because a chain is entered through its first
 * block only, and just the order behind that changes.
 * @returns true if something changed
 */
export function pullUp(graph: Graph): boolean {
  let isChanged = false;
  const order = inOrder(graph);
  const facts = findFacts(order);
  for (const block of order.reverse()) {
    if (block.test === null) continue;
    if (pullUpTo(block, 'yes', facts) || pullUpTo(block, 'no', facts)) isChanged = true;
  }
  return isChanged;
}

/** @param shared the side on which all blocks of the chain lead to the same */
function pullUpTo(block: TestBlock, shared: Side, facts: Map<Block, BlockFacts>): boolean {
  const { edges } = facts.get(block)!;
  if (edges.length === 0) return false;
  const value = edges[0].from.test.left;
  if (edges.some(({ from }) => from.test.left !== value)) return false;
  const next: Side = shared === 'yes' ? 'no' : 'yes';
  const isInChain = (candidate: Block): candidate is TestBlock =>
    candidate.test !== null && candidate[shared] === block[shared] && dominates(facts, block, candidate);

  // The first of the chain that needs another value, and what leads to it.
  let before: TestBlock | null = null;
  let other: Block = block;
  for (;;) {
    if (!isInChain(other)) return false;
    if (other.test.left !== value) break;
    before = other;
    other = other[next];
  }
  // The next one that does not.
  let last: TestBlock = other;
  let pulled: Block = other[next];
  for (;;) {
    if (!isInChain(pulled)) return false;
    if (pulled.test.left === value) break;
    last = pulled;
    pulled = pulled[next];
  }
  last[next] = pulled[next];
  pulled[next] = other;
  if (before !== null) before[next] = pulled;
  else for (const { from, outcome } of edges) from[outcome ? 'yes' : 'no'] = pulled;
  return true;
}
