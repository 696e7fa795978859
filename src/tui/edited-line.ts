/**
 * One line of text being typed, with a cursor: what the editing keys do to it, as readline's do.
 */
import type { LineCommand } from './keymap.js';

export interface EditedLine {
  readonly text: string;
  /** Index in `text` of the character that the cursor is on; the text's length past its end. */
  readonly cursor: number;
}

/** Bounds what can be pasted by mistake; one more than a filter may have, so that a cut one is said to be too long. */
const mostText = 65_537;

export const emptyLine: EditedLine = { text: '', cursor: 0 };

/** The line with the cursor at its end. */
export function lineOf(text: string): EditedLine {
  return { text, cursor: text.length };
}

/** The line with `text` put in at the cursor, as far as there is room. */
export function typed({ text, cursor }: EditedLine, more: string): EditedLine {
  const added = more.slice(0, Math.max(0, mostText - text.length));
  return { text: text.slice(0, cursor) + added + text.slice(cursor), cursor: cursor + added.length };
}

/** The line after an editing command, or null for a command that edits nothing. */
export function edited(line: EditedLine, command: LineCommand): EditedLine | null {
  const { text, cursor } = line;
  switch (command) {
    case 'left':
      return { text, cursor: before(line) };
    case 'right':
      return { text, cursor: after(line) };
    case 'start':
      return { text, cursor: 0 };
    case 'end':
      return lineOf(text);
    case 'erase-left':
      return without(text, before(line), cursor);
    case 'erase-right':
      return without(text, cursor, after(line));
    case 'erase-word':
      return without(text, text.slice(0, cursor).replace(/\S*\s*$/, '').length, cursor);
    case 'erase-before':
      return without(text, 0, cursor);
    case 'erase-after':
      return without(text, cursor, text.length);
    default:
      return null;
  }
}

function without(text: string, from: number, to: number): EditedLine {
  return { text: text.slice(0, from) + text.slice(to), cursor: from };
}

/** A character beyond U+FFFF is two units of the text and one step of the cursor. */
function before({ text, cursor }: EditedLine): number {
  const [last = ''] = [...text.slice(Math.max(0, cursor - 2), cursor)].slice(-1);
  return cursor - last.length;
}

function after({ text, cursor }: EditedLine): number {
  const [first = ''] = text.slice(cursor, cursor + 2);
  return cursor + first.length;
}
