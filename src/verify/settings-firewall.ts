/**
 * Firewall rules that rewrite addresses to loopback's or from them. What Linux does, tried in namespaces:
 *
 * - A packet from a wire that gets a destination in 127/8 is delivered with route_localnet only; one that gets ::1, never.
 * - A packet that gets a source in 127/8 or ::1 leaves with it, whatever route_localnet says. One that gets 127/8 as it comes
 *   is forwarded where the interface it comes by has route_localnet and forwarding and no rp_filter.
 * - What a socket bound to 127.0.0.1 sends to others leaves with route_localnet only, but a device that a socket is bound
 *   to takes datagrams to 127/8 without it. What one bound to ::1 sends to others leaves always.
 */
import { shellWord } from '../format/shell-word.js';
import { effectiveIpv4, sysctlKey } from '../host/conf-sysctls.js';
import type { HostSettings } from '../host/host-settings.js';
import { Reach } from '../host/loopback-match.js';
import type { NatRule } from '../host/nat-rule.js';
import type { Finding, Severity } from './finding.js';
import { bounded, type SettingCheck, settingFinding } from './setting-check.js';

/** Hooks of packets that come by an interface. */
const arriving = new Set(['ingress', 'prerouting']);

interface RuleFacts {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
}

export const firewallChecks: readonly SettingCheck[] = [
  {
    whenFine: 'no firewall rule rewrites addresses to or from loopback’s',
    find: (settings: HostSettings): Finding[] | null => {
      const { unseen } = settings;
      const findings = [...bounded(findNamed(settings)), ...findAnySource(settings)];
      // What nobody looked at is not fine.
      return findings.length === 0 && unseen.some(({ area }) => area === 'firewall') ? null : findings;
    },
  },
];

/** Rules that concern loopback by themselves; one that several hooks lead to once, as what is worst. */
function findNamed(settings: HostSettings): Finding[] {
  const findings = new Map<string, Finding>();
  for (const rule of settings.natRules) {
    const facts = factsOf(rule, settings);
    if (facts === null) continue;
    const key = `${facts.id} ${rule.removal}`;
    const known = findings.get(key);
    if (known !== undefined && (known.severity === 'warning' || facts.severity === 'note')) continue;
    findings.set(key, settingFinding({ ...facts, evidence: rule.evidence, fix: rule.removal }));
  }
  return [...findings.values()];
}

/** What a rule lets happen; null where it does not concern loopback. */
function factsOf(rule: NatRule, settings: HostSettings): RuleFacts | null {
  switch (rule.action) {
    case 'dnat':
      return rule.isToLoopback ? toLoopback(rule, settings) : fromLoopback(rule);
    case 'tproxy':
      // It changes no address.
      return null;
    case 'redirect':
      // What goes to loopback anyway stays where it was.
      if (rule.hook !== 'output' || staysHere(rule, settings)) return null;
      return {
        id: 'setting-redirect-to-loopback',
        severity: 'note',
        title:
          'what this host sends to others is redirected to itself, over loopback (REDIRECT), as sidecar proxies do',
      };
    default:
      return staysHere(rule, settings) ? null : changedSource(rule, settings);
  }
}

function toLoopback(rule: NatRule, settings: HostSettings): RuleFacts | null {
  const { hook, destination, inInterface, isIpv6 } = rule;
  // From one loopback address to another, as in containers of Docker: it stays where it was.
  if (!destination.others) return null;
  const id = 'setting-dnat-to-loopback';
  const isFromWire = arriving.has(hook) && !isLoopback(settings, inInterface);
  if (!isFromWire) {
    const title =
      'what this host sends gets a loopback address as its destination (DNAT), as sidecar proxies do';
    return { id, severity: 'note', title };
  }
  if (isIpv6) {
    const title =
      'packets from the wire get ::1 as their destination (DNAT): the kernel delivers none of them';
    return { id, severity: 'note', title };
  }
  const what = 'packets from the wire get a loopback address as their destination (DNAT)';
  return isLocalnetRouted(settings, inInterface)
    ? {
        id,
        severity: 'warning',
        title: `${what}, and route_localnet is on: a service that listens on loopback only is reached from outside`,
      }
    : {
        id,
        severity: 'note',
        title: `${what}: they are refused as martians, until somebody sets route_localnet`,
      };
}

function fromLoopback({ destination }: NatRule): RuleFacts | null {
  if (destination.loopback < Reach.named) return null;
  return {
    id: 'setting-dnat-from-loopback',
    severity: 'warning',
    title:
      'what is sent to a loopback address gets another destination (DNAT) and may leave this host; kube-proxy and Docker do so for published ports',
  };
}

