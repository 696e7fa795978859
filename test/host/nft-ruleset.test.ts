import test from 'ava';
import fc from 'fast-check';
import type { NatRule } from '../../src/host/nat-rule.js';
import { parseNftRuleset } from '../../src/host/nft-ruleset.js';
import { check } from '../capture/property.js';
import { nftJson, nftListing, nftObjects } from './nft-samples.js';

const { rules } = parseNftRuleset(nftJson, nftListing)!;

function ruleOf(handle: number, chain: string): NatRule {
  return rules.find(({ removal }) => removal.endsWith(`${chain} handle ${handle}`))!;
}

test('every rule that translates an address from a hook is found, and no other', (t) => {
  t.deepEqual(
    rules.map(({ action }) => action),
    [
      ...['redirect', 'dnat', 'dnat', 'dnat', 'dnat', 'dnat', 'dnat', 'redirect'],
      ...['masquerade', 'masquerade', 'snat', 'masquerade', 'tproxy', 'dnat', 'dnat', 'dnat'],
    ],
  );
});

test('a rule says which loopback addresses it makes', (t) => {
  const ofTable = (handles: number[], chain: string): boolean[] =>
    handles.map((handle) => ruleOf(handle, chain).isToLoopback);
  // An address, a named map, maps in the rule, one by number; and a range in a chain that two hooks jump to.
  t.deepEqual(ofTable([9, 11, 13, 15], 'pre'), [true, true, true, true]);
  t.deepEqual(ofTable([8], 'sub'), [true]);
  t.deepEqual(ofTable([16], 'out'), [false]);
  t.true(ruleOf(24, 'tp').isToLoopback);
  t.true(ruleOf(4, 'u pre').isToLoopback, 'IPv6');
});

test('a rule tells its destination where that is one address, and its port where that is one', (t) => {
  t.deepEqual(ruleOf(9, 'pre').target, { address: '127.0.0.1', port: 8080 });
  t.deepEqual(ruleOf(5, 'u pre').target, { address: '127.0.0.1', port: 0 });
  t.is(ruleOf(11, 'pre').target, null, 'a map');
  t.is(ruleOf(8, 'sub').target, null, 'a range');
});

test('a rule says which loopback addresses it is for: a prefix, a set, own addresses by type', (t) => {
  t.deepEqual(
    [19, 20, 22, 23].map((handle) => ruleOf(handle, 'post').isForLoopbackSource),
    [true, true, true, false],
  );
  t.true(ruleOf(16, 'out').isForLoopbackDestination);
});

test('a chain has the hooks of all that jump to it, also by a verdict map', (t) => {
  t.deepEqual(ruleOf(8, 'sub').hooks, ['prerouting', 'output']);
  t.deepEqual(ruleOf(8, 'u a').hooks, ['prerouting']);
});

test('the text is nft’s own line, and its handle removes the rule', (t) => {
  const { text, removal } = ruleOf(9, 'pre');
  t.is(text, 'nft: table ip t, chain pre: iifname "a0" tcp dport 80 dnat to 127.0.0.1:8080');
  t.is(removal, 'nft delete rule ip t pre handle 9');
  t.true(ruleOf(5, 'u pre').text.endsWith('dnat ip to 127.0.0.1 comment "x # handle 9"'));
});

test('without the listing a rule shows its JSON', (t) => {
  const bare = parseNftRuleset(nftJson, '')!.rules[0];
  t.regex(bare.text, /^nft: table ip t, chain sub: \[\{"match"/);
});

test('a chain that nothing leads to does nothing, and its rules are left out', (t) => {
  const withoutJump = nftObjects.filter((object) => !object.includes('"jump"'));
  const parsed = parseNftRuleset(`{"nftables": [${withoutJump.join(', ')}]}`, '')!;
  t.is(
    parsed.rules.find(({ removal }) => removal.includes(' sub ')),
    undefined,
  );
});

test('chains that jump in a circle end', (t) => {
  const base = '{"chain": {"family": "ip", "table": "t", "name": "a", "hook": "output"}}';
  const jump = (from: string, to: string) =>
    `{"rule": {"family": "ip", "table": "t", "chain": "${from}", "handle": 1, "expr": [{"jump": {"target": "${to}"}}, {"dnat": {"addr": "127.0.0.1"}}]}}`;
  const parsed = parseNftRuleset(`{"nftables": [${base}, ${jump('a', 'b')}, ${jump('b', 'a')}]}`, '')!;
  t.deepEqual(
    parsed.rules.map(({ hooks }) => hooks),
    [['output'], ['output']],
  );
});

test('rules of iptables-nft that nft cannot print are told by their family', (t) => {
  const rule =
    '{"rule": {"family": "ip6", "table": "nat", "chain": "PREROUTING", "handle": 2, "expr": [{"xt": {"type": "match", "name": "comment"}}, {"xt": {"type": "target", "name": "DNAT"}}]}}';
  t.deepEqual([...parseNftRuleset(`{"nftables": [${rule}]}`, '')!.opaque], ['ip6']);
});

test('names with spaces and quotes are quoted in the command', (t) => {
  const json = nftJson
    .replaceAll('"name": "pre"', '"name": "a\'; x"')
    .replaceAll('"chain": "pre"', '"chain": "a\'; x"');
  t.is(parseNftRuleset(json, '')!.rules[2].removal, "nft delete rule ip t 'a'\\''; x' handle 9");
});

test('what is not a list of nft gives null', (t) => {
  for (const text of ['', '{', '[]', '{}', 'null', '{"nftables": 1}']) t.is(parseNftRuleset(text, ''), null);
});

test('any JSON and any listing give rules or null, and never throw', async (t) => {
  const pieces = fc.oneof(
    fc.constantFrom(...nftObjects.map((object) => JSON.parse(object) as unknown)),
    fc.jsonValue(),
    fc.record({ rule: fc.jsonValue() }),
    fc.record({
      rule: fc.record({
        family: fc.jsonValue(),
        chain: fc.jsonValue(),
        expr: fc.array(fc.record({ dnat: fc.jsonValue() })),
      }),
    }),
  );
  await check(
    t,
    fc.property(fc.array(pieces), fc.string(), (nftables, listing) => {
      parseNftRuleset(JSON.stringify({ nftables }), listing);
      parseNftRuleset(listing, nftJson);
    }),
  );
});
