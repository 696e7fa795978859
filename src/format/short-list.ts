/**
 * Names in a sentence, of which there may be any number.
 */
import { formatCount } from './units.js';

const mostNames = 8;

/** `a, b and 7 more`. */
export function shortList(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).join(', ');
  return names.length > mostNames ? `${shown} and ${formatCount(names.length - mostNames)} more` : shown;
}
