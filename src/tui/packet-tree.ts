/**
 * The protocol tree of the selected packet.
 */
import type { TreeNode } from './field-tree.js';
import { type Glyphs, glyphsFor } from './glyphs.js';
import type { Rect } from './layout.js';
import { nodeIndex, treeNodes } from './reduce-detail.js';
import type { DashboardState } from './state.js';
import { fitLine, type Line, restyle, span } from './styled.js';
import { wireText } from './width.js';

/** Lines of the tree, without its title. */
export function renderTree(state: DashboardState, at: Rect): Line[] {
  const { packets } = state;
  const glyphs = glyphsFor(state.ascii);
  const nodes = treeNodes(packets);
  const selected = packets.path === '' && packets.focus !== 'tree' ? -1 : nodeIndex(nodes, packets.path);
  return nodes.slice(packets.treeTop, packets.treeTop + at.rows - 1).map((node, i) => {
    const line = nodeLine(node, glyphs, state.ascii);
    if (packets.treeTop + i !== selected) return [span(' '), ...line];
    const marked = fitLine([span(glyphs.pointer), ...line], at.columns);
    return restyle(marked, packets.focus === 'tree' ? 'selected' : 'idle');
  });
}

function nodeLine(node: TreeNode, glyphs: Glyphs, ascii: boolean): Line {
  const { field, depth, open } = node;
  const mark = open === null ? ' ' : open ? glyphs.open : glyphs.folded;
  const indent = `${'  '.repeat(depth)}${mark} `;
  const name = wireText(field.name, ascii);
  const value = field.value === '' ? '' : `: ${wireText(field.value, ascii)}`;
  const meaning = field.meaning === '' ? '' : `  ${wireText(field.meaning, ascii)}`;
  if (depth === 0) return [span(indent, 'dim'), span(name, 'bold'), span(value), span(meaning, 'dim')];
  return [span(indent, 'dim'), span(name), span(value, 'key'), span(meaning, 'dim')];
}
