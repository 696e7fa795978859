/**
 * Completion of the word at the cursor of the filter line, as a shell does it: as far as all candidates agree,
 * and then the candidates themselves.
 */
import { vocabulary } from '../analysis/filter-words.js';
import { constants } from '../filter/constants.js';
import { idTypes, otherKeywords, protocolWords } from '../filter/words.js';
import type { EditedLine } from './edited-line.js';

/** Words that a primitive may begin with or go on with; `gateway` needs names of hosts, which are not looked up. */
const everyWord: readonly string[] = [
  ...vocabulary.keys(),
  ...protocolWords,
  ...[...idTypes].filter((word) => word !== 'gateway'),
  ...otherKeywords,
  ...constants.keys(),
];

export interface Completion {
  readonly line: EditedLine;
  /** The words it could become, in order; [] where it is one of them now, or none begins like this. */
  readonly choices: readonly string[];
}

/** The words that may stand at the cursor: after one of our own, what that one takes. */
function offeredWords({ text, cursor }: EditedLine): readonly string[] {
  const head = text.slice(0, cursor);
  const word = /([\w-]+)[\s(]+[\w.-]*$/.exec(head)?.[1] ?? '';
  const names = vocabulary.get(word)?.names;
  if (names !== undefined) return names;
  // A list goes on: `locality leak or ha`, after which any word may stand as well.
  const listed = /([\w-]+)[\s(]+[\w.-]+(?:\s+or\s+[\w.-]+)*\s+or\s+[\w.-]*$/.exec(head)?.[1] ?? '';
  return [...(vocabulary.get(listed)?.names ?? []), ...everyWord];
}

export function completeWord(line: EditedLine): Completion {
  const words = offeredWords(line);
  const head = line.text.slice(0, line.cursor);
  const begun = /[\w.-]*$/.exec(head)?.[0] ?? '';
  const fitting = [...new Set(words)].filter((word) => word.startsWith(begun)).sort();
  if (fitting.length === 0) return { line, choices: [] };
  const rest = line.text.slice(line.cursor);
  const isDecided = fitting.length === 1;
  const ending = isDecided && !rest.startsWith(' ') ? ' ' : '';
  const whole = head.slice(0, head.length - begun.length) + commonStart(fitting) + ending;
  const completed = { text: whole + rest, cursor: whole.length };
  return { line: completed, choices: isDecided ? [] : fitting };
}

function commonStart(words: readonly string[]): string {
  // In sorted words, what the first and the last have in common they all have.
  const [first, last] = [words[0], words[words.length - 1]];
  let len = 0;
  while (len < first.length && first[len] === last[len]) len++;
  return first.slice(0, len);
}
