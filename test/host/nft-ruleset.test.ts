import test from 'ava';
import fc from 'fast-check';
import { Reach } from '../../src/host/loopback-match.js';
import type { NatAction, NatRule } from '../../src/host/nat-rule.js';
import { parseNftRuleset } from '../../src/host/nft-ruleset.js';
import { check } from '../capture/property.js';
import { nftJson, nftListing, nftObjects } from './nft-samples.js';

const { rules } = parseNftRuleset(nftJson, () => nftListing)!;

function ruleOf(handle: number, chain: string): NatRule {
  return rules.find(({ removal }) => removal.endsWith(`${chain} handle ${handle}`))!;
}

/** A ruleset of one base chain `c` in a table of the family, with rules of the expressions, and other objects. */
function rulesetOf(
  family: string,
  hook: string,
  expressions: readonly string[],
  others: readonly string[] = [],
) {
  const chain = { family, table: 't', name: 'c', type: 'nat', hook };
  const rules = expressions.map(
    (expr, i) =>
      `{"rule": {"family": "${family}", "table": "t", "chain": "c", "handle": ${i}, "expr": [${expr}]}}`,
  );
  return `{"nftables": [${[JSON.stringify({ chain }), ...others, ...rules].join(', ')}]}`;
}

test('every rule that concerns loopback is found, at each hook, and no other', (t) => {
  t.deepEqual(
    rules.map(({ action, hook }) => `${hook} ${action}`),
    [
      ...['prerouting dnat', 'prerouting dnat', 'prerouting dnat', 'prerouting dnat'],
      ...['prerouting tproxy', 'prerouting dnat', 'prerouting dnat', 'prerouting dnat', 'prerouting dnat'],
      ...['output dnat', 'output dnat'],
      ...['postrouting masquerade', 'postrouting snat'],
      ...['output redirect', 'output redirect', 'postrouting masquerade', 'postrouting masquerade'],
    ],
  );
});

test('a rule says that it makes loopback addresses: one, a range, of a named map, of maps in the rule', (t) => {
  const isTo = (handles: number[], chain: string): boolean[] =>
    handles.map((handle) => ruleOf(handle, chain).isToLoopback);
  t.deepEqual(isTo([9, 11, 13, 15], 'pre'), [true, true, true, true]);
  t.deepEqual(isTo([8], 'sub'), [true]);
  t.deepEqual(isTo([16], 'out'), [false]);
  t.like(ruleOf(4, 'u pre'), { isToLoopback: true, isIpv6: true });
});

test('a rule tells its new addresses, and the port of each where that is one', (t) => {
  t.deepEqual(ruleOf(9, 'pre').targets, [{ address: '127.0.0.1', port: 8080, protocol: '' }]);
  t.deepEqual(ruleOf(24, 'tp').targets, [{ address: '127.0.0.1', port: 50080, protocol: '' }]);
  t.deepEqual(ruleOf(5, 'u pre').targets, [{ address: '127.0.0.1', port: 0, protocol: '' }]);
  t.is(ruleOf(8, 'sub').targets, null, 'a range');
});

test('a rule says how far loopback addresses are its own: a prefix, a set, own addresses by type, all', (t) => {
  t.deepEqual(
    [19, 20, 22, 23].map((handle) => ruleOf(handle, 'post').source.loopback),
    [Reach.named, Reach.some, Reach.named, Reach.any],
  );
  t.is(ruleOf(16, 'out').destination.loopback, Reach.named);
});

test('a chain has the hooks of all that jump to it, also by a verdict map', (t) => {
  const hooksOf = (removal: string): string[] =>
    rules.filter((rule) => rule.removal.endsWith(removal)).map(({ hook }) => hook);
  t.deepEqual(hooksOf('sub handle 8'), ['prerouting', 'output']);
  t.deepEqual(hooksOf('u a handle 8'), ['prerouting']);
});

const saddr = '{"payload": {"protocol": "ip", "field": "saddr"}}';
const is = (left: string, right: string, op = '==') =>
  `{"match": {"op": "${op}", "left": ${left}, "right": ${right}}}`;
