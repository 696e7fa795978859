/**
 * The nftables ruleset as `nft -j list ruleset` prints it: which rules concern loopback addresses.
 * Reference: libnftables-json(5). Rules that iptables-nft made hold their targets in a form that only iptables can
 * print (`xt`): those are reported as such.
 */
import { shellWord } from '../format/shell-word.js';
import { hooksByChain, isLoopbackText, mostNatRules, type NatAction, type NatRule } from './nat-rule.js';

export interface NftRuleset {
  readonly rules: NatRule[];
  /** Address families with rules of iptables-nft that may translate addresses. */
  readonly opaque: ReadonlySet<string>;
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type JsonObject = { [name: string]: Json };

const actions: readonly NatAction[] = ['dnat', 'redirect', 'snat', 'masquerade', 'tproxy'];
const opaqueTargets = /^(DNAT|SNAT|REDIRECT|MASQUERADE|TPROXY|NETMAP)$/;

/**
 * @param json of `nft -j list ruleset`
 * @param listing of `nft -a list ruleset`: the same for people, which the evidence quotes
 * @returns null when the text is not such a list
 */
export function parseNftRuleset(json: string, listing: string): NftRuleset | null {
  const objects = objectsOf(json);
  if (objects === null) return null;
  const bases = new Map<string, string>();
  const jumps = new Map<string, Set<string>>();
  const maps = new Map<string, Json>();
  const found: JsonObject[] = [];
  const opaque = new Set<string>();
  for (const object of objects) {
    const { chain, map, rule } = object;
    if (isObject(chain) && typeof chain.hook === 'string') bases.set(keyOf(chain, chain.name), chain.hook);
    if (isObject(map)) maps.set(keyOf(map, map.name), map.elem ?? null);
    if (!isObject(rule)) continue;
    const key = keyOf(rule, rule.chain);
    const targets = jumps.get(key) ?? new Set();
    for (const target of jumpTargets(rule.expr, maps, rule)) targets.add(keyOf(rule, target));
    jumps.set(key, targets);
    if (isOpaque(rule)) opaque.add(textOf(rule.family));
    if (actionOf(rule) !== null) found.push(rule);
  }
  const hooks = hooksByChain(bases, jumps);
  const lines = linesByRule(listing);
  const rules = found
    .map((rule) => natRule(rule, maps, hooks, lines))
    .filter((rule) => rule.hooks.length > 0)
    .slice(0, mostNatRules);
  return { rules, opaque };
}

function objectsOf(json: string): JsonObject[] | null {
  try {
    const { nftables } = JSON.parse(json) as { nftables?: unknown };
    return Array.isArray(nftables) ? (nftables as Json[]).filter(isObject) : null;
  } catch {
    return null;
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A chain or map by family, table and name. */
function keyOf({ family, table }: JsonObject, name: Json): string {
  return [family, table, name].map(textOf).join(' ');
}

/** A name; whatever else stands in its place must not be called. */
function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function expressions(rule: JsonObject): JsonObject[] {
  return Array.isArray(rule.expr) ? rule.expr.filter(isObject) : [];
}

function actionOf(rule: JsonObject): NatAction | null {
  for (const expression of expressions(rule)) {
    const action = actions.find((name) => name in expression);
    if (action !== undefined) return action;
  }
  return null;
}

function isOpaque(rule: JsonObject): boolean {
  return expressions(rule).some(
    ({ xt }) => isObject(xt) && xt.type === 'target' && opaqueTargets.test(textOf(xt.name)),
  );
}

/** Chains that the expression jumps or goes to, also by a verdict map. */
function jumpTargets(value: Json, maps: ReadonlyMap<string, Json>, rule: JsonObject): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => jumpTargets(each, maps, rule));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if ((name === 'jump' || name === 'goto') && isObject(inner)) return [textOf(inner.target)];
    if (name === 'data') return jumpTargets(dereference(inner, maps, rule), maps, rule);
    return jumpTargets(inner, maps, rule);
  });
}

