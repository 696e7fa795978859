/**
 * A filter's text, checked before there are frames: as it was given, and while it is typed.
 */
import { LinkType } from '../capture/link-type.js';
import { checkFilter, explained, parseFilter } from '../filter/compile.js';
import { FilterError } from '../filter/filter-error.js';
import { vocabulary } from './filter-words.js';

/** What is wrong with a text, and at which character of it. */
export interface FilterMistake {
  /** From 0; the text's length where something is missing. */
  readonly position: number;
  /** One line, with what was expected. */
  readonly message: string;
}

/**
 * Checked for Ethernet, which has something for every word. Frames of link types that have nothing for one are told apart
 * when they come.
 * @throws FilterError, with the text
 */
export function checkFilterText(text: string): void {
  explained(text, () => checkFilter(parseFilter(text, vocabulary), LinkType.ethernet));
}

/** @returns null for a text that a ViewFilter may have */
export function filterMistake(text: string): FilterMistake | null {
  try {
    checkFilterText(text);
    return null;
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return { position: error.position, message: error.message };
  }
}
