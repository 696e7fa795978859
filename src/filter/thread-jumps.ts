/**
 * Jump threading: an edge into a test whose outcome is known on that edge goes past it. Known is what the edges say
 * that every way there passes:
 *
 *     the same test                   has the same outcome
 *     left = k, of another constant   is false if left = k' was true
 *
 * A test that is passed over has read the same bytes before, so nothing changes for short frames. More could be known
 * (ranges), but then tests become idle, and these take their reads with them: a short frame that libpcap refuses
 * would pass.
 */
import type { Test } from './condition.js';
import { type Block, type Graph, inOrder, type TestBlock } from './control-flow.js';
import { type BlockFacts, type Edge, findFacts } from './dominators.js';

/**
 * Also leaves out tests whose two outcomes lead to the same block, with their reads.
 * @returns true if something changed
 */
export function threadJumps(graph: Graph): boolean {
  const order = inOrder(graph);
  const facts = findFacts(order);
  let isChanged = false;
  const follow = (from: TestBlock, outcome: boolean): Block => {
    let target = outcome ? from.yes : from.no;
    while (target.test !== null) {
      const isIdle = target.yes === target.no;
      const known = isIdle ? true : decide(target.test, from, outcome, facts);
      if (known === null) break;
      target = known ? target.yes : target.no;
      isChanged = true;
    }
    return target;
  };
  for (const block of order) {
    if (block.test === null) continue;
    block.yes = follow(block, true);
    block.no = follow(block, false);
  }
  return isChanged;
}

/** The outcome of a test on an edge; null if unknown. */
function decide(
  test: Test,
  from: TestBlock,
  outcome: boolean,
  facts: Map<Block, BlockFacts>,
): boolean | null {
  let edge: Edge | null = { from, outcome };
  while (edge !== null) {
    const known = implied(test, edge.from.test, edge.outcome);
    if (known !== null) return known;
    edge = edgeAbove(edge.from, facts);
  }
  return null;
}

function implied(test: Test, known: Test, isHeld: boolean): boolean | null {
  if (known.left !== test.left || known.relation !== test.relation) return null;
  if (known.right === test.right) return isHeld;
  const areConstants = known.right.kind === 'constant' && test.right.kind === 'constant';
  return isHeld && test.relation === '=' && areConstants ? false : null;
}

/** The closest edge that every way to the block passes. */
function edgeAbove(block: Block, facts: Map<Block, BlockFacts>): Edge | null {
  let below: Block | null = block;
  while (below !== null) {
    const { edges, dominator }: BlockFacts = facts.get(below)!;
    if (edges.length === 1) return edges[0];
    below = dominator;
  }
  return null;
}
