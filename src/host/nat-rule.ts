/**
 * A firewall rule that turns addresses into loopback's, or takes loopback's for others: what nftables and iptables have in
 * common for that question. What a rule is for, the rules that jump to its chain say as well, so the ways from the hooks
 * to each chain are followed. Rules that end a chain before (`return`, `accept`) are not looked at: a rule may be for less
 * than is said here.
 */
import { type AddressMatch, anyAddress, both, either, Reach } from './loopback-match.js';

export type NatAction = 'dnat' | 'redirect' | 'snat' | 'masquerade' | 'tproxy';

export interface NatTarget {
  readonly address: string;
  /** 0 for the packet's own or one of several. */
  readonly port: number;
  /** The protocol that an element of a map is for; '' for the rule's. */
  readonly protocol: string;
}

export interface NatRule {
  readonly action: NatAction;
  /** Where packets pass it, directly or by way of other chains: `prerouting`, `output` … */
  readonly hook: string;
  /** The address that it gives is in 127/8 or is ::1, or may be: one of a map's. */
  readonly isToLoopback: boolean;
  /** Every address that it gives, a map's too; null for ranges, and where there are too many. */
  readonly targets: readonly NatTarget[] | null;
  /** It is about IPv6 alone. */
  readonly isIpv6: boolean;
  /** The packets that it is for. */
  readonly source: AddressMatch;
  readonly destination: AddressMatch;
  /** The interface that they come or leave by; '' where there is not one alone. */
  readonly inInterface: string;
  readonly outInterface: string;
  /** Its name where it is one alone: `tcp`; else ''. */
  readonly protocol: string;
  /** As its tool prints it, with where it stands; before it the rule that jumps there, if that names loopback. */
  readonly evidence: readonly string[];
  /** The command that removes the rule that names loopback. */
  readonly removal: string;
}

/** Which packets a rule is for, as far as it matters. */
export interface Conditions {
  readonly source: AddressMatch;
  readonly destination: AddressMatch;
  readonly inInterface: string;
  readonly outInterface: string;
  readonly protocol: string;
}

export const noConditions: Conditions = {
  source: anyAddress,
  destination: anyAddress,
  inInterface: '',
  outInterface: '',
  protocol: '',
};

/** A jump, with what it is for. */
export interface Jump {
  readonly to: string;
  readonly conditions: Conditions;
}

/** What a rule does to addresses. */
export interface Translation extends Pick<NatRule, 'isToLoopback' | 'targets' | 'isIpv6'> {
  /** `netmap` is `dnat` or `snat` by the hook. */
  readonly action: NatAction | 'netmap';
}

export interface FirewallRule {
  readonly chain: string;
  readonly conditions: Conditions;
  readonly jumps: readonly Jump[];
  readonly translation: Translation | null;
  /** Its text and removal; called for the few that matter. */
  readonly describe: () => { readonly text: string; readonly removal: string };
}

/** How packets come to a chain, all ways taken together. */
interface Way extends Conditions {
  /** Rules that name loopback addresses as the source, or the destination, and jump here. */
  readonly sourceNamers: ReadonlySet<FirewallRule>;
  readonly destinationNamers: ReadonlySet<FirewallRule>;
}

/** Rules that are kept: a ruleset may have any number. */
export const mostNatRules = 1000;
/** Of one chain; each makes its chains be gone through again. */
const mostNamers = 5;
const nobody: ReadonlySet<FirewallRule> = new Set();

/**
 * The rules that concern loopback, those that name its addresses first.
 * @param hooks of base chains
 */
export function natRules(hooks: ReadonlyMap<string, string>, rules: readonly FirewallRule[]): NatRule[] {
  const chains = byChain(rules);
  const named: NatRule[] = [];
  const others: NatRule[] = [];
  for (const hook of new Set(hooks.values())) {
    const bases = [...hooks].filter(([, each]) => each === hook).map(([chain]) => chain);
    for (const [chain, way] of waysFrom(bases, chains)) {
      for (const rule of chains.get(chain) ?? []) {
        for (const found of concerning(rule, way, hook)) {
          const isNamed = Math.max(found.source.loopback, found.destination.loopback) === Reach.named;
          const list = isNamed || found.isToLoopback ? named : others;
          if (list.length < mostNatRules) list.push(found);
        }
      }
    }
  }
  return [...named, ...others].slice(0, mostNatRules);
}

function byChain(rules: readonly FirewallRule[]): Map<string, FirewallRule[]> {
  const chains = new Map<string, FirewallRule[]>();
  for (const rule of rules) {
    const known = chains.get(rule.chain);
    if (known === undefined) chains.set(rule.chain, [rule]);
    else known.push(rule);
  }
  return chains;
}

