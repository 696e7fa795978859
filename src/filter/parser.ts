/**
 * Tokens to a syntax tree, by recursive descent; a relation or a list of ids is tried first and taken back if the
 * tokens say otherwise. `and` and `or` bind alike, from the left.
 *
 *     expression = term { ("and" | "or") (id | term) }          an id takes over the qualifiers before it
 *     term       = "!" term | "(" expression ")" | relation | head id | special | protocol | word argument
 *     head       = [protocol] (direction [type] | type | "proto" | "protochain" | "gateway")
 *     direction  = "src" | "dst" | "src" ("or" | "and") "dst" | "dst" ("or" | "and") "src"
 *     id         = "!" id | "(" id { ("and" | "or") id } ")" | number | name | mac
 *                | address4 ["/" number | "mask" address4] | address6 ["/" number]
 *     special    = [protocol] ("broadcast" | "multicast") | "less" number | "greater" number
 *                | "byte" number ("&" "|" "<" ">" "=") number | "inbound" | "outbound" | "ifindex" number
 *                | "vlan" [number] | "llc" [type] | "pppoed"
 *
 * Our own words and their arguments are those of the vocabulary (parse-word.ts); a list of arguments is written as a
 * list of ids is.
 *
 * Reference: pcap-filter(7).
 */
import { FilterError } from './filter-error.js';
import type { Token } from './lexer.js';
import { parseRelation } from './parse-arithmetic.js';
import { parseWord } from './parse-word.js';
import {
  type Direction,
  type Id,
  type IdType,
  type LlcType,
  llcControl,
  type Qualifiers,
  type SyntaxNode,
} from './syntax-tree.js';
import { TokenReader } from './token-reader.js';
import type { FilterWord, Vocabulary } from './vocabulary.js';
import { idTypes, isKeyword, protocolWords, refusedWords } from './words.js';

/** What stands before an id or an argument, and is taken over by those that follow. */
type Head = Qualifiers | FilterWord;

/** A node, and what a following bare id takes over; null where it may not. */
interface Parsed {
  readonly node: SyntaxNode;
  readonly head: Head | null;
}

/** @returns null for an empty text: every frame */
export function parse(tokens: readonly Token[], vocabulary: Vocabulary): SyntaxNode | null {
  const reader = new TokenReader(tokens, vocabulary);
  if (reader.isAtEnd()) return null;
  const { node } = parseExpression(reader, null);
  if (!reader.isAtEnd()) throw reader.unexpected('`and`, `or` or the end');
  return node;
}

function parseExpression(reader: TokenReader, inherited: Head | null): Parsed {
  let parsed = parseTerm(reader, inherited);
  for (let kind = reader.conjunction(); kind !== null; kind = reader.conjunction()) {
    const { head } = parsed;
    const right =
      parseRelationFirst(reader) ??
      (reader.isOwnWordAhead() ? null : reader.attempt(() => parseIds(reader, head))) ??
      parseTerm(reader, head);
    parsed = { node: { kind, left: parsed.node, right: right.node }, head: right.head };
  }
  return parsed;
}

function parseTerm(reader: TokenReader, inherited: Head | null): Parsed {
  return reader.nest(() => {
    if (reader.take('!')) {
      const { node, head } = parseTerm(reader, inherited);
      return { node: { kind: 'not', operand: node }, head };
    }
    const relation = parseRelationFirst(reader);
    if (relation !== null) return relation;
    if (reader.take('(')) {
      const { node } = parseExpression(reader, inherited);
      reader.expect(')', '`)`, `and` or `or`');
      return { node, head: inherited };
    }
    return parsePrimitive(reader);
  });
}

/** A number or a parenthesis may begin a relation or something else: what follows decides. */
function parseRelationFirst(reader: TokenReader): Parsed | null {
  const relation = reader.attempt(() => parseRelation(reader));
  return relation === null ? null : { node: relation, head: null };
}

/** A primitive that begins with its own words. */
function parsePrimitive(reader: TokenReader): Parsed {
  const { at, kind, text } = reader.next;
  const word = kind === 'word' ? reader.vocabulary.get(text) : undefined;
  if (word !== undefined) {
    reader.skip(1);
    return parseIds(reader, word);
  }
  const special = parseSpecial(reader);
  if (special !== null) return { node: special, head: null };
  const protocol = reader.takeWordOf(protocolWords);
  const cast = reader.takeWordOf(casts) as 'broadcast' | 'multicast' | null;
  if (cast !== null) return { node: { kind: 'cast', cast, protocol, at }, head: null };
  const direction = parseDirection(reader);
  const type = parseType(reader, direction !== null);
  if (direction === null && type === null) {
    if (protocol === null) throw notAPrimitive(reader);
    return { node: { kind: 'protocol', name: protocol, at }, head: null };
  }
  return parseIds(reader, { protocol, direction, type });
}

const casts: ReadonlySet<string> = new Set(['broadcast', 'multicast']);

