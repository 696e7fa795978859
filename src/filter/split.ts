/**
 * The part of a filter that the kernel can decide: a filter that lets everything through that the whole one selects,
 * and as little else as can be said without our own words.
 *
 *     tcp and locality leak          →  tcp          not (udp or locality leak)   →  not udp
 *     ip and (tcp or locality leak)  →  ip           tcp or locality leak         →  everything
 *
 * Only what has to hold in any case is kept. Of `(locality leak and ip[100] = 1) or icmp`, nothing is: a frame that is too
 * short for byte 100 is refused as soon as that byte is asked for, and the whole filter would not always ask.
 */
import type { SyntaxNode } from './syntax-tree.js';
import type { Asks } from './vocabulary.js';

/** Words that need the frames before as well. */
const needHistory: ReadonlySet<Asks> = new Set(['number', 'flow', 'state']);

/** @returns the tree itself where the kernel decides it all; null where it has to let everything through */
export function kernelPart(tree: SyntaxNode | null): SyntaxNode | null {
  if (tree === null || !hasBeyond(tree)) return tree;
  // What comes after `vlan` means other bytes: without it, it would not. And of flows, every frame has to come.
  if (someNode(tree, ({ kind }) => kind === 'vlan') || someNode(tree, asksHistory)) return null;
  const kept = conjuncts(tree, false).filter((each) => !hasBeyond(each));
  return kept.length === 0 ? null : kept.reduce((left, right) => ({ kind: 'and', left, right }));
}

function hasBeyond(tree: SyntaxNode): boolean {
  return someNode(tree, isBeyond);
}

function isBeyond(node: SyntaxNode): boolean {
  return node.kind === 'word' || (node.kind === 'primitive' && node.qualifiers.type === 'protochain');
}

function asksHistory(node: SyntaxNode): boolean {
  return node.kind === 'word' && needHistory.has(node.word.asks);
}

/** Is there a primitive that this holds for? */
export function someNode(node: SyntaxNode, holds: (node: SyntaxNode) => boolean): boolean {
  // By hand: a list of thousands of alternatives is as deep as it is long.
  const open = [node];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind === 'and' || next.kind === 'or') open.push(next.right, next.left);
    else if (next.kind === 'not') open.push(next.operand);
    else if (holds(next)) return true;
  }
  return false;
}

/** What all has to hold for the node to hold, or, negated, not to; in order. */
function conjuncts(node: SyntaxNode, isNegated: boolean): SyntaxNode[] {
  if (node.kind === 'not') return conjuncts(node.operand, !isNegated);
  const isAnd = node.kind === (isNegated ? 'or' : 'and');
  if (isAnd) {
    const { left, right } = node as Extract<SyntaxNode, { kind: 'and' | 'or' }>;
    return [...conjuncts(left, isNegated), ...conjuncts(right, isNegated)];
  }
  return [isNegated ? { kind: 'not', operand: node } : node];
}
