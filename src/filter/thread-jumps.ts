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
import { type Edge, factsOf, findFacts } from './dominators.js';
import type { Expression } from './expression.js';

/**
 * Also leaves out tests whose two outcomes lead to the same block, with their reads.
 * @returns true if something changed
 */
export function threadJumps(graph: Graph): boolean {
  const order = inOrder(graph);
  findFacts(order);
  const known = new Knowledge();
  let isChanged = false;
  const follow = (from: TestBlock, outcome: boolean): Block => {
    const isNew = known.learn({ from, outcome });
    let target = outcome ? from.yes : from.no;
    while (target.test !== null) {
      const isIdle = target.yes === target.no;
      const decided = isIdle ? true : known.decide(target.test);
      if (decided === null) break;
      target = decided ? target.yes : target.no;
      isChanged = true;
    }
    if (isNew) known.forget();
    return target;
  };
  // Along the tree of dominators: what is known at a block is known at all below it.
  for (const block of order.toSorted((a, b) => factsOf(a).enter - factsOf(b).enter)) {
    known.moveTo(block);
    if (block.test === null) continue;
    block.yes = follow(block, true);
    block.no = follow(block, false);
  }
  return isChanged;
}

/** What edges passed so far say of tests, as a stack: what was learned last is forgotten first. */
class Knowledge {
  readonly #outcomes = new Map<string, boolean>();
  /** The constant that a value equals. */
  readonly #equals = new Map<Expression, Expression>();
  readonly #learned: Edge[] = [];
  /** Of the blocks on the way here: where their part of the tree ends, and whether something was learned there. */
  readonly #scopes: { readonly leave: number; readonly isNew: boolean }[] = [];

  /** Forgets what is not known at the block, and learns what is. */
  moveTo(block: Block): void {
    const { enter, leave, edges } = factsOf(block);
    while (this.#scopes.length > 0 && this.#scopes.at(-1)!.leave <= enter) {
      if (this.#scopes.pop()!.isNew) this.forget();
    }
    this.#scopes.push({ leave, isNew: edges.length === 1 && this.learn(edges[0]) });
  }

  /** @returns false where that was known */
  learn(edge: Edge): boolean {
    const { test } = edge.from;
    if (this.decide(test) !== null) return false;
    this.#outcomes.set(keyOf(test), edge.outcome);
    if (isEquality(test) && edge.outcome) this.#equals.set(test.left, test.right);
    this.#learned.push(edge);
    return true;
  }

  forget(): void {
    const { from, outcome } = this.#learned.pop()!;
    this.#outcomes.delete(keyOf(from.test));
    if (isEquality(from.test) && outcome) this.#equals.delete(from.test.left);
  }

  /** The outcome of a test; null if unknown. */
  decide(test: Test): boolean | null {
    const outcome = this.#outcomes.get(keyOf(test));
    if (outcome !== undefined) return outcome;
    const isOther = isEquality(test) && this.#equals.has(test.left);
    return isOther ? false : null;
  }
}

function isEquality({ relation, right }: Test): boolean {
  return relation === '=' && right.kind === 'constant';
}

function keyOf({ left, relation, right }: Test): string {
  return `${left.id}${relation}${right.id}`;
}
