/**
 * The filter line: what is typed, below it a caret under what is wrong, in words, and the keys:
 *
 *      filter: tcp port eighty or udp
 *                       ^ unknown service `eighty`, expected a known name or a number
 *      Enter apply   Esc leave all as it was   …
 *
 * It always has three lines, so that nothing jumps while one types.
 */
import type { FilterMistake } from '../analysis/view-filter.js';
import { mistakeIn } from './checked-filter.js';
import type { EditedLine } from './edited-line.js';
import { asciiLabel } from './help-view.js';
import { lineKeymap, lineKeysTold } from './keymap.js';
import type { DashboardState, FilterLine } from './state.js';
import { type Line, span } from './styled.js';
import { cutText, displayWidth, wireText } from './width.js';

const label = 'filter';

/** Three lines: the text, what is wrong with it, and the keys or more words. */
export function renderFilterLine(state: DashboardState, { edited, choices }: FilterLine): readonly Line[] {
  const text = renderTyped(label, edited, state);
  if (choices.length > 0) return [text, choicesLine(choices, state.columns), keysLine(state)];
  const mistake = mistakeIn(edited.text, state);
  const [below, words] = mistake === null ? [fineLine(edited), null] : mistakeLines(state, edited, mistake);
  return [text, below, words ?? keysLine(state)];
}

/** A line of text being typed after its label; the cursor is always in it. */
export function renderTyped(name: string, line: EditedLine, state: DashboardState): Line {
  const { text, cursor } = line;
  const from = firstShown(line, state, name);
  const under = [...text.slice(cursor, cursor + 2)][0] ?? '';
  const printed = (part: string) => wireText(part, state.ascii);
  return [
    span(` ${name}: `, 'title'),
    span(from > 0 ? '…' : '', 'dim'),
    span(printed(text.slice(from, cursor)), 'bold'),
    span(under === '' ? ' ' : printed(under), 'lit'),
    span(printed(text.slice(cursor + under.length)), 'bold'),
  ];
}

/** What an empty line means, which nobody would guess. */
function fineLine({ text }: EditedLine): Line {
  return text.trim() === '' ? [span(`${' '.repeat(labelWidth(label))}empty: shows all`, 'dim')] : [];
}

function labelWidth(name: string): number {
  return name.length + 3;
}

/** Index of the first character shown: the start, unless the cursor is too far from it. */
function firstShown({ text, cursor }: EditedLine, { columns, ascii }: DashboardState, name: string): number {
  // A cell for the cut at the start, one for the cursor and one for the cut at the end.
  let room = columns - labelWidth(name) - 3;
  let from = cursor;
  for (const character of [...text.slice(0, cursor)].reverse()) {
    room -= displayWidth(wireText(character, ascii));
    if (room < 0) return from;
    from -= character.length;
  }
  return from;
}

/** The caret with as much as fits beside it, and the rest of the words; null for those where none are left. */
function mistakeLines(
  state: DashboardState,
  edited: EditedLine,
  { position, message }: FilterMistake,
): [Line, Line | null] {
  const { columns, ascii } = state;
  const style = position >= edited.text.trimEnd().length ? 'warn' : 'bad';
  const column = columnOf(state, edited, position);
  if (column === null)
    return [
      [],
      [span(` ${cutText(wireText(`at character ${position + 1}: ${message}`, ascii), columns - 2)}`, style)],
    ];
  const caret = `${' '.repeat(column)}^ `;
  const words = wireText(message, ascii);
  const fitting = columns - 2 - caret.length;
  if (displayWidth(words) <= fitting) return [[span(caret + words, style)], null];
  if (displayWidth(words) <= columns - 2) return [[span(caret, style)], [span(` ${words}`, style)]];
  const space = words.slice(0, Math.max(0, fitting + 1)).lastIndexOf(' ');
  const beside = space < 0 ? '' : words.slice(0, space);
  const rest = words.slice(space + 1);
  return [[span(caret + beside, style)], [span(` ${cutText(rest, columns - 2)}`, style)]];
}

/** The column that shows the character at `position`, or null where it is not on the screen. */
function columnOf(state: DashboardState, edited: EditedLine, position: number): number | null {
  const from = firstShown(edited, state, label);
  if (position < from) return null;
  const before = displayWidth(wireText(edited.text.slice(from, position), state.ascii));
  const column = labelWidth(label) + (from > 0 ? 1 : 0) + before;
  return column < state.columns - 1 ? column : null;
}

function choicesLine(choices: readonly string[], columns: number): Line {
  return [span(` ${cutText(choices.join(' '), columns - 2)}`, 'key')];
}

function keysLine({ ascii }: DashboardState): Line {
  const told = lineKeymap.slice(0, lineKeysTold);
  return told.flatMap((one) => [
    span(` ${asciiLabel(one.label, ascii)}`, 'key'),
    span(` ${one.help}  `, 'dim'),
  ]);
}
