/**
 * The part of a filter that the kernel can decide: a filter that lets everything through that the whole one selects,
 * and as little else as can be said without our own words.
 *
 *     tcp and locality leak   →  tcp            tcp or locality leak  →  everything
 *     not (udp or flow 3)     →  everything: flows are numbered by all frames, so all have to come
 *
 * Reference: an upper bound of the whole is made of upper bounds of its parts, under `not` of lower ones.
 */
import type { SyntaxNode } from './syntax-tree.js';
import type { Asks } from './vocabulary.js';

/** Words that need the frames before as well. */
const needHistory: ReadonlySet<Asks> = new Set(['number', 'flow', 'state']);

/** @returns the tree itself where the kernel decides it all; null where it has to let everything through */
export function kernelPart(tree: SyntaxNode | null): SyntaxNode | null {
  if (tree === null || !hasBeyond(tree)) return tree;
  // What comes after `vlan` means other bytes: without it, it would not.
  if (someNode(tree, ({ kind }) => kind === 'vlan') || someNode(tree, asksHistory)) return null;
  return bound(tree, true);
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
  if (node.kind === 'and' || node.kind === 'or')
    return someNode(node.left, holds) || someNode(node.right, holds);
  return node.kind === 'not' ? someNode(node.operand, holds) : holds(node);
}

/**
 * @param isUpper what selects at least the same frames; else what selects at most them
 * @returns null for the bound that says nothing: everything, or nothing
 */
function bound(node: SyntaxNode, isUpper: boolean): SyntaxNode | null {
  switch (node.kind) {
    case 'and':
    case 'or': {
      const left = bound(node.left, isUpper);
      const right = bound(node.right, isUpper);
      if (left !== null && right !== null) return { kind: node.kind, left, right };
      // Everything and x is x; nothing or x is x; the other two are what says nothing.
      return (node.kind === 'and') === isUpper ? (left ?? right) : null;
    }
    case 'not': {
      const operand = bound(node.operand, !isUpper);
      return operand === null ? null : { kind: 'not', operand };
    }
    default:
      return isBeyond(node) ? null : node;
  }
}
