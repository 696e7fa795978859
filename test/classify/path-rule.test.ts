import test from 'ava';
import { ruleOf } from '../../src/classify/path-rule.js';
import type { PolicyRule } from '../../src/host/policy-rules.js';
import type { RouteAnswer } from '../../src/host/route-lookup.js';
import type { Route } from '../../src/host/route-message.js';

const flow = { address: '203.0.113.9', loopback: 'lo', outInterface: '', uid: 1000 };
const plainRoute: Route = {
  type: 'unicast',
  table: 254,
  prefix: '0.0.0.0/0',
  outInterface: 2,
  gateway: '',
  source: '',
  mtu: 0,
  hops: 0,
  flags: 0,
};

function rule(priority: number, changes: Partial<PolicyRule> = {}): PolicyRule {
  return {
    priority,
    action: 'lookup',
    table: 254,
    target: 0,
    isInverted: false,
    from: '0.0.0.0/0',
    to: '0.0.0.0/0',
    inInterface: '',
    outInterface: '',
    mark: 0,
    markMask: 0,
    uids: null,
    suppressPrefixLen: -1,
    hasOthers: false,
    isVrf: false,
    text: '',
    ...changes,
  };
}

function sent(entry: Route = plainRoute): RouteAnswer {
  return { route: entry, entry, failure: null, refusing: [] };
}

function refused(code: string, refusing: readonly Route[] = []): RouteAnswer {
  return { route: null, entry: null, failure: { code, text: '' }, refusing };
}

/** Priorities of the rule that answers and of those that only some sockets meet. */
function walk(rules: readonly PolicyRule[], answer: RouteAnswer, changes: Partial<typeof flow> = {}) {
  const found = ruleOf(rules, { ...flow, ...changes }, answer, answer.entry?.table ?? 0);
  return [found.rule?.priority ?? null, found.conditional.map(({ priority }) => priority)];
}

test('the first rule whose selectors match and whose table answered is the one', (t) => {
  const rules = [rule(0, { table: 255 }), rule(5, { to: '10.0.0.0/8' }), rule(7), rule(9)];
  t.deepEqual(walk(rules, sent()), [7, []]);
});

test('an inverted rule takes what its selectors leave', (t) => {
  t.deepEqual(walk([rule(1, { to: '10.0.0.0/8', isInverted: true })], sent()), [1, []]);
  t.deepEqual(walk([rule(1, { isInverted: true }), rule(2)], sent()), [2, [1]]);
});

test('what this host sends comes in by loopback, and by no other interface', (t) => {
  t.deepEqual(walk([rule(1, { inInterface: 'lo' })], sent()), [1, []]);
  t.deepEqual(walk([rule(1, { inInterface: 'eth0' }), rule(2)], sent()), [2, []]);
});

test('a rule for an output interface takes a zone’s datagram', (t) => {
  t.deepEqual(walk([rule(1, { outInterface: 'eth0' }), rule(2)], sent()), [2, [1]]);
  t.deepEqual(walk([rule(1, { outInterface: 'eth0' }), rule(2)], sent(), { outInterface: 'eth0' }), [1, []]);
});

test('marks count under their mask, and user ids within their range', (t) => {
  t.deepEqual(walk([rule(1, { mark: 0x100, markMask: 0xff }), rule(2)], sent()), [1, []]);
  t.deepEqual(walk([rule(1, { mark: 1, markMask: 0xff }), rule(2)], sent()), [2, [1]]);
  t.deepEqual(walk([rule(1, { uids: [1000, 1000] })], sent()), [1, []]);
  t.deepEqual(walk([rule(1, { uids: [0, 999] }), rule(2)], sent()), [2, [1]]);
});

test('goto skips the rules before its target, nop answers nothing', (t) => {
  const rules = [rule(1, { action: 'goto', target: 20 }), rule(2), rule(20, { action: 'nop' }), rule(21)];
  t.deepEqual(walk(rules, sent()), [21, []]);
});

test('a rule that suppresses short prefixes leaves the default route to a later one', (t) => {
  const rules = [rule(1, { suppressPrefixLen: 0 }), rule(2)];
  t.deepEqual(walk(rules, sent()), [2, []]);
  t.deepEqual(walk(rules, sent({ ...plainRoute, prefix: '203.0.113.0/24' })), [1, []]);
});

test('of refusing routes the longest in the first rule’s table is the one', (t) => {
  const long = { ...plainRoute, type: 'blackhole', prefix: '203.0.113.9/32' } as const;
  const short = { ...plainRoute, type: 'blackhole', prefix: '203.0.113.0/24' } as const;
  const elsewhere = { ...plainRoute, type: 'blackhole', prefix: '203.0.113.9/32', table: 77 } as const;
  const answer = refused('EINVAL', [short, elsewhere, long]);
  const found = ruleOf([rule(1), rule(2, { table: 77 })], flow, answer, 0);
  t.is(found.refusing, long);
  t.is(found.rule?.priority, 1);
});

test('a rule that refuses explains only its own error; without one nothing is invented', (t) => {
  const rules = [rule(1, { action: 'blackhole' }), rule(2, { action: 'prohibit' })];
  t.deepEqual(walk(rules, refused('EACCES')), [2, []]);
  t.deepEqual(walk(rules, refused('ENETUNREACH')), [null, []]);
  t.deepEqual(walk([], sent()), [null, []]);
});
