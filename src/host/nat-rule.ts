/**
 * A firewall rule that turns addresses into loopback's, or takes loopback's for others: what nftables and iptables have in
 * common for that question. Other rules are not kept.
 */
import { type Prefix, parsePrefix } from './host-model.js';

export type NatAction = 'dnat' | 'redirect' | 'snat' | 'masquerade' | 'tproxy';

export interface NatRule {
  readonly action: NatAction;
  /** Where packets pass it, directly or by way of other chains: `prerouting`, `output` … */
  readonly hooks: readonly string[];
  /** Its new destination is in 127/8 or is ::1, or may be: one of a map's. */
  readonly isToLoopback: boolean;
  /** Its new destination where it is one address alone, with its port, or 0 for the packet's own or one of several. */
  readonly target: { readonly address: string; readonly port: number } | null;
  /** It names a source in 127/8 or ::1, or every address of the host. */
  readonly isForLoopbackSource: boolean;
  /** It names a destination in 127/8 or ::1. */
  readonly isForLoopbackDestination: boolean;
  /** As its tool prints it, with where it stands. */
  readonly text: string;
  /** The command that removes it. */
  readonly removal: string;
}

/** Rules that are kept: a ruleset may have any number. */
export const mostNatRules = 1000;

/** Does an address, `ADDRESS/LEN` or `FIRST-LAST` lie in 127/8, or is it ::1? */
export function isLoopbackText(text: string): boolean {
  const [first, last] = text.split('-');
  const prefix = parsePrefix(first);
  if (prefix === null) return false;
  if (last !== undefined && isLoopbackText(last)) return true;
  return isInLoopback(prefix);
}

function isInLoopback({ bytes, prefixLen }: Prefix): boolean {
  if (bytes.length === 4) return bytes[0] === 127 && prefixLen >= 8;
  return prefixLen === 128 && bytes.every((byte, i) => byte === (i === 15 ? 1 : 0));
}

/** Hooks from which each chain can be reached. @param jumps from a chain to others */
export function hooksByChain(
  bases: ReadonlyMap<string, string>,
  jumps: ReadonlyMap<string, ReadonlySet<string>>,
): Map<string, Set<string>> {
  const hooks = new Map<string, Set<string>>();
  for (const [base, hook] of bases) {
    const open = [base];
    for (let chain = open.pop(); chain !== undefined; chain = open.pop()) {
      const known = hooks.get(chain) ?? new Set();
      if (known.has(hook)) continue;
      hooks.set(chain, known.add(hook));
      open.push(...(jumps.get(chain) ?? []));
    }
  }
  return hooks;
}