const wide = '{"range": ["126.0.0.0", "128.0.0.0"]}';
const pair = `{"concat": [${saddr}, {"payload": {"protocol": "tcp", "field": "dport"}}]}`;
const sets = [
  `{"set": {"family": "ip", "table": "t", "name": "wide", "elem": [{"prefix": {"addr": "10.0.0.0", "len": 8}}, ${wide}]}}`,
  '{"set": {"family": "ip", "table": "t", "name": "timed", "elem": [{"elem": {"val": "127.0.0.1", "expires": 3599, "comment": "x y"}}]}}',
  '{"set": {"family": "ip", "table": "t", "name": "empty"}}',
  '{"set": {"family": "ip", "table": "t", "name": "pairs", "elem": [{"concat": [{"prefix": {"addr": "127.0.0.0", "len": 8}}, {"range": [80, 90]}]}, {"concat": ["10.0.0.1", 53]}]}}',
];

/** As nft 1.0.6 printed them. */
const sources: [what: string, match: string, reach: keyof typeof Reach][] = [
  ['a set', is(saddr, '"@wide"'), 'some'],
  ['no member of a set that holds 127/8', is(saddr, '"@wide"', '!='), 'none'],
  ['a member with a timeout', is(saddr, '"@timed"'), 'named'],
  ['no member of a set of one address', is(saddr, '"@timed"', '!='), 'some'],
  ['an empty set', is(saddr, '"@empty"'), 'none'],
  ['a set that is not listed', is(saddr, '"@other"'), 'any'],
  ['a pair of address and port', is(pair, '"@pairs"'), 'named'],
  ['no such pair', is(pair, '"@pairs"', '!='), 'any'],
  ['everything, spelled out', is(saddr, '{"prefix": {"addr": "0.0.0.0", "len": 0}}'), 'some'],
  ['a range', is(saddr, wide), 'some'],
  ['not 127/8', is(saddr, '{"prefix": {"addr": "127.0.0.0", "len": 8}}', '!='), 'none'],
  ['not 10/8', is(saddr, '{"prefix": {"addr": "10.0.0.0", "len": 8}}', '!='), 'some'],
  ['other addresses', is(saddr, '{"set": ["10.0.0.1", "10.0.0.2"]}'), 'none'],
  ['some bits', is(`{"&": [${saddr}, "255.0.0.255"]}`, '"127.0.0.1"'), 'any'],
  ['not local', is('{"fib": {"result": "type", "flags": ["saddr"]}}', '"local"', '!='), 'none'],
  [
    'local or broadcast',
    is('{"fib": {"result": "type", "flags": ["saddr"]}}', '{"set": ["local", "broadcast"]}'),
    'some',
  ],
  ['a mark', is('{"&": [{"meta": {"key": "mark"}}, 16384]}', '16384'), 'any'],
  [
    'two conditions',
    `${is(saddr, wide)}, ${is(saddr, '"127.0.0.0"', '>')}, ${is(saddr, '"127.0.0.1"', '!=')}`,
    'some',
  ],
];
for (const [what, match, reach] of sources) {
  test(`masquerading of ${what} reaches loopback: ${reach}`, (t) => {
    const json = rulesetOf('ip', 'postrouting', [`${match}, {"masquerade": null}`], sets);
    const [rule] = parseNftRuleset(json, () => '')!.rules;
    t.is(rule?.source.loopback ?? Reach.none, Reach[reach]);
  });
}

/** As nft 1.0.6 printed them. */
const translations: [what: string, statement: string, action: NatAction | null][] = [
  ['SNAT to a range', '{"snat": {"addr": {"range": ["126.0.0.1", "127.0.0.9"]}}}', 'snat'],
  [
    'SNAT to a prefix',
    '{"snat": {"addr": {"prefix": {"addr": "127.0.0.0", "len": 8}}, "flags": "netmap", "type_flags": "prefix"}}',
    'snat',
  ],
  [
    'SNAT by a map of prefixes',
    `{"snat": {"family": "ip", "addr": {"map": {"key": ${saddr}, "data": {"set": [[{"prefix": {"addr": "10.0.0.0", "len": 8}}, {"prefix": {"addr": "127.0.0.0", "len": 8}}]]}}}, "flags": "netmap"}}`,
    'snat',
  ],
  [
    'DNAT by a map of address and port',
    `{"dnat": {"family": "ip", "addr": {"map": {"key": {"payload": {"protocol": "tcp", "field": "dport"}}, "data": {"set": [[80, {"concat": ["127.0.0.1", 8080]}]]}}}}}`,
    'dnat',
  ],
  ['a source that is set', `{"mangle": {"key": ${saddr}, "value": "127.0.0.1"}}`, 'snat'],
  [
    'a source that is set by its place in the header',
    '{"mangle": {"key": {"payload": {"base": "nh", "offset": 96, "len": 32}}, "value": 2130706433}}',
    'snat',
  ],
  [
    'a destination that is set by its place in the header',
    '{"mangle": {"key": {"payload": {"base": "nh", "offset": 128, "len": 32}}, "value": 2130706433}}',
    'dnat',
  ],
  [
    'another place in the header that is set',
    '{"mangle": {"key": {"payload": {"base": "nh", "offset": 64, "len": 32}}, "value": 2130706433}}',
    null,
  ],
  [
    'a port that is set',
    '{"mangle": {"key": {"payload": {"protocol": "tcp", "field": "dport"}}, "value": 127}}',
    null,
  ],
  ['DNAT elsewhere', '{"dnat": {"addr": "192.0.2.1", "port": 80}}', null],
];
for (const [what, statement, action] of translations) {
  test(`${what} is ${action === null ? 'nothing' : `${action} to loopback`}`, (t) => {
    const [rule] = parseNftRuleset(rulesetOf('ip', 'postrouting', [statement]), () => '')!.rules;
    t.is(rule?.isToLoopback ? rule.action : null, action);
  });
}

