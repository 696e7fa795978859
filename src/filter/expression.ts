/**
 * Values of a program as trees without side effects. Equal trees are one object, so that `===` compares values;
 * making one folds its constants. All arithmetic is on unsigned 32-bit words, as the machine's.
 *
 *     x + 0, x << 0, x | 0 → x      x * 0, x & 0, 0 / x → 0      constants → their value
 *
 * A load that is folded away is not done, so a frame too short for it is not refused: libpcap's optimiser agrees.
 */
import { FilterError } from './filter-error.js';

export type Operator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';

export type Expression =
  | { readonly kind: 'constant'; readonly id: number; readonly value: number }
  /** The frame's length on the link. */
  | { readonly kind: 'length'; readonly id: number }
  /** `size` bytes at `offset`, counted from `base` if there is one. */
  | {
      readonly kind: 'load';
      readonly id: number;
      readonly base: Expression | null;
      readonly offset: number;
      readonly size: 1 | 2 | 4;
    }
  /** Length of the IPv4 header at `offset`. */
  | { readonly kind: 'header'; readonly id: number; readonly offset: number }
  | { readonly kind: 'negate'; readonly id: number; readonly operand: Expression }
  | {
      readonly kind: 'operation';
      readonly id: number;
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
    };

type Shape = Expression extends infer One ? (One extends Expression ? Omit<One, 'id'> : never) : never;

const neutralZero: ReadonlySet<Operator> = new Set(['+', '-', '|', '^', '<<', '>>']);
const zeroLeft: ReadonlySet<Operator> = new Set(['*', '/', '%', '&', '<<', '>>']);

/** Makes expressions, each once. */
export class Expressions {
  private readonly known = new Map<string, Expression>();

  constant(value: number): Expression {
    return this.intern(`k${value >>> 0}`, { kind: 'constant', value: value >>> 0 });
  }

  length(): Expression {
    return this.intern('length', { kind: 'length' });
  }

  header(offset: number): Expression {
    return this.intern(`h${offset}`, { kind: 'header', offset });
  }

  load(base: Expression | null, offset: number, size: 1 | 2 | 4): Expression {
    if (base?.kind === 'constant') return this.load(null, base.value + offset, size);
    // k + header: the constant joins the offset, as libpcap's optimiser has it.
    if (base?.kind === 'operation' && base.operator === '+' && base.left.kind === 'constant') {
      return this.load(base.right, base.left.value + offset, size);
    }
    const key = `l${base?.id ?? ''}.${offset >>> 0}.${size}`;
    return this.intern(key, { kind: 'load', base, offset: offset >>> 0, size });
  }

  negate(operand: Expression): Expression {
    if (operand.kind === 'constant') return this.constant(-operand.value);
    return this.intern(`n${operand.id}`, { kind: 'negate', operand });
  }

  /** @throws FilterError at `at` for a division by the constant 0 */
  operation(operator: Operator, left: Expression, right: Expression, at: number): Expression {
    if (right.kind === 'constant') {
      const { value } = right;
      if (value === 0 && (operator === '/' || operator === '%'))
        throw new FilterError('division by zero', at);
      if (left.kind === 'constant') return this.constant(calculate(operator, left.value, value));
      if (value === 0 && neutralZero.has(operator)) return left;
      if (value === 0 && (operator === '*' || operator === '&')) return right;
    } else if (left.kind === 'constant' && left.value === 0) {
      if (zeroLeft.has(operator)) return left;
      if (operator !== '-') return right;
    }
    const key = `${operator}${left.id},${right.id}`;
    return this.intern(key, { kind: 'operation', operator, left, right });
  }

  private intern(key: string, shape: Shape): Expression {
    let expression = this.known.get(key);
    if (expression === undefined) {
      expression = { ...shape, id: this.known.size } as Expression;
      this.known.set(key, expression);
    }
    return expression;
  }
}

/** What the machine's instruction gives; the divisor is not 0. */
export function calculate(operator: Operator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return (a + b) >>> 0;
    case '-':
      return (a - b) >>> 0;
    case '*':
      return Math.imul(a, b) >>> 0;
    case '/':
      return Math.floor(a / b);
    case '%':
      return a % b;
    case '&':
      return (a & b) >>> 0;
    case '|':
      return (a | b) >>> 0;
    case '^':
      return (a ^ b) >>> 0;
    case '<<':
      return b > 31 ? 0 : (a << b) >>> 0;
    case '>>':
      return b > 31 ? 0 : a >>> b;
  }
}
