/**
 * The protocol tree as the lines that are visible, and the two links to the bytes: which bytes a field stands
 * for, and which is the innermost field of a byte.
 */
import type { Field } from '../decode/field.js';

export interface TreeNode {
  /** Names from the root, with a number where siblings share a name: the same field has it in every frame. */
  readonly path: string;
  readonly depth: number;
  readonly field: Field;
  /** null where there is nothing below. */
  readonly open: boolean | null;
}

type Folds = Readonly<Record<string, boolean>>;

/** Layers start open, all below them folded; the first, the link header, starts folded as it rarely matters. */
function isOpen(path: string, depth: number, index: number, folds: Folds): boolean {
  return folds[path] ?? (depth === 0 && index > 0);
}

/** Each sibling with its path. */
function* withPaths(fields: readonly Field[], parent: string): Generator<[Field, string]> {
  const seen = new Map<string, number>();
  for (const field of fields) {
    const times = (seen.get(field.name) ?? 0) + 1;
    seen.set(field.name, times);
    const name = times === 1 ? field.name : `${field.name}#${times}`;
    yield [field, parent === '' ? name : `${parent}/${name}`];
  }
}

/** The nodes to draw, top to bottom. */
export function visibleNodes(fields: readonly Field[], folds: Folds, parent = '', depth = 0): TreeNode[] {
  const nodes: TreeNode[] = [];
  let index = 0;
  for (const [field, path] of withPaths(fields, parent)) {
    const open = field.children.length === 0 ? null : isOpen(path, depth, index, folds);
    nodes.push({ path, depth, field, open });
    if (open === true) nodes.push(...visibleNodes(field.children, folds, path, depth + 1));
    index++;
  }
  return nodes;
}

function covers(field: Field, offset: number): boolean {
  return field.offset <= offset && offset < field.offset + field.len;
}

/**
 * The field that the byte at `offset` belongs to, as deep as there is one, with the paths of all above it; null
 * for a byte no field covers. Of siblings that overlap, the shortest counts, and of those the first.
 */
export function innermost(
  fields: readonly Field[],
  offset: number,
  parent = '',
): { readonly path: string; readonly field: Field; readonly above: readonly string[] } | null {
  let best: [Field, string] | null = null;
  for (const candidate of withPaths(fields, parent)) {
    if (!covers(candidate[0], offset)) continue;
    if (best === null || candidate[0].len < best[0].len) best = candidate;
  }
  if (best === null) return null;
  const [field, path] = best;
  const below = innermost(field.children, offset, path);
  if (below === null) return { path, field, above: [] };
  return { ...below, above: [path, ...below.above] };
}

/** The field at `path`, folded away or not; null where this frame has none. */
export function fieldAt(fields: readonly Field[], path: string, parent = ''): Field | null {
  for (const [field, own] of withPaths(fields, parent)) {
    if (own === path) return field;
    if (path.startsWith(`${own}/`)) {
      const below = fieldAt(field.children, path, own);
      if (below !== null) return below;
    }
  }
  return null;
}
