/**
 * Relations between arithmetic expressions over bytes of the frame.
 *
 *     relation = sum ("=" | "!=" | "<" | "<=" | ">" | ">=") sum
 *     operand  = number | "len" | "-" operand | "(" sum ")" | protocol "[" sum [":" number] "]"
 *
 * Operators from the loosest: `|`, `&`, `<< >>`, `+ -`, `* /`, each from the left. `%` and `^` have no precedence in
 * libpcap's grammar, which makes them bind to the operand just before and to everything behind: `a * b % c + d` is
 * `a * (b % (c + d))`. So do they here.
 */
import type { Arithmetic, ArithmeticOperator, RelationOperator, SyntaxNode } from './syntax-tree.js';
import type { TokenReader } from './token-reader.js';
import { protocolWords } from './words.js';

const precedence = new Map([
  ['|', 1],
  ['&', 2],
  ['<<', 3],
  ['>>', 3],
  ['+', 4],
  ['-', 4],
  ['*', 5],
  ['/', 5],
]);
const unaryPrecedence = 6;
const greedy: ReadonlySet<string> = new Set(['%', '^']);
const relations: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=']);

export function parseRelation(reader: TokenReader): SyntaxNode {
  const left = parseArithmetic(reader, 1);
  const operator = reader.next;
  if (!relations.has(operator.text)) throw reader.unexpected('an operator or a comparison');
  reader.skip(1);
  const right = parseArithmetic(reader, 1);
  return { kind: 'relation', operator: operator.text as RelationOperator, left, right };
}

/** What binds at least as tightly as `least`. */
function parseArithmetic(reader: TokenReader, least: number): Arithmetic {
  return reader.nest(() => {
    let left = parseOperand(reader);
    for (;;) {
      const { text, kind, at } = reader.next;
      if (kind !== 'symbol') return left;
      const binding = precedence.get(text) ?? 0;
      const isGreedy = greedy.has(text);
      if (!isGreedy && (binding === 0 || binding < least)) return left;
      reader.skip(1);
      const right = parseArithmetic(reader, isGreedy ? 1 : binding + 1);
      left = { kind: 'operation', operator: text as ArithmeticOperator, left, right, at };
    }
  });
}

function parseOperand(reader: TokenReader): Arithmetic {
  const { at } = reader.next;
  const value = reader.next.kind === 'number' ? reader.takeNumber() : null;
  if (value !== null) return { kind: 'number', value, at };
  if (reader.take('len')) return { kind: 'len', at };
  if (reader.take('-')) return { kind: 'negate', operand: parseArithmetic(reader, unaryPrecedence), at };
  if (reader.take('(')) {
    const inner = parseArithmetic(reader, 1);
    reader.expect(')', '`)` or an operator');
    return inner;
  }
  if (reader.isAhead(1, '[')) {
    const protocol = reader.takeWordOf(protocolWords);
    if (protocol !== null) return parseLoad(reader, protocol, at);
  }
  throw reader.unexpected('a number, `len` or bytes, as in `tcp[13]`');
}

function parseLoad(reader: TokenReader, protocol: string, at: number): Arithmetic {
  reader.expect('[', '`[`');
  const index = parseArithmetic(reader, 1);
  let size = 1;
  let sizeAt = reader.next.at;
  if (reader.take(':')) {
    sizeAt = reader.next.at;
    size = reader.expectNumber('1, 2 or 4 bytes');
  }
  reader.expect(']', '`]`, `:` or an operator');
  return { kind: 'load', protocol, index, size, sizeAt, at };
}
