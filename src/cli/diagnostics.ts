/**
 * What goes to standard error: `loscope: WHERE: WHAT (what to do)`, and the closing line of every reading.
 */
import type { Snapshot } from '../analysis/port.js';
import { type FilterError, renderCaret } from '../filter/filter-error.js';
import { printable } from '../format/printable.js';
import { formatCount } from '../format/units.js';
import { inferredCopiesText } from '../report/inferred-copies-text.js';

/** Longer lines are cut: an operand may have any length. */
const mostText = 1000;

/** One diagnostic line. File names and library messages in it may hold anything. */
export function complain(text: string): void {
  const line = printable(text);
  process.stderr.write(`loscope: ${line.length > mostText ? `${line.slice(0, mostText)}…` : line}\n`);
}

/** What is wrong with a filter, and a caret under where. */
export function complainAboutFilter({ message, text, position }: FilterError): void {
  complain(`filter: ${message}`);
  if (text !== null) process.stderr.write(`${renderCaret(text, position)}\n`);
}

/** Of a live capture: copies that packet sockets do not see, and what shows them; '' for none. */
export function unseenLine({ sources, inferredCopies }: Snapshot): string {
  const text = inferredCopiesText(inferredCopies);
  if (text === '' || sources.every(({ format }) => format !== 'live')) return '';
  return `${text.replace(/\)$/, '; --observe-copies shows them)')}\n`;
}

/** `1,000,000 frames, 106,000,000 bytes, 0 dropped`. */
export function closingLine({ frames, originalBytes, dropped }: Snapshot): string {
  const drops = dropped === null ? 'drops unknown' : `${formatCount(dropped)} dropped`;
  return `${formatCount(frames)} frames, ${formatCount(originalBytes)} bytes, ${drops}`;
}
