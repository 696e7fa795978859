/**
 * Why a filter's text was refused, and where: a position, what is wrong, and what would have been right there.
 */
export class FilterError extends Error {
  override readonly name = 'FilterError';
  /** The whole filter, where the one who reports it may not know it. */
  text: string | null = null;

  /**
   * @param position of the first wrong character, from 0; the text's length where something is missing
   * @param expected what would have been right there, or ''
   */
  constructor(
    readonly what: string,
    readonly position: number,
    readonly expected = '',
  ) {
    super(expected === '' ? what : `${what}, expected ${expected}`);
  }
}

/** Most characters of the text shown on either side of the caret. */
const mostShown = 60;

/**
 * The text with a caret under the character, as two lines:
 *
 *     tcp port eighty or udp
 *              ^
 */
export function renderCaret(text: string, position: number): string {
  const from = Math.max(0, position - mostShown);
  // One printable column a character, so that the caret stands right.
  const shown = text.slice(from, position + mostShown).replace(/[^\x20-\x7e]/g, '?');
  return `${shown}\n${' '.repeat(position - from)}^`;
}
