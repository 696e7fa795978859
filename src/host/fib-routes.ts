/**
 * /proc/net/fib_trie by table: what decides whether a loopback address stays on this host. fib-trie.ts reads the same text
 * for the question which addresses are the host's own.
 *
 * Until the first policy rule is made, Linux keeps the tables `local` and `main` in one trie, and the longest prefix wins
 * across both: the text then shows the same routes under both names, and a route to 127.0.5.0/24 in `main` takes
 * these addresses away from loopback. Reference: net/ipv4/fib_trie.c, fib_trie_seq_show, fib_unmerge.
 */
import { parseIpv4 } from '../format/address.js';

/** One route within 127/8. */
export interface FibRoute {
  /** `local`, `main`, or the number of another. */
  readonly table: string;
  readonly address: string;
  readonly prefixLen: number;
  /** `LOCAL`, `BROADCAST`, `UNICAST`, `BLACKHOLE` … */
  readonly type: string;
}

/** A text with more is not read on. */
const mostRoutes = 65536;

/** Every route within 127/8, of every table. */
export function parseFibRoutes(text: string): FibRoute[] {
  const routes: FibRoute[] = [];
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
    if (prefixLen <= 32 && leaf.startsWith('127.')) {
      routes.push({ table, address: leaf, prefixLen, type });
    }
  }
  return routes;
}
