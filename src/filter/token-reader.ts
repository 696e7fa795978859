/**
 * The parser's place among the tokens: looking ahead, taking, trying. Of several failed attempts the one that came
 * furthest says what was expected.
 */
import { FilterError } from './filter-error.js';
import type { Token } from './lexer.js';
import type { Vocabulary } from './vocabulary.js';

/** Deeper nesting than people write; it bounds the stack. */
const mostDepth = 200;
/** Attempts of one text, so that nested parentheses cannot make parsing take exponential time. */
const mostAttempts = 20_000;

export class TokenReader {
  private index = 0;
  private depth = 0;
  private attempts = 0;
  private furthest: FilterError | null = null;

  constructor(
    private readonly tokens: readonly Token[],
    readonly vocabulary: Vocabulary,
  ) {}

  get next(): Token {
    return this.tokens[this.index];
  }

  isAtEnd(): boolean {
    return this.next.kind === 'end';
  }

  skip(count: number): void {
    this.index += count;
  }

  /** True if the token `distance` ahead is this word or symbol. */
  isAhead(distance: number, text: string): boolean {
    const token = this.tokens[Math.min(this.index + distance, this.tokens.length - 1)];
    return (token.kind === 'word' || token.kind === 'symbol') && token.text === text;
  }

  take(text: string): boolean {
    if (!this.isAhead(0, text)) return false;
    this.index++;
    return true;
  }

  takeWordOf(words: ReadonlySet<string>): string | null {
    const { kind, text } = this.next;
    if (kind !== 'word' || !words.has(text)) return null;
    this.index++;
    return text;
  }

  /** True before one of our own words with something behind it; else the word may be a name, as `time` in `port time`. */
  isOwnWordAhead(): boolean {
    const { kind, text } = this.next;
    if (kind !== 'word' || !this.vocabulary.has(text)) return false;
    const { kind: behind } = this.tokens[this.index + 1];
    return behind !== 'end' && ![')', 'and', 'or'].some((end) => this.isAhead(1, end));
  }

  conjunction(): 'and' | 'or' | null {
    if (this.take('and')) return 'and';
    return this.take('or') ? 'or' : null;
  }

  expect(text: string, expected: string): void {
    if (!this.take(text)) throw this.unexpected(expected);
  }

  /** A number, also in parentheses; null if none is next. */
  takeNumber(): number | null {
    let open = 0;
    while (this.isAhead(open, '(')) open++;
    const token = this.tokens[this.index + open];
    if (token?.kind !== 'number') return null;
    for (let i = 1; i <= open; i++) if (!this.isAhead(open + i, ')')) return null;
    this.index += 2 * open + 1;
    return token.value;
  }

  expectNumber(expected: string): number {
    const value = this.takeNumber();
    if (value === null) throw this.unexpected(expected);
    return value;
  }

  /** @returns null, and the place as before, if `parse` fails */
  attempt<T>(parse: () => T): T | null {
    const { index, depth } = this;
    if (++this.attempts > mostAttempts) throw new FilterError('the filter is too long', this.next.at);
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      this.noteFailure(error);
      this.index = index;
      this.depth = depth;
      return null;
    }
  }

  nest<T>(parse: () => T): T {
    if (++this.depth > mostDepth) throw new FilterError(`nested more than ${mostDepth} deep`, this.next.at);
    const result = parse();
    this.depth--;
    return result;
  }

  unexpected(expected: string): FilterError {
    const { kind, text, at } = this.next;
    const what = kind === 'end' ? 'the filter ends too early' : `unexpected \`${text}\``;
    const error = new FilterError(what, at, expected);
    return this.furthest !== null && this.furthest.position > at ? this.furthest : error;
  }

  private noteFailure(error: FilterError): void {
    if (this.furthest === null || error.position > this.furthest.position) this.furthest = error;
  }
}
