/**
 * /proc/net/fib_trie by table: what decides whether a loopback address stays on this host. fib-trie.ts reads the same text
 * for the question which addresses are the host's own.
 *
 * Until the first policy rule is made, Linux keeps the tables `local` and `main` in one trie, and the longest prefix wins
 * across both, of equal ones `local`: the text then shows the same routes under both names, and a route to 127.0.5.0/24
 * in `main` takes these addresses away from loopback. Reference: net/ipv4/fib_trie.c, fib_trie_seq_show, fib_unmerge.
 */
import { parseIpv4 } from '../format/address.js';
import { RouteTable, tableName } from './policy-rules.js';
import type { Route } from './route-message.js';

/** One route within 127/8. */
export interface FibRoute {
  /** `local`, `main`, or the number of another. */
  readonly table: string;
  readonly address: string;
  readonly prefixLen: number;
  /** `LOCAL`, `BROADCAST`, `UNICAST`, `BLACKHOLE` … */
  readonly type: string;
  /** It is in the trie of the table `local`, as one of `main` is while they share it. */
  readonly isInLocalTrie: boolean;
}

/** A text with more is not read on. */
const mostRoutes = 65536;

/**
 * Every route within 127/8, of every table, in the order in which the kernel takes those of one prefix. Of a shared trie
 * each once: those of type LOCAL and BROADCAST as `local`, the others as `main`, which `inTheirTables` corrects.
 */
export function parseFibRoutes(text: string): FibRoute[] {
  const routes: FibRoute[] = [];
  const isShared = partOf(text, 'Main') === partOf(text, 'Local');
  let table = '';
  let leaf = '';
  for (const line of text.split('\n')) {
    const head = /^(Main|Local|Id (\d+)):$/.exec(line);
    if (head !== null) table = head[2] ?? head[1].toLowerCase();
    const leafMatch = /\|-- (\S+)/.exec(line);
    if (leafMatch !== null) leaf = parseIpv4(leafMatch[1]) === null ? '' : leafMatch[1];
    const entry = /^\s*\/(\d{1,2}) \S+ ([A-Z]+)\b/.exec(line);
    if (entry === null || leaf === '' || table === '' || routes.length === mostRoutes) continue;
    const prefixLen = Number(entry[1]);
    const type = entry[2];
    const isPrintedTwice = isShared && table === 'main';
    if (prefixLen > 32 || !leaf.startsWith('127.') || isPrintedTwice) continue;
    const isInLocalTrie = table === 'local';
    const ownTable = isShared && isInLocalTrie && !isLoopedType(type) ? 'main' : table;
    routes.push({ table: ownTable, address: leaf, prefixLen, type, isInLocalTrie });
  }
  return routes;
}

/** What one table's heading stands over. */
function partOf(text: string, name: string): string {
  const part = text.split(/^(?=\S.*:$)/m).find((each) => each.startsWith(`${name}:\n`));
  return part?.slice(name.length) ?? '';
}

/** Of the packets that such a route takes, this host keeps one itself. */
export function isLoopedType(type: string): boolean {
  return type === 'LOCAL' || type === 'BROADCAST';
}

/** @param known routes of these types as rtnetlink lists them, which tells the tables of a shared trie apart */
export function inTheirTables(routes: readonly FibRoute[], known: readonly Route[]): FibRoute[] {
  const left = known
    .filter(({ table }) => table === RouteTable.local || table === RouteTable.main)
    .sort((a, b) => b.table - a.table);
  return routes.map((route) => {
    const at = left.findIndex(
      ({ prefix, type }) =>
        route.isInLocalTrie && prefix === prefixOf(route) && type.toUpperCase() === route.type,
    );
    if (at < 0) return route;
    const [{ table }] = left.splice(at, 1);
    return { ...route, table: tableName(table) };
  });
}

export function prefixOf({ address, prefixLen }: FibRoute): string {
  return `${address}/${prefixLen}`;
}
