/**
 * Names of hosts in a filter's text, replaced by the addresses that a resolver gives for them, so that everything behind
 * this knows addresses only. Names are looked up only where somebody asks for it: a filter should mean the same tomorrow.
 *
 *     tcp and host db.example     →     tcp and host (192.0.2.7 or 2001:db8::7)
 */
import { isIPv6 } from 'node:net';
import { explained, parseFilter } from './compile.js';
import { FilterError } from './filter-error.js';
import type { Id, Qualifiers, SyntaxNode } from './syntax-tree.js';
import type { Vocabulary } from './vocabulary.js';

/** The addresses of a name, in the resolver's order; [] where there are none. */
export type Lookup = (name: string) => Promise<readonly string[]>;

interface NamedHost {
  readonly name: string;
  readonly at: number;
  readonly protocol: string | null;
}

/** @throws FilterError for a text that is no filter, and at a name without an address of the kind asked for */
export async function resolveNames(text: string, vocabulary: Vocabulary, lookup: Lookup): Promise<string> {
  const tree = explained(text, () => parseFilter(text, vocabulary));
  let resolved = text;
  // From the end, so that places stay right.
  for (const host of hostsOf(tree).toSorted((a, b) => b.at - a.at)) {
    const addresses = (await lookup(host.name)).filter((address) => fits(address, host.protocol));
    if (addresses.length === 0) throw notFound(host, text);
    const end = host.at + host.name.length + Number(text[host.at] === '\\');
    const list = addresses.length === 1 ? addresses[0] : `(${addresses.join(' or ')})`;
    resolved = resolved.slice(0, host.at) + list + resolved.slice(end);
  }
  return resolved;
}

function notFound({ name, at, protocol }: NamedHost, text: string): FilterError {
  const kind = protocol === 'ip6' ? 'IPv6 address' : protocol === null ? 'address' : 'IPv4 address';
  const error = new FilterError(
    `the resolver has no ${kind} for \`${name}\``,
    at,
    'another name or an address',
  );
  error.text = text;
  return error;
}

function fits(address: string, protocol: string | null): boolean {
  return protocol === null || isIPv6(address) === (protocol === 'ip6');
}

function hostsOf(node: SyntaxNode | null): NamedHost[] {
  switch (node?.kind) {
    case 'and':
    case 'or':
      return [...hostsOf(node.left), ...hostsOf(node.right)];
    case 'not':
      return hostsOf(node.operand);
    case 'primitive':
      return isHost(node.qualifiers, node.id)
        ? [{ name: node.id.text, at: node.id.at, protocol: node.qualifiers.protocol }]
        : [];
    default:
      return [];
  }
}

function isHost({ type, protocol }: Qualifiers, id: Id): id is Extract<Id, { kind: 'name' }> {
  const isIp = protocol === null || ['ip', 'ip6', 'arp', 'rarp'].includes(protocol);
  return id.kind === 'name' && isIp && (type === null || type === 'host');
}
