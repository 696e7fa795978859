/**
 * Routes and policy rules: whatever is not LOCAL for the kernel leaves by a wire, whatever the sysctls say. With the entry for
 * 127/8 gone from the table `local` and any route that fits, 127.0.0.5 went out with route_localnet=0; an own address
 * without its entry makes a hairpin: it goes to the neighbour and comes back.
 */
import { shellWord } from '../format/shell-word.js';
import type { FibRoute } from '../host/fib-routes.js';
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
  { whenFine: 'no other route lies within 127/8', find: findRoutesWithin },
  { whenFine: '::1 is LOCAL', find: findIpv6Local },
  { whenFine: 'every own address is LOCAL', find: findOwnAddresses },
  { whenFine: 'IPv4 asks the table local first', find: (settings) => findRules(settings.ipv4Rules, 'ip') },
  { whenFine: 'IPv6 asks the table local first', find: (settings) => findRules(settings.ipv6Rules, 'ip -6') },
];

/** Without the loopback interface up there are no routes to it, and settings-loopback.ts says so. */
function loopbackName({ links }: HostSettings): string | null {
  return links.find(({ isLoopback, isUp }) => isLoopback && isUp)?.name ?? null;
}

function hasLocalPrefix(routes: readonly FibRoute[]): boolean {
  return routes.some(
    ({ table, address, prefixLen, type }) =>
      table === 'local' && type === 'LOCAL' && address === '127.0.0.0' && prefixLen === 8,
  );
}

function findLocalPrefix(settings: HostSettings): Finding[] | null {
  const { fibRoutes } = settings;
  const name = loopbackName(settings);
  if (fibRoutes === null || name === null) return null;
  if (hasLocalPrefix(fibRoutes)) return [];
  const left = fibRoutes.filter(({ table, address }) => table === 'local' && address.startsWith('127.'));
  return [
    settingFinding({
      id: 'setting-local-route-missing',
      severity: 'warning',
      title: '127.0.0.0/8 is not in the table local: packets to it follow the other routes, out of this host',
      interface: name,
      evidence: ['/proc/net/fib_trie: no 127.0.0.0/8 host LOCAL', ...left.map(routeText)],
      fix: `ip route replace local 127.0.0.0/8 dev ${shellWord(name)} table local`,
    }),
  ];
}

function routeText({ table, address, prefixLen, type }: FibRoute): string {
  return `/proc/net/fib_trie: ${address}/${prefixLen} ${type} (${table})`;
}

/** Routes of another kind within 127/8. They win when the two tables share a trie (fib-routes.ts), or without 127/8 LOCAL. */
function findRoutesWithin({ fibRoutes }: HostSettings): Finding[] | null {
  if (fibRoutes === null) return null;
  const others = fibRoutes.filter(({ type }) => type !== 'LOCAL' && type !== 'BROADCAST');
  const isShared = fibRoutes.some(({ table, type }) => table === 'main' && type === 'LOCAL');
  const isLocal = hasLocalPrefix(fibRoutes);
  // A shared trie is printed twice, also where nothing in it is LOCAL any more.
  const isInMain = ({ address, prefixLen, type }: FibRoute): boolean =>
    others.some(
      (each) =>
        each.table === 'main' &&
        each.address === address &&
        each.prefixLen === prefixLen &&
        each.type === type,
    );
  const once = others.filter((route) => !(route.table === 'local' && (isShared || isInMain(route))));
  return bounded(
    once.map((route) => {
      const prefix = `${route.address}/${route.prefixLen}`;
      const isTaken = isShared || !isLocal || route.table === 'local';
      const fate = route.type === 'UNICAST' ? 'leave this host, whatever route_localnet says' : 'are refused';
      return settingFinding({
        id: 'setting-route-within-loopback',
        severity: isTaken ? 'warning' : 'note',
        title: isTaken
          ? `a route takes ${prefix} away from loopback: packets to it ${fate}`
          : `a route to ${prefix} waits behind the table local: it takes these packets once 127.0.0.0/8 is gone there`,
        evidence: [routeText(route)],
        fix: `ip route del ${prefix} table ${route.table}`,
      });
    }),
  );
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
        evidence: rules.map(ruleText),
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
      evidence: [...before, rules[at]].map(ruleText),
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

function ruleText({ text }: PolicyRule): string {
  return `ip rule: ${text}`;
}
