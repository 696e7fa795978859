/**
 * The graph made shorter: jump threading and pulling up until neither finds anything. Making equal blocks one is a step
 * of its own: it saves a block, and may cost reads, because less is at hand where more ways meet.
 */
import { isTrue } from './condition.js';
import { type Block, type Graph, inOrder, type TestBlock } from './control-flow.js';
import { pullUp } from './pull-up.js';
import { threadJumps } from './thread-jumps.js';

/** Rounds; few are ever needed. */
const mostRounds = 100;
/** Larger graphs are only threaded: a list of 1,000 hosts takes a second to pull up, and no kernel takes more of it. */
const mostPulled = 8000;

export function optimise(graph: Graph): void {
  for (let round = 0; round < mostRounds; round++) {
    const isThreaded = threadJumps(graph);
    const isPulled = inOrder(graph).length <= mostPulled && pullUp(graph);
    if (!isThreaded && !isPulled) break;
  }
  passConstants(graph);
  passIdleRoot(graph);
}

/** Tests of constants that arithmetic came to are decided last: what is idle then still reads. */
function passConstants(graph: Graph): void {
  const beyond = (block: Block): Block => {
    let target = block;
    while (target.test !== null) {
      const { left, relation, right } = target.test;
      if (left.kind !== 'constant' || right.kind !== 'constant') break;
      target = isTrue(relation, left.value, right.value) ? target.yes : target.no;
    }
    return target;
  };
  graph.root = beyond(graph.root);
  for (const block of inOrder(graph)) {
    if (block.test === null) continue;
    block.yes = beyond(block.yes);
    block.no = beyond(block.no);
  }
}

/** An idle root is left out, but its reads stay, unless nothing else is asked. */
function passIdleRoot(graph: Graph): void {
  let { root } = graph;
  while (root.test !== null && root.yes === root.no) {
    graph.first ??= root.test;
    root = root.yes;
  }
  if (root.test === null) graph.first = null;
  graph.root = root;
}

/** Blocks with the same test and the same targets become one, from the ends up. */
export function mergeEqual(graph: Graph): void {
  const numbers = new Map<Block, number>([
    [graph.keep, 0],
    [graph.drop, 1],
  ]);
  const known = new Map<string, TestBlock>();
  const same = new Map<Block, Block>();
  for (const block of inOrder(graph).reverse()) {
    if (block.test === null) continue;
    block.yes = same.get(block.yes) ?? block.yes;
    block.no = same.get(block.no) ?? block.no;
    const { left, relation, right } = block.test;
    const key = `${left.id}${relation}${right.id} ${numbers.get(block.yes)} ${numbers.get(block.no)}`;
    const equal = known.get(key);
    if (equal !== undefined) same.set(block, equal);
    else {
      known.set(key, block);
      numbers.set(block, numbers.size);
    }
  }
  graph.root = same.get(graph.root) ?? graph.root;
}
