/**
 * The nftables ruleset as `nft -j list ruleset` prints it: which rules concern loopback addresses.
 * Reference: libnftables-json(5). Rules that iptables-nft made hold their targets in a form that only iptables can
 * print (`xt`): those are reported as such.
 */
import { formatIpv4 } from '../format/address.js';
import { shellWord } from '../format/shell-word.js';
import { guardsOf } from './guard-table.js';
import { meetsLoopback, parseSpan } from './loopback-match.js';
import {
  type FirewallRule,
  type Jump,
  type NatAction,
  type NatRule,
  type NatTarget,
  natRules,
  type Translation,
} from './nat-rule.js';
import {
  addressText,
  conditionsOf,
  type Elements,
  isObject,
  type Json,
  type JsonObject,
  narrowedBy,
  partOf,
  textOf,
  versionOf,
} from './nft-match.js';

export interface NftRuleset {
  readonly rules: NatRule[];
  /** Address families with rules of iptables-nft that may translate addresses. */
  readonly opaque: ReadonlySet<string>;
  /** What the table of our own fixes drops (guard-table.ts). */
  readonly guards: readonly string[];
}

const opaqueTargets = /^(DNAT|SNAT|REDIRECT|MASQUERADE|NETMAP|TPROXY)$/;
const verdictsThatGo = ['jump', 'goto'] as const;
/** A rule's text holds its anonymous sets, which may have any number of elements. */
const mostTextLen = 300;
/** Of one rule: a map may have any number of elements. */
const mostTargets = 1000;

/**
 * @param json of `nft -j list ruleset`
 * @param list gives `nft -a list ruleset`: the same for people, which the evidence quotes
 * @param dormant the tables, as `family name`, whose chains are hooked nowhere for now
 * @returns null when the text is not such a list, or one that nobody can follow
 */