/** It is for packets that go by loopback alone, that end here, or that are refused for the source they get as they come. */
function staysHere(rule: NatRule, settings: HostSettings): boolean {
  const { hook, destination, outInterface } = rule;
  return (
    hook === 'input' ||
    (arriving.has(hook) && !isForwarded(rule, settings)) ||
    isLoopback(settings, outInterface) ||
    (destination.loopback > Reach.any && !destination.others)
  );
}

function isForwarded({ inInterface, isToLoopback, isIpv6 }: NatRule, settings: HostSettings): boolean {
  const { ipv4Conf } = settings;
  const isOpen = (name: string): boolean =>
    effectiveIpv4(ipv4Conf, name, 'forwarding') !== 0 && effectiveIpv4(ipv4Conf, name, 'rp_filter') === 0;
  return isToLoopback && !isIpv6 && isLocalnetRouted(settings, inInterface, isOpen);
}

function changedSource(rule: NatRule, settings: HostSettings): RuleFacts | null {
  const { hook, source, isToLoopback, isIpv6, outInterface } = rule;
  if (isToLoopback) {
    const title = arriving.has(hook)
      ? 'packets from the wire get a loopback address as their source: with route_localnet and forwarding, and without rp_filter, they may leave this host with it'
      : 'packets get a loopback address as their source as they leave this host (SNAT), whatever route_localnet says';
    return { id: 'setting-snat-to-loopback', severity: 'warning', title };
  }
  const id = 'setting-masquerade-loopback';
  if (source.loopback === Reach.named) {
    const title =
      'packets from loopback addresses get another source as they leave: what is sent from 127/8 can reach others; kube-proxy and Docker want it for published ports';
    return { id, severity: 'warning', title };
  }
  if (source.loopback < Reach.some) return null;
  const what = 'packets from addresses among which are loopback’s get another source as they leave';
  return !isIpv6 && isLocalnetRouted(settings, outInterface)
    ? {
        id,
        severity: 'warning',
        title: `${what}, and route_localnet is on: what is sent from 127/8 reaches others`,
      }
    : { id, severity: 'note', title: what };
}

/**
 * Rules for whatever leaves, as on every router: they meet 127/8 only where route_localnet lets it out, so that is what to
 * mend, and one finding says it for all of them.
 */
function findAnySource(settings: HostSettings): Finding[] {
  const rules = settings.natRules.filter(
    (rule) =>
      (rule.action === 'masquerade' || rule.action === 'snat') &&
      rule.source.loopback === Reach.any &&
      !rule.isToLoopback &&
      !rule.isIpv6 &&
      !staysHere(rule, settings) &&
      isLocalnetRouted(settings, rule.outInterface),
  );
  if (rules.length === 0) return [];
  return [
    settingFinding({
      id: 'setting-masquerade-any-source',
      severity: 'note',
      title:
        'packets of any source get another one as they leave, and route_localnet is on: what is sent from 127/8 reaches others under an address of this host',
      evidence: [...new Set(rules.flatMap(({ evidence }) => evidence))],
      fix: switchLocalnetOff(settings),
    }),
  ];
}

function isLoopback({ links }: HostSettings, name: string): boolean {
  return links.some((link) => link.isLoopback && link.name === name);
}

/** On the interface; on any but loopback, of which more may be asked, where no name is given. */
function isLocalnetRouted(
  { links, ipv4Conf }: HostSettings,
  interfaceName: string,
  isAlso: (name: string) => boolean = () => true,
): boolean {
  return links.some(
    ({ name, isLoopback }) =>
      !isLoopback &&
      (interfaceName === '' || interfaceName === name) &&
      effectiveIpv4(ipv4Conf, name, 'route_localnet') !== 0 &&
      isAlso(name),
  );
}

/** Above this many interfaces the findings of each must do. */
const mostKeys = 20;

function switchLocalnetOff({ links, ipv4Conf }: HostSettings): string {
  const wires = links.filter(({ isLoopback }) => !isLoopback).map(({ name }) => name);
  const on = ['all', ...wires].filter((name) => (ipv4Conf.get(name)?.route_localnet ?? 0) !== 0);
  if (on.length > mostKeys) return '';
  const writes = on.map((name) => shellWord(`${sysctlKey('ipv4', name, 'route_localnet')}=0`));
  return `sysctl -w ${writes.join(' ')}`;
}
