/**
 * Routes and policy rules: whatever is not LOCAL for the kernel leaves by a wire, whatever the sysctls say. With the entry for
 * 127/8 gone from the table `local` and any route that fits, 127.0.0.5 went out with route_localnet=0; an own address
 * without its entry makes a hairpin: it goes to the neighbour and comes back.
 */
import { shellWord } from '../format/shell-word.js';
import { type FibRoute, isLoopedType, prefixOf } from '../host/fib-routes.js';
import { HostLookup } from '../host/host-lookup.js';
import { type HostModel, ipv4Number, parsePrefix } from '../host/host-model.js';
import type { HostSettings } from '../host/host-settings.js';
import type { OwnAddress } from '../host/links.js';
import { isLoopbackText } from '../host/loopback-match.js';
import { type PolicyRule, RouteTable } from '../host/policy-rules.js';
import type { Finding } from './finding.js';
import { bounded, type SettingCheck, settingFinding } from './setting-check.js';

export const routeChecks: readonly SettingCheck[] = [
  { whenFine: '127.0.0.0/8 is LOCAL in the table local', find: findLocalPrefix },
  { whenFine: 'no other route takes packets of 127/8', find: findRoutesWithin },
  { whenFine: '::1 is LOCAL', find: findIpv6Local },
  { whenFine: 'every own address is LOCAL', find: findOwnAddresses },
  { whenFine: 'IPv4 asks the table local first', find: (settings) => findRules(settings.ipv4Rules, 'ip') },
  { whenFine: 'IPv6 asks the table local first', find: (settings) => findRules(settings.ipv6Rules, 'ip -6') },
];

/** Without the loopback interface up there are no routes to it, and settings-loopback.ts says so. */
function loopbackName({ links }: HostSettings): string | null {
  return links.find(({ isLoopback, isUp }) => isLoopback && isUp)?.name ?? null;
}

function isWhole({ address, prefixLen }: FibRoute): boolean {
  return address === '127.0.0.0' && prefixLen === 8;
}

function hasLocalPrefix(routes: readonly FibRoute[]): boolean {
  return routes.some((route) => route.table === 'local' && route.type === 'LOCAL' && isWhole(route));
}

function findLocalPrefix(settings: HostSettings): Finding[] | null {
  const { fibRoutes } = settings;
  const name = loopbackName(settings);
  if (fibRoutes === null || name === null) return null;
  if (hasLocalPrefix(fibRoutes)) return [];
  const left = fibRoutes.filter(({ table, address }) => table === 'local' && address.startsWith('127.'));
  const next = left.find(isWhole) ?? fibRoutes.find((route) => route.table === 'main' && isWhole(route));
  const fate =
    next !== undefined && isRefusing(next) ? 'are refused' : 'follow the other routes, out of this host';
  return [
    settingFinding({
      id: 'setting-local-route-missing',
      severity: 'warning',
      title: `127.0.0.0/8 is not in the table local: packets to it ${fate}`,
      interface: name,
      evidence: ['/proc/net/fib_trie: no 127.0.0.0/8 host LOCAL', ...left.map(routeText)],
      fix: `ip route replace local 127.0.0.0/8 dev ${shellWord(name)} table local`,
    }),
  ];
}

function routeText(route: FibRoute): string {
  return `/proc/net/fib_trie: ${prefixOf(route)} ${route.type} (${route.table})`;
}

function isRefusing({ type }: FibRoute): boolean {
  return type === 'BLACKHOLE' || type === 'UNREACHABLE' || type === 'PROHIBIT';
}

/** What becomes of packets that such a route takes. */
function fateOf({ type }: FibRoute): string {
  if (type === 'UNICAST') return 'leave this host, whatever route_localnet says';
  return type === 'THROW' ? 'follow the next tables' : 'are refused';
}

/** Routes of another kind within 127/8. They win when the two tables share a trie (fib-routes.ts), or without 127/8 LOCAL. */
function findRoutesWithin({ fibRoutes }: HostSettings): Finding[] | null {
  if (fibRoutes === null) return null;
  const isLocal = hasLocalPrefix(fibRoutes);
  const isFirst = (route: FibRoute, i: number): boolean =>
    route.isInLocalTrie &&
    !fibRoutes.some(
      (each, at) =>
        at < i && each.isInLocalTrie && isLoopedType(each.type) && prefixOf(each) === prefixOf(route),
    );
  const findings = fibRoutes.flatMap((route, i) => {
    // In place of 127/8 LOCAL: that one is missing is the finding.
    if (isLoopedType(route.type) || (!isLocal && route.table === 'local' && isWhole(route))) return [];
    const wins = isFirst(route, i) && (isLocal || !isWhole(route));
    // One that refuses behind the table local keeps 127/8 in when that is lost.
    if (!wins && isRefusing(route)) return [];
    return [withinFinding(route, wins || !isLocal)];
  });
  return bounded(findings);
}

