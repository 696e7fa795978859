/**
 * Arguments of our own words.
 *
 *     name    word | "…" | \name | number
 *     range   number | number-number
 *     time    ("=" | "!=" | "<" | "<=" | ">" | ">=") "…"        RFC 3339, or a time of day, UTC
 */

import { parseTime } from '../format/time.js';
import { FilterError } from './filter-error.js';
import { numberOf } from './lexer.js';
import type { SyntaxNode } from './syntax-tree.js';
import type { TokenReader } from './token-reader.js';
import type { Argument, FilterWord, TimeOperator } from './vocabulary.js';
import { isKeyword } from './words.js';

const operators: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=']);

/** The argument behind a word, which was taken already. */
export function parseWord(reader: TokenReader, word: FilterWord): SyntaxNode {
  const { at } = reader.next;
  return { kind: 'word', word, argument: parseArgument(reader, word), at };
}

function parseArgument(reader: TokenReader, word: FilterWord): Argument {
  if (word.takes === 'range') return parseRange(reader, word);
  return word.takes === 'time' ? parseTimeTest(reader, word) : parseName(reader, word);
}

function parseName(reader: TokenReader, { names, example }: FilterWord): Argument {
  const token = reader.next;
  const { kind, text, at } = token;
  const isKnown = names.includes(text);
  const isName = kind === 'string' || kind === 'name' || kind === 'number' || kind === 'word';
  const expected = names.length > 0 ? `one of ${names.join(', ')}` : `a name, as in \`${example}\``;
  if (!isName || (!isKnown && names.length === 0 && isKeyword(token))) throw reader.unexpected(expected);
  if (!isKnown && names.length > 0) throw reader.unexpected(expected);
  reader.skip(1);
  return { kind: 'name', text, at };
}

function parseRange(reader: TokenReader, { example }: FilterWord): Argument {
  const { kind, text, value, at } = reader.next;
  const ends = kind === 'word' ? /^(\w+)-(\w+)$/.exec(text) : null;
  if (kind !== 'number' && ends === null)
    throw reader.unexpected(`a number or a range, as in \`${example}\``);
  reader.skip(1);
  const [low, high] =
    ends === null ? [value, value] : [numberOf(ends[1], at), numberOf(ends[2], at + ends[1].length + 1)];
  if (low > high) throw new FilterError(`the range ${text} ends before it begins`, at);
  return { kind: 'range', low, high, at };
}

function parseTimeTest(reader: TokenReader, { example }: FilterWord): Argument {
  const { text: operator } = reader.next;
  if (!operators.has(operator)) throw reader.unexpected(`a comparison, as in \`${example}\``);
  reader.skip(1);
  const { kind, text, at } = reader.next;
  if (kind !== 'string') throw reader.unexpected(`a time between quotation marks, as in \`${example}\``);
  const time = parseTime(text);
  if (time === null) {
    throw new FilterError(`"${text}" is no time`, at, '"2026-11-22T05:13:21.5Z" or "05:13:21"');
  }
  reader.skip(1);
  return { kind: 'time', operator: operator as TimeOperator, text, ...time, at };
}