test('an Ethernet address that is set translates nothing', (t) => {
  const json = rulesetOf('netdev', 'egress', [
    '{"mangle": {"key": {"payload": {"protocol": "ether", "field": "saddr"}}, "value": "02:00:00:00:00:01"}}',
  ]);
  t.deepEqual(parseNftRuleset(json, () => '')!.rules, []);
});

test('a verdict map leads where its own elements say', (t) => {
  const vmap = `{"vmap": {"key": ${saddr}, "data": {"set": [[{"prefix": {"addr": "10.0.0.0", "len": 8}}, {"jump": {"target": "other"}}], ["127.0.0.1", {"jump": {"target": "loop"}}], ["127.0.0.2", {"drop": null}]]}}}`;
  const end = (chain: string) =>
    `{"rule": {"family": "ip", "table": "t", "chain": "${chain}", "handle": 7, "expr": [{"masquerade": null}]}}`;
  const json = rulesetOf('ip', 'postrouting', [vmap], [end('other'), end('loop')]);
  const found = parseNftRuleset(json, () => '')!.rules;
  t.deepEqual(
    found.map(({ removal }) => removal),
    ['nft delete rule ip t c handle 0'],
  );
  t.regex(found[0].evidence[1], /chain loop: /);
});

test('in the family inet a rule is about the version that it asks for', (t) => {
  const versions = [
    is('{"meta": {"key": "nfproto"}}', '"ipv6"'),
    is('{"payload": {"protocol": "ip6", "field": "saddr"}}', '"::1"'),
    is('{"meta": {"key": "nfproto"}}', '"ipv4"'),
    is('{"meta": {"key": "l4proto"}}', '"tcp"'),
  ].map((match) => {
    const json = rulesetOf('inet', 'postrouting', [`${match}, {"masquerade": null}`]);
    return parseNftRuleset(json, () => '')!.rules[0].isIpv6;
  });
  t.deepEqual(versions, [true, true, false, false]);
});

/** As nft 1.0.6 printed them. */
const protocols: [what: string, match: string, protocol: string][] = [
  ['a port', is('{"payload": {"protocol": "tcp", "field": "dport"}}', '80'), 'tcp'],
  ['other ports', is('{"payload": {"protocol": "udp", "field": "dport"}}', '80', '!='), 'udp'],
  ['greater ports', is('{"payload": {"protocol": "udp", "field": "dport"}}', '80', '>'), 'udp'],
  ['an address and a port', is(pair, '"@pairs"'), 'tcp'],
  ['a verdict by port', `{"vmap": {"key": {"payload": {"protocol": "tcp", "field": "dport"}}}}`, 'tcp'],
  ['a name', is('{"meta": {"key": "l4proto"}}', '"udp"'), 'udp'],
  ['a name in the header', is('{"payload": {"protocol": "ip", "field": "protocol"}}', '"udp"'), 'udp'],
  ['a name that it is not', is('{"meta": {"key": "l4proto"}}', '"udp"', '!='), ''],
  ['two names', is('{"meta": {"key": "l4proto"}}', '{"set": ["tcp", "udp"]}'), ''],
  ['a port of any', is('{"payload": {"protocol": "th", "field": "dport"}}', '53'), ''],
  ['an address', is(saddr, '"10.0.0.1"'), ''],
];
for (const [what, match, protocol] of protocols) {
  test(`a rule for ${what} is about ${protocol === '' ? 'any protocol' : protocol}`, (t) => {
    const json = rulesetOf('ip', 'prerouting', [`${match}, {"dnat": {"addr": "127.0.0.1"}}`], sets);
    t.is(parseNftRuleset(json, () => '')!.rules[0].protocol, protocol);
  });
}

