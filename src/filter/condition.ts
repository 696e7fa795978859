/**
 * What a frame is asked, as a tree of tests. A test's right side is a constant, or another expression.
 *
 *     a - k = c → a = c + k      a - b = 0 → a = b      a & k = 0 → no bit of k set      0 < x → not (0 >= x)
 */
import type { Expression, Expressions } from './expression.js';
import type { RelationOperator } from './syntax-tree.js';

export type TestRelation = '=' | '>' | '>=' | 'set';

/** `set`: a bit of `right` is set in `left`. */
export interface Test {
  readonly left: Expression;
  readonly relation: TestRelation;
  readonly right: Expression;
}

export type Condition =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'test'; readonly test: Test }
  | { readonly kind: 'not'; readonly operand: Condition }
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition };

export const always: Condition = { kind: 'constant', value: true };
export const never: Condition = { kind: 'constant', value: false };

export function not(operand: Condition): Condition {
  return { kind: 'not', operand };
}

/** From left to right; empty is always. */
export function all(conditions: readonly Condition[]): Condition {
  return conditions.length === 0
    ? always
    : conditions.reduce((left, right) => ({ kind: 'and', left, right }));
}

/** From left to right; empty is never. */
export function any(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? never : conditions.reduce((left, right) => ({ kind: 'or', left, right }));
}

export function testOf(
  expressions: Expressions,
  left: Expression,
  relation: TestRelation,
  right: Expression,
): Condition {
  if (left.kind === 'constant' && right.kind !== 'constant') {
    // Constants stand on the right.
    if (relation === '=') return testOf(expressions, right, '=', left);
    if (relation === '>') return not(testOf(expressions, right, '>=', left));
    if (relation === '>=') return not(testOf(expressions, right, '>', left));
  }
  if (relation === '=' && right.kind === 'constant' && left.kind === 'operation') {
    if (left.operator === '-' && left.right.kind === 'constant') {
      return testOf(expressions, left.left, '=', expressions.constant(right.value + left.right.value));
    }
    if (right.value === 0 && left.operator === '-') return testOf(expressions, left.left, '=', left.right);
    if (right.value === 0 && left.operator === '&') return not(setTest(left.left, left.right));
  }
  return { kind: 'test', test: { left, relation, right } };
}

/** The constant on the right. */
function setTest(left: Expression, right: Expression): Condition {
  const isSwapped = left.kind === 'constant';
  return {
    kind: 'test',
    test: { left: isSwapped ? right : left, relation: 'set', right: isSwapped ? left : right },
  };
}

export function isTrue(relation: TestRelation, a: number, b: number): boolean {
  switch (relation) {
    case '=':
      return a === b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case 'set':
      return (a & b) !== 0;
  }
}

/** A relation of two constants. */
export function compareNumbers(operator: RelationOperator, a: number, b: number): Condition {
  const holds = { '=': a === b, '!=': a !== b, '<': a < b, '<=': a <= b, '>': a > b, '>=': a >= b };
  return holds[operator] ? always : never;
}