/** The elements of a named map, for `@name`. */
function dereference(data: Json, maps: ReadonlyMap<string, Json>, rule: JsonObject): Json {
  if (typeof data !== 'string' || !data.startsWith('@')) return data;
  return maps.get(keyOf(rule, data.slice(1))) ?? null;
}

function natRule(
  rule: JsonObject,
  maps: ReadonlyMap<string, Json>,
  hooks: ReadonlyMap<string, ReadonlySet<string>>,
  lines: ReadonlyMap<string, string>,
): NatRule {
  const action = actionOf(rule)!;
  const statement = expressions(rule).find((expression) => action in expression)![action];
  const address = isObject(statement) ? (statement.addr ?? null) : null;
  const port = isObject(statement) && typeof statement.port === 'number' ? statement.port : 0;
  const where = [rule.family, rule.table, rule.chain].map((word) => shellWord(textOf(word))).join(' ');
  const chain = keyOf(rule, rule.chain);
  const text = lines.get(`${chain} ${textOf(rule.handle)}`) ?? JSON.stringify(rule.expr);
  return {
    action,
    hooks: [...(hooks.get(chain) ?? [])],
    isToLoopback:
      (action === 'dnat' || action === 'tproxy') && targets(address, maps, rule).some(isLoopbackText),
    target: typeof address === 'string' ? { address, port } : null,
    isForLoopbackSource: matches(rule, 'saddr'),
    isForLoopbackDestination: matches(rule, 'daddr'),
    text: `nft: table ${textOf(rule.family)} ${textOf(rule.table)}, chain ${textOf(rule.chain)}: ${text}`,
    removal: `nft delete rule ${where} handle ${textOf(rule.handle)}`,
  };
}

/** Every address that a translation may give: an address, a range, a prefix, or the values of a map. */
function targets(address: Json, maps: ReadonlyMap<string, Json>, rule: JsonObject): string[] {
  if (!isObject(address) || !isObject(address.map)) return addressTexts(address);
  const data = dereference(address.map.data, maps, rule);
  const elements = isObject(data) ? data.set : data;
  if (!Array.isArray(elements)) return [];
  return elements.flatMap((element) => (Array.isArray(element) ? addressTexts(element[1]) : []));
}

/** Texts of `"A"`, `{range: [A, B]}`, `{prefix: {addr, len}}`, `{set: [...]}`, `{concat: [...]}`. */
function addressTexts(value: Json | undefined): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(addressTexts);
  if (!isObject(value)) return [];
  if (isObject(value.prefix)) return [`${textOf(value.prefix.addr)}/${textOf(value.prefix.len)}`];
  return [value.range, value.set, value.concat, value.elem, value.val].flatMap(addressTexts);
}

/** Does the rule name loopback addresses, or the host's own by type, in this field? */
function matches(rule: JsonObject, field: 'saddr' | 'daddr'): boolean {
  return expressions(rule).some(({ match }) => {
    if (!isObject(match) || !isObject(match.left) || (match.op !== '==' && match.op !== 'in')) return false;
    const { payload, fib } = match.left;
    if (isObject(payload) && payload.field === field) return addressTexts(match.right).some(isLoopbackText);
    const isFib =
      isObject(fib) && fib.result === 'type' && Array.isArray(fib.flags) && fib.flags.includes(field);
    return field === 'saddr' && isFib && match.right === 'local';
  });
}

/** The rules of `nft -a list ruleset` by `family table chain handle`. */
function linesByRule(listing: string): Map<string, string> {
  const lines = new Map<string, string>();
  let table = '';
  let chain = '';
  for (const line of listing.split('\n')) {
    const tableHead = /^table (\S+) (\S+) \{/.exec(line);
    if (tableHead !== null) table = `${tableHead[1]} ${tableHead[2]}`;
    const chainHead = /^\tchain (\S+) \{/.exec(line);
    if (chainHead !== null) chain = chainHead[1];
    const rule = /^\t\t(.*) # handle (\d+)$/.exec(line);
    if (rule !== null) lines.set(`${table} ${chain} ${rule[2]}`, rule[1]);
  }
  return lines;
}
