/**
 * Which policy rule answered a route look-up. The kernel names the table and not the rule, so the rules are walked as
 * it walks them (net/core/fib_rules.c, fib_rules_lookup), for a socket that is neither marked nor bound to anything.
 */
import { covers } from '../host/host-model.js';
import { isEverything, type PolicyRule } from '../host/policy-rules.js';
import type { RouteAnswer } from '../host/route-lookup.js';
import type { Route } from '../host/route-message.js';

/** What a rule may select by; a look-up without a socket has no mark, no source and no protocol. */
export interface RuleFlow {
  readonly address: string;
  /** What this host sends comes in by its loopback interface. */
  readonly loopback: string;
  /** Of a zone, or ''. */
  readonly outInterface: string;
  readonly uid: number;
}

export interface RuleAnswer {
  /** null where no rule explains the answer. */
  readonly rule: PolicyRule | null;
  /** The entry that refuses, where it is known. */
  readonly refusing: Route | null;
  /** Rules before it that take the address from some sockets, not from every one: marked, bound, another user's … */
  readonly conditional: readonly PolicyRule[];
}

/** Error that a rule's own action gives (fib4_rule_action). */
const actionErrors: Record<string, string> = {
  blackhole: 'EINVAL',
  unreachable: 'ENETUNREACH',
  prohibit: 'EACCES',
};

export function ruleOf(
  rules: readonly PolicyRule[],
  flow: RuleFlow,
  answer: RouteAnswer,
  table: number,
): RuleAnswer {
  const conditional: PolicyRule[] = [];
  let skippedUpTo = -1;
  for (const rule of rules) {
    if (rule.priority < skippedUpTo) continue;
    if (!matches(rule, flow)) {
      if (mayMatch(rule, flow)) conditional.push(rule);
    } else if (rule.action === 'goto') {
      skippedUpTo = rule.target;
    } else {
      const explained = explains(rule, answer, table);
      if (explained !== null) return { rule, refusing: explained.refusing, conditional };
    }
  }
  return { rule: null, refusing: null, conditional };
}

function explains(rule: PolicyRule, answer: RouteAnswer, table: number): { refusing: Route | null } | null {
  const { failure, entry } = answer;
  if (failure === null) {
    if (rule.action !== 'lookup' || rule.table !== table) return null;
    const isSuppressed = entry !== null && prefixLenOf(entry) <= rule.suppressPrefixLen;
    return isSuppressed ? null : { refusing: null };
  }
  if (rule.action !== 'lookup') return actionErrors[rule.action] === failure.code ? { refusing: null } : null;
  const refusing = answer.refusing
    .filter((route) => route.table === rule.table && prefixLenOf(route) > rule.suppressPrefixLen)
    .sort((a, b) => prefixLenOf(b) - prefixLenOf(a))[0];
  return refusing === undefined ? null : { refusing };
}

function prefixLenOf({ prefix }: Route): number {
  return Number(prefix.slice(prefix.indexOf('/') + 1));
}

function matches(rule: PolicyRule, flow: RuleFlow): boolean {
  const isMatch =
    covers(rule.to, flow.address) &&
    isEverything(rule.from) &&
    (rule.inInterface === '' || rule.inInterface === flow.loopback) &&
    (rule.outInterface === '' || rule.outInterface === flow.outInterface) &&
    (rule.mark & rule.markMask) === 0 &&
    (rule.uids === null || (rule.uids[0] <= flow.uid && flow.uid <= rule.uids[1])) &&
    !rule.hasOthers;
  return isMatch !== rule.isInverted;
}

/** Could it match the same address from another socket? What arrives by another interface is not sent by this host. */
function mayMatch(rule: PolicyRule, flow: RuleFlow): boolean {
  if (rule.inInterface !== '' && rule.inInterface !== flow.loopback) return rule.isInverted;
  return rule.isInverted || covers(rule.to, flow.address);
}