test('the text is nft’s own line, and its handle removes the rule', (t) => {
  const { evidence, removal } = ruleOf(9, 'pre');
  t.deepEqual(evidence, ['nft: table ip t, chain pre: iifname "a0" tcp dport 80 dnat to 127.0.0.1:8080']);
  t.is(removal, 'nft delete rule ip t pre handle 9');
  t.true(ruleOf(5, 'u pre').evidence[0].endsWith('dnat ip to 127.0.0.1 comment "x # handle 9"'));
});

test('without the listing a rule shows its JSON', (t) => {
  const bare = parseNftRuleset(nftJson, () => '')!.rules[0];
  t.regex(bare.evidence[0], /^nft: table ip t, chain pre: \[\{"match"/);
});

test('a rule with a set of any size shows its beginning', (t) => {
  const set = JSON.stringify({ set: Array.from({ length: 1000 }, (_, i) => `127.0.${i >> 8}.${i & 255}`) });
  const json = rulesetOf('ip', 'postrouting', [`${is(saddr, set)}, {"masquerade": null}`]);
  t.true(parseNftRuleset(json, () => '')!.rules[0].evidence[0].length < 400);
});

test('nobody is asked for the listing where no rule concerns loopback', (t) => {
  const json = rulesetOf('ip', 'postrouting', [`${is(saddr, '"10.0.0.1"')}, {"masquerade": null}`]);
  t.deepEqual(parseNftRuleset(json, () => t.fail() as never)!.rules, []);
});

test('a chain that nothing leads to does nothing, and its rules are left out', (t) => {
  const withoutJump = nftObjects.filter((object) => !object.includes('"jump"'));
  const parsed = parseNftRuleset(`{"nftables": [${withoutJump.join(', ')}]}`, () => '')!;
  t.is(
    parsed.rules.find(({ removal }) => removal.includes(' sub ')),
    undefined,
  );
});

test('chains that jump in a circle end', (t) => {
  const base = '{"chain": {"family": "ip", "table": "t", "name": "a", "hook": "output"}}';
  const jump = (from: string, to: string) =>
    `{"rule": {"family": "ip", "table": "t", "chain": "${from}", "handle": 1, "expr": [{"jump": {"target": "${to}"}}, {"dnat": {"addr": "127.0.0.1"}}]}}`;
  const parsed = parseNftRuleset(`{"nftables": [${base}, ${jump('a', 'b')}, ${jump('b', 'a')}]}`, () => '')!;
  t.deepEqual(
    parsed.rules.map(({ hook }) => hook),
    ['output', 'output'],
  );
});

test('rules of iptables-nft that nft cannot print are told by their family', (t) => {
  const rule =
    '{"rule": {"family": "ip6", "table": "nat", "chain": "PREROUTING", "handle": 2, "expr": [{"xt": {"type": "match", "name": "comment"}}, {"xt": {"type": "target", "name": "DNAT"}}]}}';
  t.deepEqual([...parseNftRuleset(`{"nftables": [${rule}]}`, () => '')!.opaque], ['ip6']);
});

test('names with spaces and quotes are quoted in the command', (t) => {
  const json = nftJson
    .replaceAll('"name": "pre"', '"name": "a\'; x"')
    .replaceAll('"chain": "pre"', '"chain": "a\'; x"');
  const { rules } = parseNftRuleset(json, () => '')!;
  t.is(
    rules.find(({ removal }) => removal.endsWith(' 9'))!.removal,
    "nft delete rule ip t 'a'\\''; x' handle 9",
  );
});

test('what is not a list of nft gives null', (t) => {
  for (const text of ['', '{', '[]', '{}', 'null', '{"nftables": 1}'])
    t.is(
      parseNftRuleset(text, () => ''),
      null,
    );
});

test('a set within sets without end is null, as text that is no list', (t) => {
  const nested = `${'{"elem": {"val": '.repeat(20_000)}"127.0.0.1"${'}}'.repeat(20_000)}`;
  const json = rulesetOf('ip', 'postrouting', [`${is(saddr, `{"set": [${nested}]}`)}, {"masquerade": null}`]);
  t.is(
    parseNftRuleset(json, () => ''),
    null,
  );
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
      parseNftRuleset(JSON.stringify({ nftables }), () => listing);
      parseNftRuleset(listing, () => nftJson);
    }),
  );
});
