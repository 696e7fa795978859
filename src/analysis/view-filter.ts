/**
 * The text of a view's filter, checked while it is typed.
 */
import { LinkType } from '../capture/link-type.js';
import { checkFilter, parseFilter } from '../filter/compile.js';
import { FilterError } from '../filter/filter-error.js';
import { vocabulary } from './filter-words.js';

/** What is wrong with a text, and at which character of it. */
export interface FilterMistake {
  /** From 0; the text's length where something is missing. */
  readonly position: number;
  /** One line, with what was expected. */
  readonly message: string;
}

/** @returns null for a text that a ViewFilter may have */
export function filterMistake(text: string): FilterMistake | null {
  try {
    checkFilter(parseFilter(text, vocabulary), LinkType.ethernet);
    return null;
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return { position: error.position, message: error.message };
  }
}