function notAPrimitive(reader: TokenReader): FilterError {
  const { kind, text, at } = reader.next;
  const refused = kind === 'word' ? refusedWords.get(text) : undefined;
  if (refused !== undefined) return new FilterError(refused, at);
  const isId = kind !== 'end' && kind !== 'symbol' && !isKeyword(reader.next);
  if (isId) return nothingBefore(at);
  return reader.unexpected('a primitive, as in `host 127.0.0.1` or `tcp port 80`');
}

function nothingBefore(at: number): FilterError {
  const expected = 'a qualifier, as in `host`, `net`, `port`';
  return new FilterError('nothing before this id says what it is', at, expected);
}

function parseDirection(reader: TokenReader): Direction | null {
  const first = reader.takeWordOf(ends) as 'src' | 'dst' | null;
  if (first === null) return null;
  const other = first === 'src' ? 'dst' : 'src';
  for (const conjunction of ['or', 'and'] as const) {
    if (reader.isAhead(0, conjunction) && reader.isAhead(1, other)) {
      reader.skip(2);
      return `src ${conjunction} dst`;
    }
  }
  return first;
}

const ends: ReadonlySet<string> = new Set(['src', 'dst']);

function parseType(reader: TokenReader, isDirected: boolean): IdType | null {
  const { text } = reader.next;
  const isAfterDirection = text === 'host' || text === 'net' || text === 'port' || text === 'portrange';
  if (isDirected && !isAfterDirection) return null;
  return reader.takeWordOf(idTypes) as IdType | null;
}

/** One id or argument, or a list of them in parentheses, under the same head. */
function parseIds(reader: TokenReader, head: Head | null): Parsed {
  return reader.nest(() => {
    if (reader.take('!')) {
      return { node: { kind: 'not', operand: parseIds(reader, head).node }, head };
    }
    if (reader.take('(')) {
      let { node } = parseIds(reader, head);
      for (let kind = reader.conjunction(); kind !== null; kind = reader.conjunction()) {
        node = { kind, left: node, right: parseIds(reader, head).node };
      }
      reader.expect(')', '`)`, `and` or `or`');
      return { node, head };
    }
    return { node: parseUnder(reader, head), head };
  });
}

function parseUnder(reader: TokenReader, head: Head | null): SyntaxNode {
  if (head !== null && 'takes' in head) return parseWord(reader, head);
  const { at } = reader.next;
  const id = parseId(reader);
  if (head === null) throw nothingBefore(at);
  return { kind: 'primitive', qualifiers: head, id, at };
}

function parseId(reader: TokenReader): Id {
  const token = reader.next;
  const { kind, text, at } = token;
  if (kind === 'address4' || kind === 'address6') {
    reader.skip(1);
    if (reader.take('/'))
      return { kind, text, at, prefixLen: reader.expectNumber('a prefix length'), mask: null };
    if (kind === 'address4' && reader.take('mask')) {
      const mask = reader.next;
      if (mask.kind !== 'address4') throw reader.unexpected('a mask, as in 255.255.255.0');
      reader.skip(1);
      return { kind, text, at, prefixLen: null, mask: mask.text };
    }
    return { kind, text, at, prefixLen: null, mask: null };
  }
  if (kind === 'number') {
    reader.skip(1);
    return { kind, value: token.value, at };
  }
  if (kind === 'mac' || kind === 'name' || (kind === 'word' && !isKeyword(token))) {
    reader.skip(1);
    return { kind: kind === 'mac' ? 'mac' : 'name', text, at };
  }
  throw reader.unexpected(
    isKeyword(token) ? `a name (\`\\${text}\` if that is one)` : 'an address, a number or a name',
  );
}

const llcTypes: ReadonlySet<string> = new Set(Object.keys(llcControl));

function parseSpecial(reader: TokenReader): SyntaxNode | null {
  const { kind, text, at } = reader.next;
  if (kind !== 'word') return null;
  switch (text) {
    case 'less':
    case 'greater': {
      reader.skip(1);
      const numberAt = reader.next.at;
      const value = reader.expectNumber('a length in bytes');
      const right = { kind: 'number', value, at: numberAt } as const;
      return { kind: 'relation', operator: text === 'less' ? '<=' : '>=', left: { kind: 'len', at }, right };
    }
    case 'byte': {
      reader.skip(1);
      const index = reader.expectNumber('the byte to look at');
      const operator = reader.next.text;
      if (!/^[&|<>=]$/.test(operator)) throw reader.unexpected('one of & | < > =');
      reader.skip(1);
      return { kind: 'byte', operator, index, value: reader.expectNumber('a value') };
    }
    case 'inbound':
    case 'outbound':
      reader.skip(1);
      return { kind: 'bound', isOutbound: text === 'outbound', at };
    case 'ifindex':
      reader.skip(1);
      return { kind: 'interface', index: reader.expectNumber('an interface index'), at };
    case 'vlan':
      reader.skip(1);
      return { kind: 'vlan', id: reader.takeNumber(), at };
    case 'llc':
      reader.skip(1);
      return { kind: 'llc', type: reader.takeWordOf(llcTypes) as LlcType | null, at };
    case 'pppoed':
      reader.skip(1);
      return { kind: 'pppoed', at };
    default:
      return null;
  }
}
