/**
 * Text to tokens. The longest match wins, and of equally long ones the first in this list:
 *
 *     symbol    + - * / % & | ^ ! = == != < <= > >= << >> && || ( ) [ ] :
 *     mac       six groups of one or two hex digits between ':', '-' or '.'; xxxx.xxxx.xxxx; twelve hex digits
 *     number    decimal, 0 octal, 0x hex; at most 32 bits; or a named constant (tcp-syn, icmptype)
 *     address4  two to four numbers between dots
 *     address6  as inet_pton reads it
 *     word      letters and digits, inside also - _ .; a keyword or a name
 *     name      \ and what follows up to a blank, parenthesis or '!': never a keyword
 *     string    between "…" or '…'; for arguments of our own words
 *
 * Reference: pcap-filter(7).
 */
import { parseIpv6 } from '../format/address.js';
import { constants } from './constants.js';
import { FilterError } from './filter-error.js';

export type TokenKind =
  | 'symbol'
  | 'mac'
  | 'number'
  | 'address4'
  | 'address6'
  | 'word'
  | 'name'
  | 'string'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As the grammar knows it: `and` for `&&`, a name without its backslash. */
  readonly text: string;
  /** Of a number. */
  readonly value: number;
  /** Of its first character. */
  readonly at: number;
}

const digits = '(?:0[xX][0-9A-Fa-f]+|[0-9]+)';
const hex = '[0-9A-Fa-f]';
const macs = [':', '-', '\\.'].map((mark) => `(?:${hex}{1,2}${mark}){5}${hex}{1,2}`);

const patterns: readonly (readonly [TokenKind, RegExp])[] = [
  ['symbol', /&&|\|\||==|!=|<=|>=|<<|>>|[-+*/%:[\]!<>()&|^=]/y],
  ['mac', new RegExp(`${macs.join('|')}|${hex}{4}\\.${hex}{4}\\.${hex}{4}|${hex}{12}`, 'y')],
  ['number', new RegExp(digits, 'y')],
  ['address4', new RegExp(`${digits}(?:\\.${digits}){1,3}`, 'y')],
  ['address6', /[0-9A-Fa-f:.]+/y],
  ['word', /[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?/y],
  ['name', /\\[^ !()\n\t]+/y],
  ['string', /"[^"]*"|'[^']*'/y],
];

/** Other ways to write a token. */
const synonyms = new Map([
  ['&&', 'and'],
  ['||', 'or'],
  ['not', '!'],
  ['==', '='],
  ['length', 'len'],
]);

const blank = /[ \t\r\n]*/y;
const mostText = 65_536;

/** @throws FilterError at the first character that begins no token */
export function readTokens(text: string): Token[] {
  if (text.length > mostText) throw new FilterError(`a filter has at most ${mostText} characters`, mostText);
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    blank.lastIndex = at;
    at += blank.exec(text)![0].length;
    if (at >= text.length) break;
    const { kind, length } = longestMatch(text, at);
    tokens.push(tokenOf(kind, text.slice(at, at + length), at));
    at += length;
  }
  tokens.push({ kind: 'end', text: '', value: 0, at });
  return tokens;
}

function longestMatch(text: string, at: number): { kind: TokenKind; length: number } {
  let best: { kind: TokenKind; length: number } = { kind: 'end', length: 0 };
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? '';
    const length = kind === 'address6' ? address6Len(found) : found.length;
    if (length > best.length) best = { kind, length };
  }
  if (best.length === 0) {
    throw new FilterError(
      `unexpected character ${JSON.stringify(text[at])}`,
      at,
      'a word, a number or an operator',
    );
  }
  return best;
}

const mostAddress6 = 45;

/**
 * Length of the longest beginning that is an IPv6 address; 0 if none is. Each has two colons. Not by node:net, whose
 * patterns take 5 ms to compile at their first use.
 */
function address6Len(run: string): number {
  const second = run.indexOf(':', run.indexOf(':') + 1);
  if (second <= 0) return 0;
  for (let length = Math.min(run.length, mostAddress6); length > second; length--) {
    if (parseIpv6(run.slice(0, length)) !== null) return length;
  }
  return 0;
}

function tokenOf(kind: TokenKind, written: string, at: number): Token {
  if (kind === 'number') return { kind, text: written, value: numberOf(written, at), at };
  if (kind === 'name') return { kind, text: written.slice(1), value: 0, at };
  if (kind === 'string') return { kind, text: written.slice(1, -1), value: 0, at };
  const constant = kind === 'word' ? constants.get(written) : undefined;
  if (constant !== undefined) return { kind: 'number', text: written, value: constant, at };
  const text = synonyms.get(written) ?? written;
  if (text === 'and' || text === 'or') return { kind: 'word', text, value: 0, at };
  return { kind: text === '!' ? 'symbol' : kind, text, value: 0, at };
}

/** A number as C writes it. */
export function numberOf(written: string, at: number): number {
  const isOctal = /^0[0-9]/.test(written);
  if (isOctal && /[89]/.test(written)) {
    throw new FilterError(`number ${written} begins with 0 and is not octal`, at, 'the digits 0 to 7');
  }
  const value = isOctal ? Number.parseInt(written, 8) : Number(written);
  if (value > 0xffffffff) throw new FilterError(`number ${written} needs more than 32 bits`, at);
  return value;
}
