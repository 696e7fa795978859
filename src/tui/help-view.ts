/**
 * The help view, made from the keymap table, so that it never tells of a key that does nothing.
 */
import { type Binding, keymap, lineKeymap, mouseHelp } from './keymap.js';
import { bodyRect } from './layout.js';
import type { DashboardState } from './state.js';
import { fitLine, type Line, span } from './styled.js';
import { fitText, wireText } from './width.js';

const viewTitle: Readonly<Record<string, string>> = {
  '': 'Everywhere',
  packets: 'In Packets',
  flows: 'In Flows',
};

/** Every line of the help, for a screen `columns` wide. */
function helpLines(columns: number, ascii: boolean): Line[] {
  const groups = new Map<string, Binding[]>();
  for (const binding of keymap) {
    const group = binding.views.join(' ');
    groups.set(group, [...(groups.get(group) ?? []), binding]);
  }
  const blocks: Line[][] = [];
  for (const [group, bindings] of groups) {
    const lines = bindings.map((one): Line => keyLine(one.label, one.help, ascii));
    blocks.push([[span(viewTitle[group] ?? group, 'title')], ...lines, []]);
  }
  const lineKeys = lineKeymap.map((one): Line => keyLine(one.label, one.help, ascii));
  blocks.push([[span('In the filter line and the search line', 'title')], ...lineKeys, []]);
  blocks.push([[span('Mouse', 'title')], ...mouseHelp.map(([what, help]) => keyLine(what, help, ascii)), []]);
  if (columns < 140) return blocks.flat();
  const [first, ...rest] = blocks;
  return sideBySide(first, rest.flat(), Math.floor((columns - 2) / 2));
}

function keyLine(label: string, help: string, ascii: boolean): Line {
  return [span(fitText(wireText(asciiLabel(label, ascii), ascii), 13), 'key'), span(` ${help}`)];
}

/** Arrow keys by name where there are no arrows to draw. */
export function asciiLabel(label: string, ascii: boolean): string {
  if (!ascii) return label;
  const names: Readonly<Record<string, string>> = { '↑': 'Up', '↓': 'Down', '←': 'Left', '→': 'Right' };
  return label.replace(/./gu, (sign) => names[sign] ?? sign);
}

function sideBySide(left: readonly Line[], right: readonly Line[], cells: number): Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => [
    ...fitLine(left[i] ?? [], cells),
    ...(right[i] ?? []),
  ]);
}

/** How far the help can be scrolled down. */
export function helpScroll(state: DashboardState): number {
  return Math.max(0, helpLines(state.columns, state.ascii).length - bodyRect(state).rows + 1);
}

export function renderHelp(state: DashboardState): readonly Line[] {
  const rows = bodyRect(state).rows;
  const lines = helpLines(state.columns, state.ascii);
  const shown = lines.slice(state.helpTop, state.helpTop + rows - 1);
  const more = helpScroll(state) > state.helpTop ? [span('  more below: j, PgDn', 'dim')] : [];
  return [more, ...shown.map((line) => [span('  '), ...line])];
}
