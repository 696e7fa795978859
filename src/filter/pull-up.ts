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
import { dominates, factsOf, findFacts } from './dominators.js';

type Side = 'yes' | 'no';

/**
 * From the ends up: what is moved lies below the block in hand, so that the facts of those above stay true.
 * @returns true if something changed
 */
export function pullUp(graph: Graph): boolean {
  let isChanged = false;
  const order = inOrder(graph);
  findFacts(order);
  for (const block of order.reverse()) {
    if (block.test === null) continue;
    // One side at a time: the edges into the block are others then.
    if (pullUpTo(block, 'yes') || pullUpTo(block, 'no')) isChanged = true;
  }
  return isChanged;
}

/** @param shared the side on which all blocks of the chain lead to the same */
function pullUpTo(block: TestBlock, shared: Side): boolean {
  const { edges } = factsOf(block);
  if (edges.length === 0) return false;
  const value = edges[0].from.test.left;
  if (edges.some(({ from }) => from.test.left !== value)) return false;
  const next: Side = shared === 'yes' ? 'no' : 'yes';
  const isInChain = (candidate: Block): candidate is TestBlock =>
    candidate.test !== null && candidate[shared] === block[shared] && dominates(block, candidate);

  // The first of the chain that needs another value, and what leads to it.
  let before: TestBlock | null = null;
  let other: Block = block;
  for (;;) {
    if (!isInChain(other)) return false;
    if (other.test.left !== value) break;
    before = other;
    other = other[next];
  }
  const firstOther = other;
  const lead = (to: TestBlock): void => {
    if (before !== null) before[next] = to;
    else for (const { from, outcome } of edges) from[outcome ? 'yes' : 'no'] = to;
    to[next] = firstOther;
    before = to;
  };
  // All further ones that do not, in their order.
  let isChanged = false;
  let last: TestBlock = other;
  for (let following = other[next]; isInChain(following); following = last[next]) {
    if (following.test.left !== value) {
      last = following;
      continue;
    }
    last[next] = following[next];
    lead(following);
    isChanged = true;
  }
  return isChanged;
}
