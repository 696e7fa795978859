/**
 * What is wrong with the filter being typed. The last answer is kept: the line is drawn again at every tick, and
 * what is pasted into it is a key for each character but one screen.
 */
import { type FilterMistake, filterMistake } from '../analysis/view-filter.js';

let last: { readonly text: string; readonly mistake: FilterMistake | null } = { text: '', mistake: null };

/** null for a filter that can be applied; an empty one can, and shows all. */
export function mistakeIn(text: string): FilterMistake | null {
  if (text.trim() === '') return null;
  if (text !== last.text) last = { text, mistake: filterMistake(text) };
  return last.mistake;
}