function withinFinding(route: FibRoute, isTaken: boolean): Finding {
  const prefix = prefixOf(route);
  const type = route.type === 'UNICAST' ? '' : `${route.type.toLowerCase()} `;
  return settingFinding({
    id: 'setting-route-within-loopback',
    severity: isTaken ? 'warning' : 'note',
    title: isTaken
      ? `a route takes ${prefix} away from loopback: packets to it ${fateOf(route)}`
      : `a route to ${prefix} waits behind the table local: it takes these packets once 127.0.0.0/8 is gone there`,
    evidence: [routeText(route)],
    fix: `ip route del ${type}${prefix} table ${route.table}`,
  });
}

function findIpv6Local(settings: HostSettings): Finding[] | null {
  const name = loopbackName(settings);
  const hasAddress = settings.addresses.some(({ address }) => address === '::1');
  if (!settings.hasIpv6Routes || name === null || !hasAddress) return null;
  if (isLocal(new HostLookup(settings.localRoutes), '::1')) return [];
  return [
    settingFinding({
      id: 'setting-local-route-missing-ipv6',
      severity: 'warning',
      title:
        '::1 is not in the table local: it is not reached here, and where another route takes it, wires are asked for it',
      interface: name,
      evidence: ['/proc/net/ipv6_route: no local route to ::1'],
      fix: `ip -6 route replace local ::1/128 dev ${shellWord(name)} table local`,
    }),
  ];
}

function isLocal(lookup: HostLookup, address: string): boolean {
  const bytes = parsePrefix(address)?.bytes;
  if (bytes === undefined) return true;
  if (bytes.length === 4) return lookup.isOwnIpv4(ipv4Number(bytes));
  return lookup.isOwnIpv6(new DataView(bytes.buffer, bytes.byteOffset, 16), 0);
}

function findOwnAddresses(settings: HostSettings): Finding[] | null {
  return settings.fibRoutes === null ? null : bounded(lostAddresses(settings).map(lostAddressFinding));
}

/** Own addresses that none of these routes makes the host's own. */
export function lostAddresses(
  settings: HostSettings,
  locals: HostModel = settings.localRoutes,
): OwnAddress[] {
  const { links, addresses, fibRoutes, hasIpv6Routes } = settings;
  if (fibRoutes === null) return [];
  const up = new Set(links.filter(({ isUp }) => isUp).map(({ name }) => name));
  const lookup = new HostLookup(locals);
  return addresses.filter(
    ({ interface: name, address, isReady }) =>
      isReady &&
      up.has(name) &&
      !isLoopbackText(address) &&
      (hasIpv6Routes || !address.includes(':')) &&
      !isLocal(lookup, address),
  );
}

export function lostAddressFinding({ interface: name, address, prefixLen }: OwnAddress): Finding {
  const family = address.includes(':') ? 'ip -6' : 'ip';
  return settingFinding({
    id: 'setting-own-address-not-local',
    severity: 'warning',
    title: `the own address ${address} is not in the table local: packets to it leave this host (hairpin)`,
    interface: name,
    evidence: [`${name}: ${address}/${prefixLen}, and no local route to it`],
    fix: `${family} route replace local ${address} dev ${shellWord(name)} table local`,
  });
}

/** Rules that are asked before the one that sends everything to the table local. */
function findRules(rules: readonly PolicyRule[] | null, command: 'ip' | 'ip -6'): Finding[] | null {
  if (rules === null) return null;
  const id = command === 'ip' ? '' : '-ipv6';
  const at = rules.findIndex(
    ({ table, hasOthers, text }) =>
      table === RouteTable.local && !hasOthers && /^\d+: from all lookup local$/.test(text),
  );
  if (at < 0) {
    return [
      settingFinding({
        id: `setting-local-rule-missing${id}`,
        severity: 'warning',
        title:
          'no policy rule asks the table local: neither loopback nor own addresses are delivered to this host',
        evidence: rules.map((rule) => ruleText(command, rule)),
        fix: `${command} rule add pref 0 lookup local`,
      }),
    ];
  }
  const before = rules.slice(0, at);
  if (before.length === 0) return [];
  // A rule of the same priority that was there before would stay in front.
  const isFirstFree = before.every(({ priority }) => priority > 0);
  const [first] = before;
  return [
    settingFinding({
      id: `setting-rule-before-local${id}`,
      severity: before.every(({ isVrf }) => isVrf) ? 'note' : 'warning',
      title:
        'a policy rule is asked before the table local: it can send what belongs on loopback elsewhere; VRFs and some VPNs want that',
      evidence: [...before, rules[at]].map((rule) => ruleText(command, rule)),
      fix: isFirstFree
        ? `${command} rule add pref 0 lookup local`
        : `${command} rule del pref ${first.priority} ${selectorWords(first).map(shellWord).join(' ')}`,
    }),
  ];
}

/** Without the priority. No word holds a blank: interfaces and tables may not. */
function selectorWords({ text }: PolicyRule): string[] {
  // ip-rule(8) does not take back what it prints for a VRF.
  return text.replace('lookup [l3mdev-table]', 'l3mdev').split(' ').slice(1);
}

function ruleText(command: 'ip' | 'ip -6', { text }: PolicyRule): string {
  return `${command} rule: ${text}`;
}
