/**
 * /proc/net/fib_trie: every IPv4 prefix that this host loops back or takes for a broadcast, without privilege.
 * Reference: net/ipv4/fib_trie.c, fib_trie_seq_show.
 *
 *     Local:
 *        |-- 127.0.0.0
 *           /8 host LOCAL              an AnyIP route looks the same: /24 host LOCAL
 *        |-- 127.255.255.255
 *           /32 link BROADCAST
 */
import { parseIpv4 } from '../format/address.js';
import { ipv4Number, type Prefix, parsePrefix } from './host-model.js';

export interface FibLocals {
  readonly local: readonly Prefix[];
  readonly broadcasts: readonly number[];
}

/** The part of the text that shows the table `local`; VRFs and policy routing have LOCAL routes in others. */
export function tableLocalOf(text: string): string {
  return text.split(/^(?=\S.*:$)/m).find((part) => part.startsWith('Local:\n')) ?? '';
}

/** Those that every datagram is looked up in; `default` by its number. */
const commonTables = ['Main:', 'Local:', 'Id 253:'];

/**
 * The LOCAL prefixes and BROADCAST addresses of the text, each once. Of other tables whole addresses alone, which a VRF's
 * interfaces have there: a network that is local in a table of its own is a transparent proxy's, and not the host's.
 */
export function parseFibTrie(text: string): FibLocals {
  const local = new Map<string, Prefix>();
  const broadcasts = new Set<number>();
  let leaf = '';
  let isCommon = true;
  for (const line of text.split('\n')) {
    if (/^\S.*:$/.test(line)) isCommon = commonTables.includes(line);
    const leafMatch = /\|-- (\S+)/.exec(line);
    if (leafMatch !== null) leaf = parseIpv4(leafMatch[1]) === null ? '' : leafMatch[1];
    const entry = /^\s*\/(\d+) \S+ (LOCAL|BROADCAST)\b/.exec(line);
    if (entry === null || leaf === '') continue;
    const key = `${leaf}/${entry[1]}`;
    const prefix = parsePrefix(key);
    if (prefix === null) continue;
    if (entry[2] === 'LOCAL') {
      if (isCommon || entry[1] === '32') local.set(key, prefix);
    } else broadcasts.add(ipv4Number(prefix.bytes));
  }
  return { local: [...local.values()], broadcasts: [...broadcasts] };
}