export function parseNftRuleset(
  json: string,
  list: () => string,
  dormant: ReadonlySet<string> = new Set(),
): NftRuleset | null {
  try {
    const objects = objectsOf(json);
    return objects === null ? null : rulesetOf(objects, list, dormant);
  } catch (error) {
    // Objects within objects without end are more than the stack takes.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function rulesetOf(
  objects: readonly JsonObject[],
  list: () => string,
  dormant: ReadonlySet<string>,
): NftRuleset {
  const isAwake = ({ family, table }: JsonObject): boolean =>
    !dormant.has(`${textOf(family)} ${textOf(table)}`);
  const hooks = new Map<string, string>();
  const sets = new Map<string, readonly Json[]>();
  for (const { chain, map, set } of objects) {
    if (isObject(chain) && typeof chain.hook === 'string' && isAwake(chain))
      hooks.set(keyOf(chain, chain.name), chain.hook);
    for (const each of [map, set]) {
      if (isObject(each)) sets.set(keyOf(each, each.name), Array.isArray(each.elem) ? each.elem : []);
    }
  }
  let lines: ReadonlyMap<string, string> | null = null;
  const lineOf = (rule: JsonObject): string | undefined => {
    lines ??= linesByRule(list());
    return lines.get(`${keyOf(rule, rule.chain)} ${textOf(rule.handle)}`);
  };
  const rules: FirewallRule[] = [];
  const opaque = new Set<string>();
  for (const { rule } of objects) {
    if (!isObject(rule)) continue;
    if (isOpaque(rule) && isAwake(rule)) opaque.add(textOf(rule.family));
    const elements: Elements = (name) => sets.get(keyOf(rule, name)) ?? null;
    rules.push({ ...meaningOf(rule, elements), describe: () => describe(rule, lineOf(rule)) });
  }
  return { rules: natRules(hooks, rules), opaque, guards: guardsOf(objects) };
}

function objectsOf(json: string): JsonObject[] | null {
  try {
    const { nftables } = JSON.parse(json) as { nftables?: unknown };
    return Array.isArray(nftables) ? (nftables as Json[]).filter(isObject) : null;
  } catch {
    return null;
  }
}

/** A chain or set by family, table and name. */
function keyOf({ family, table }: JsonObject, name: Json): string {
  return [family, table, name].map(textOf).join(' ');
}

function expressionsOf(rule: JsonObject): JsonObject[] {
  return Array.isArray(rule.expr) ? rule.expr.filter(isObject) : [];
}

function isOpaque(rule: JsonObject): boolean {
  return expressionsOf(rule).some(
    ({ xt }) => isObject(xt) && xt.type === 'target' && opaqueTargets.test(textOf(xt.name)),
  );
}

function meaningOf(rule: JsonObject, elements: Elements): Omit<FirewallRule, 'describe'> {
  const expressions = expressionsOf(rule);
  const conditions = conditionsOf(expressions, elements);
  const jumps: Jump[] = [];
  for (const expression of expressions) {
    for (const target of targetsOf(expression)) jumps.push({ to: keyOf(rule, target), conditions });
    const { vmap } = expression;
    if (!isObject(vmap) || !isObject(vmap.key)) continue;
    for (const [value, verdict] of pairsOf(vmap.data, elements)) {
      const [target] = isObject(verdict) ? targetsOf(verdict) : [];
      if (target === undefined) continue;
      const narrowed = narrowedBy(conditions, vmap.key, [value], false);
      jumps.push({ to: keyOf(rule, target), conditions: narrowed });
    }
  }
  const isIpv6 = rule.family === 'ip6' || versionOf(expressions) === 6;
  const translation = translationOf(expressions, isIpv6, elements);
  return { chain: keyOf(rule, rule.chain), conditions, jumps, translation };
}

/** Chains that a verdict goes to. */
function targetsOf(verdict: JsonObject): string[] {
  return verdictsThatGo.flatMap((name) => {
    const where = verdict[name];
    return isObject(where) ? [textOf(where.target)] : [];
  });
}

/** The elements of a map: in the rule, or by `@name`. */
function pairsOf(data: Json | undefined, elements: Elements): [Json, Json][] {
  const all = typeof data === 'string' ? elements(data.replace(/^@/, '')) : isObject(data) ? data.set : null;
  if (!Array.isArray(all)) return [];
  return all.flatMap((pair) => (Array.isArray(pair) ? [[pair[0] ?? null, pair[1] ?? null]] : []));
}

function translationOf(
  expressions: readonly JsonObject[],
  isIpv6: boolean,
  elements: Elements,
): Translation | null {
  for (const expression of expressions) {
    for (const action of ['masquerade', 'redirect'] as const) {
      if (action in expression) return { action, isToLoopback: false, targets: null, isIpv6 };
    }
    const given = givenBy(expression);
    if (given === null) continue;
    const { action, address, port } = given;
    const outcomes = outcomesOf(address, elements);
    const isToLoopback = outcomes.some(({ value }) => {
      const span = parseSpan(addressText(value));
      return span !== null && meetsLoopback(span);
    });
    return { action, isToLoopback, targets: targetsIn(outcomes, port), isIpv6 };
  }
  return null;
}

interface Given {
  readonly action: NatAction;
  readonly address: Json;
  readonly port: number;
}

function givenBy(expression: JsonObject): Given | null {
  for (const action of ['snat', 'dnat', 'tproxy'] as const) {
    const statement = expression[action];
    if (!isObject(statement) || statement.addr === undefined) continue;
    return { action, address: statement.addr, port: typeof statement.port === 'number' ? statement.port : 0 };
  }
  // `ip saddr set 127.0.0.1` translates without remembering it.
  const { mangle } = expression;
  if (!isObject(mangle) || !isObject(mangle.key) || !isObject(mangle.key.payload)) return null;
  const { protocol, field, base, offset, len } = mangle.key.payload;
  const action = field === 'saddr' ? 'snat' : 'dnat';
  const isOfIp = protocol === 'ip' || protocol === 'ip6';
  if (isOfIp && (field === 'saddr' || field === 'daddr'))
    return { action, address: mangle.value ?? null, port: 0 };
  // `@nh,96,32 set 0x7f000001`: nft names no field in a table of the family netdev, where it knows no protocol.
  const raw = base === 'nh' && len === 32 && typeof mangle.value === 'number' ? offset : null;
  if (raw !== 96 && raw !== 128) return null;
  return { action: raw === 96 ? 'snat' : 'dnat', address: formatIpv4(Number(mangle.value)), port: 0 };
}

/** What a translation may give: an address, a range, a prefix, or one of these with a port. */
interface Outcome {
  readonly value: Json;
  readonly protocol: string;
}

/** All of them: of a map its values. */
function outcomesOf(given: Json, elements: Elements): Outcome[] {
  if (!isObject(given) || !isObject(given.map)) return [{ value: given, protocol: '' }];
  const { key, data } = given.map;
  const fields = isObject(key) && Array.isArray(key.concat) ? key.concat : [];
  const at = fields.findIndex(
    (field) => isObject(field) && isObject(field.meta) && field.meta.key === 'l4proto',
  );
  return pairsOf(data, elements).map(([element, value]) => {
    const protocol = at < 0 ? '' : partOf(element, at);
    return { value, protocol: typeof protocol === 'string' ? protocol : '' };
  });
}

/** @param port beside the address, for those that have none of their own */
function targetsIn(outcomes: readonly Outcome[], port: number): NatTarget[] | null {
  if (outcomes.length > mostTargets) return null;
  const targets: NatTarget[] = [];
  for (const { value, protocol } of outcomes) {
    const address = addressText(value);
    if (/[-/]/.test(address) || parseSpan(address) === null) return null;
    const own = isObject(value) && Array.isArray(value.concat) ? value.concat[1] : port;
    targets.push({ address, port: typeof own === 'number' ? own : 0, protocol });
  }
  return targets;
}

function describe(rule: JsonObject, line: string | undefined): { text: string; removal: string } {
  const where = [rule.family, rule.table, rule.chain].map((word) => shellWord(textOf(word))).join(' ');
  const text = line ?? JSON.stringify(rule.expr ?? null);
  const shown = text.length > mostTextLen ? `${text.slice(0, mostTextLen)} …` : text;
  return {
    text: `nft: table ${textOf(rule.family)} ${textOf(rule.table)}, chain ${textOf(rule.chain)}: ${shown}`,
    removal: `nft delete rule ${where} handle ${shellWord(textOf(rule.handle))}`,
  };
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