/** Every chain that can be reached from the base chains, and how. It ends, since ways only become wider. */
function waysFrom(
  bases: readonly string[],
  chains: ReadonlyMap<string, readonly FirewallRule[]>,
): Map<string, Way> {
  const start: Way = { ...noConditions, sourceNamers: nobody, destinationNamers: nobody };
  const ways = new Map(bases.map((chain) => [chain, start]));
  const open = new Set(bases);
  for (const chain of open) {
    open.delete(chain);
    const way = ways.get(chain)!;
    for (const rule of chains.get(chain) ?? []) {
      for (const jump of rule.jumps) {
        const known = ways.get(jump.to);
        const through = narrowed(way, rule, jump.conditions);
        const wider = known === undefined ? through : joined(known, through);
        if (known !== undefined && isSame(known, wider)) continue;
        ways.set(jump.to, wider);
        open.add(jump.to);
      }
    }
  }
  return ways;
}

function narrowed(way: Way, rule: FirewallRule, conditions: Conditions): Way {
  const source = both(way.source, conditions.source);
  const destination = both(way.destination, conditions.destination);
  const namersOf = (match: AddressMatch, own: AddressMatch, before: ReadonlySet<FirewallRule>) => {
    if (match.loopback < Reach.named) return nobody;
    return own.loopback === Reach.named ? new Set([rule]) : before;
  };
  return {
    source,
    destination,
    inInterface: conditions.inInterface || way.inInterface,
    outInterface: conditions.outInterface || way.outInterface,
    protocol: conditions.protocol || way.protocol,
    sourceNamers: namersOf(source, conditions.source, way.sourceNamers),
    destinationNamers: namersOf(destination, conditions.destination, way.destinationNamers),
  };
}

function joined(a: Way, b: Way): Way {
  return {
    source: either(a.source, b.source),
    destination: either(a.destination, b.destination),
    inInterface: a.inInterface === b.inInterface ? a.inInterface : '',
    outInterface: a.outInterface === b.outInterface ? a.outInterface : '',
    protocol: a.protocol === b.protocol ? a.protocol : '',
    sourceNamers: union(a.sourceNamers, b.sourceNamers),
    destinationNamers: union(a.destinationNamers, b.destinationNamers),
  };
}

function union(a: Way['sourceNamers'], b: Way['sourceNamers']): Way['sourceNamers'] {
  if (a === b || b.size === 0 || a.size === mostNamers) return a;
  return new Set([...a, ...b].slice(0, mostNamers));
}

function isSame(a: Way, b: Way): boolean {
  return (
    a.source.loopback === b.source.loopback &&
    a.source.others === b.source.others &&
    a.destination.loopback === b.destination.loopback &&
    a.destination.others === b.destination.others &&
    a.inInterface === b.inInterface &&
    a.outInterface === b.outInterface &&
    a.protocol === b.protocol &&
    a.sourceNamers.size === b.sourceNamers.size &&
    a.destinationNamers.size === b.destinationNamers.size
  );
}

/** The rule as it is met on that way, once for each rule that names loopback; nothing where it does not concern loopback. */
function concerning(rule: FirewallRule, way: Way, hook: string): NatRule[] {
  if (rule.translation === null) return [];
  const { isToLoopback, targets, isIpv6 } = rule.translation;
  const action = actionAt(rule.translation.action, hook);
  const { sourceNamers, destinationNamers, ...conditions } = narrowed(way, rule, rule.conditions);
  const isSourceChanged = action === 'snat' || action === 'masquerade';
  const { loopback } = isSourceChanged ? conditions.source : conditions.destination;
  const least = isSourceChanged ? Reach.any : Reach.named;
  const isConcerned = isToLoopback || (action === 'redirect' ? hook === 'output' : loopback >= least);
  if (!isConcerned) return [];
  const namers = isSourceChanged ? sourceNamers : destinationNamers;
  const own = rule.describe();
  return [...(isToLoopback || namers.size === 0 ? [rule] : namers)].map((namer) => {
    const { text, removal } = namer === rule ? own : namer.describe();
    const evidence = namer === rule ? [text] : [text, own.text];
    return { action, hook, isToLoopback, targets, isIpv6, ...conditions, evidence, removal };
  });
}

function actionAt(action: Translation['action'], hook: string): NatAction {
  if (action !== 'netmap') return action;
  return hook === 'postrouting' || hook === 'input' ? 'snat' : 'dnat';
}
