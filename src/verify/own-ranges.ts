/**
 * Own addresses as the numbers that their words may be, which a program can search:
 *
 *     10.1.0.7, 10.1.0.8, 10.2.0.0/24   ─►  word 0: 0x0a010007-0x0a010008, 0x0a020000-0x0a0200ff
 *     fe80::1, fd00:77::1               ─►  word 0: 0xfe800000, 0xfd000077; words 1 and 2: 0; word 3: 1
 *
 * Of IPv4 that is exact. Of IPv6 each word is one of those that it is in some own address: an address with words of
 * several of them passes too.
 */
import type { Prefix } from '../host/host-model.js';

/** Numbers from first to last, both among them, unsigned. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

const wordMost = 0xffffffff;

/** The ranges of each word of addresses that must be looked at; of the words behind them, any number will do. */
export type WordRanges = readonly (readonly Range[])[];

/** One for each number of words that prefixes reach into. */
export function wordRanges(prefixes: readonly Prefix[]): WordRanges[] {
  const byWords = new Map<number, Prefix[]>();
  for (const prefix of prefixes) {
    const words = Math.ceil(prefix.prefixLen / 32);
    const alike = byWords.get(words);
    if (alike === undefined) byWords.set(words, [prefix]);
    else alike.push(prefix);
  }
  return [...byWords].map(([words, alike]) =>
    Array.from({ length: words }, (_, word) => joined(alike.map((prefix) => rangeOf(prefix, word)))),
  );
}

function rangeOf({ bytes, prefixLen }: Prefix, word: number): Range {
  const value = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(4 * word);
  const free = Math.max(0, 32 * (word + 1) - prefixLen);
  const size = 2 ** free;
  const first = value - (value % size);
  return { first, last: first + size - 1 };
}

/** In order, and those that touch as one. */
function joined(ranges: readonly Range[]): Range[] {
  const all: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
    const before = all.at(-1);
    if (before === undefined || range.first > before.last + 1) all.push(range);
    else all[all.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
  }
  return all;
}

/** At most so many: where there are more, those nearest to each other become one. */
export function fewer(ranges: readonly Range[], most: number): readonly Range[] {
  if (ranges.length <= most) return ranges;
  const gapBehind = (i: number): number => (ranges[i + 1]?.first ?? wordMost) - ranges[i].last;
  const widest = ranges
    .map((_, i) => i)
    .slice(0, -1)
    .sort((a, b) => gapBehind(b) - gapBehind(a))
    .slice(0, most - 1)
    .sort((a, b) => a - b);
  const starts = [0, ...widest.map((i) => i + 1)];
  return starts.map((start, i) => ({
    first: ranges[start].first,
    last: ranges[(starts[i + 1] ?? ranges.length) - 1].last,
  }));
}
