/**
 * What is wrong with the filter being typed. The last answer is kept: the line is drawn again at every tick, and
 * what is pasted into it is a key for each character but one screen.
 */
import { type FilterMistake, filterMistake } from '../analysis/view-filter.js';
import type { DashboardState } from './state.js';

let last: { readonly key: string; readonly mistake: FilterMistake | null } = { key: '', mistake: null };

/** null for a filter that can be applied; an empty one can, and shows all. */
export function mistakeIn(text: string, { latest }: DashboardState): FilterMistake | null {
  if (text.trim() === '') return null;
  const sources = latest.snapshot?.sources ?? [];
  const linkTypes = [
    ...new Set(sources.flatMap(({ interfaces }) => interfaces.map((each) => each.linkType))),
  ];
  const key = JSON.stringify([text, linkTypes]);
  if (key !== last.key) last = { key, mistake: filterMistake(text, linkTypes) };
  return last.mistake;
}
