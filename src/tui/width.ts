/**
 * Text on a character grid: how many cells it takes, and cutting and padding by cells.
 * Only characters whose width every terminal agrees on may reach the screen, or one name from the wire shifts
 * the rest of its line: emoji, combining marks and right-to-left scripts are written as `\u{...}`.
 * Reference: Unicode UAX #11 (East Asian Width), the wide ranges that blessed 0.1.81 knows.
 */
import { printable } from '../format/printable.js';

const asciiOnly = /^[\x20-\x7e]*$/;

/** Latin, Greek, Cyrillic, dashes and quotes, arrows and drawing characters, kana, CJK, Hangul, full-width. */
const agreed =
  /[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u0481\u048a-\u052f\u1e00-\u1fff\u2010-\u2027\u2190-\u2199\u23ce\u2460-\u2473\u2500-\u25fc\u3001-\u3029\u3041-\u3096\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]/;

const asciiSpelling: Readonly<Record<string, string>> = {
  '→': '->',
  '←': '<-',
  '…': '...',
  '·': '-',
  '–': '-',
  '—': '-',
  µ: 'u',
  '×': 'x',
};

/** `text` from the wire as it may be drawn: no control characters, no character of disputed width. */
export function wireText(text: string, ascii: boolean): string {
  if (asciiOnly.test(text)) return text;
  let safe = '';
  for (const character of printable(text)) safe += drawable(character, ascii);
  return safe;
}

function drawable(character: string, ascii: boolean): string {
  if (asciiOnly.test(character)) return character;
  if (ascii && asciiSpelling[character] !== undefined) return asciiSpelling[character];
  if (!ascii && agreed.test(character)) return character;
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

const wide = /[\u3001-\u3029\u3041-\u3096\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]/;

/** Cells that `text` takes; it must have passed wireText or be ours. */
export function displayWidth(text: string): number {
  if (asciiOnly.test(text)) return text.length;
  let cells = 0;
  for (const character of text) cells += wide.test(character) ? 2 : 1;
  return cells;
}

/** The longest start of `text` within `cells`; ends in `…` if it was cut. */
export function cutText(text: string, cells: number): string {
  if (displayWidth(text) <= cells) return text;
  if (cells <= 0) return '';
  let used = 0;
  let kept = '';
  for (const character of text) {
    const width = wide.test(character) ? 2 : 1;
    if (used + width > cells - 1) break;
    kept += character;
    used += width;
  }
  return `${kept}…`;
}

/** `text` in exactly `cells`, cut or filled with spaces. */
export function fitText(text: string, cells: number, align: 'left' | 'right' = 'left'): string {
  const cut = cutText(text, cells);
  const fill = ' '.repeat(Math.max(0, cells - displayWidth(cut)));
  return align === 'left' ? cut + fill : fill + cut;
}

/** As cutText, but from the middle: an address keeps its start and its port. */
export function cutMiddle(text: string, cells: number): string {
  if (displayWidth(text) <= cells) return text;
  if (!asciiOnly.test(text) || cells < 5) return cutText(text, cells);
  const tail = Math.floor((cells - 1) * 0.4);
  return `${text.slice(0, cells - 1 - tail)}…${text.slice(text.length - tail)}`;
}
