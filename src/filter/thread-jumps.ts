/**
 * Jump threading: an edge into a test whose outcome is known on that edge goes past it. Known is what the edges say
 * that every way there passes. Of the same left side:
 *
 *     the same test        its outcome
 *     left = k             any test against a constant
 *     left ≠ k, <, >, ≥    what follows for the range that is left
 *
 * A test that is passed over has read the same bytes before, so nothing changes for short frames. A test whose two
 * outcomes lead to the same block is left out, with its read, as libpcap's optimiser does.
 */
import { isTrue, type Test } from './condition.js';
import { type Block, type Graph, inOrder, type TestBlock } from './control-flow.js';
import { type BlockFacts, findFacts } from './dominators.js';

/** @returns true if something changed */
export function threadJumps(graph: Graph): boolean {
  const order = inOrder(graph);
  const facts = findFacts(order);
  let isChanged = false;
  const follow = (from: TestBlock, outcome: boolean): Block => {
    let target = outcome ? from.yes : from.no;
    while (target.test !== null) {
      const known = target.yes === target.no ? true : decide(target.test, from, outcome, facts);
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
  while (graph.root.test !== null && graph.root.yes === graph.root.no) {
    graph.root = graph.root.yes;
    isChanged = true;
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
  let block: TestBlock = from;
  let isHeld = outcome;
  const range = new Range();
  for (;;) {
    if (block.test.left === test.left) {
      if (block.test.relation === test.relation && block.test.right === test.right) return isHeld;
      range.narrow(block.test, isHeld);
    }
    // Up to the next edge that every way passes.
    let above = edgeInto(block, facts);
    while (above !== null && above.edge === null) above = edgeInto(above.block, facts);
    if (above === null) break;
    block = above.block;
    isHeld = above.edge!;
  }
  return range.decide(test);
}

/** The block that dominates, and by which outcome if there is only that one edge. */
function edgeInto(
  block: TestBlock,
  facts: Map<Block, BlockFacts>,
): { block: TestBlock; edge: boolean | null } | null {
  const { edges, dominator } = facts.get(block)!;
  if (dominator === null) return null;
  return { block: dominator as TestBlock, edge: edges.length === 1 ? edges[0].outcome : null };
}

/** What values a left side may still have. */
class Range {
  private low = 0;
  private high = 0xffffffff;
  private readonly excluded = new Set<number>();

  narrow({ relation, right }: Test, isHeld: boolean): void {
    if (right.kind !== 'constant') return;
    const { value } = right;
    if (relation === '=') {
      if (isHeld) this.low = this.high = value;
      else this.excluded.add(value);
    } else if (relation !== 'set') {
      const first = relation === '>' ? value + 1 : value;
      if (isHeld) this.low = Math.max(this.low, first);
      else this.high = Math.min(this.high, first - 1);
    }
  }

  decide({ relation, right }: Test): boolean | null {
    if (right.kind !== 'constant') return null;
    const { value } = right;
    if (this.low === this.high) return isTrue(relation, this.low, value);
    if (relation === 'set') return null;
    if (relation === '=')
      return this.excluded.has(value) || value < this.low || value > this.high ? false : null;
    const first = relation === '>' ? value + 1 : value;
    if (this.low >= first) return true;
    return this.high < first ? false : null;
  }
}
