/**
 * The table `loopback_guard`, which the fixes of leaks make: what its rules drop, as far as they are there.
 * Reference: libnftables-json(5).
 */
import { isObject, type JsonObject, textOf } from './nft-match.js';

export const guardTable = 'loopback_guard';

/** @returns of each of its rules that drop `family chain protocol field`, as in `inet out ip saddr`, or `inet out fib type` */
export function guardsOf(objects: readonly JsonObject[]): string[] {
  const guards = objects.flatMap(({ rule }) => {
    if (!isObject(rule) || rule.table !== guardTable || !Array.isArray(rule.expr)) return [];
    const expressions = rule.expr.filter(isObject);
    if (!expressions.some((each) => 'drop' in each)) return [];
    return expressions.flatMap(({ match }) => {
      const left = isObject(match) ? match.left : null;
      if (!isObject(left)) return [];
      const { payload, fib } = left;
      const words = isObject(payload)
        ? [payload.protocol, payload.field]
        : isObject(fib)
          ? ['fib', fib.result]
          : [];
      return words.length === 0 ? [] : [[rule.family, rule.chain, ...words].map(textOf).join(' ')];
    });
  });
  return [...new Set(guards)];
}
