/**
 * Which settings of the host let loopback out, in, or turn back, as far as they show it: the findings of settings.ts whose
 * fixes end a leak.
 */
import { printable } from '../format/printable.js';
import type { HostSettings } from '../host/host-settings.js';
import type { Link } from '../host/links.js';
import type { LoopbackEnd } from './describe-leak.js';
import type { Finding } from './finding.js';
import { settingChecks } from './settings.js';
import { lostAddresses, lostAddressFinding } from './settings-routes.js';

const routeLocalnet = 'setting-route-localnet';

/** Why the kernel takes what is its own for another host's. */
const misrouting = {
  ip: ['setting-loopback-down', 'setting-rule-before-local', 'setting-local-rule-missing'],
  ip6: ['setting-loopback-down', 'setting-rule-before-local-ipv6', 'setting-local-rule-missing-ipv6'],
} as const;

/** By the end of the datagram that is a loopback address; route_localnet besides. Nothing keeps a socket from sending with ::1. */
const lettingOut: Record<LoopbackEnd, readonly string[]> = {
  'ip saddr': ['setting-snat-to-loopback'],
  'ip daddr': [...misrouting.ip, 'setting-local-route-missing', 'setting-route-within-loopback'],
  'ip6 saddr': ['setting-snat-to-loopback'],
  'ip6 daddr': [
    ...misrouting.ip6,
    'setting-local-route-missing-ipv6',
    'setting-loopback-address-ipv6',
    'setting-ipv6-disabled',
  ],
};

export class LeakCauses {
  readonly #findings: readonly Finding[];

  constructor(readonly settings: HostSettings) {
    this.#findings = settingChecks.flatMap(([, checks]) =>
      checks.flatMap((check) => check.find(settings) ?? []),
    );
  }

  /** Of what left by an interface with a loopback address at this end; null where it was not looked at. */
  ofLeaving(end: LoopbackEnd, name: string): Finding[] | null {
    const { ipv4Conf, fibRoutes, hasIpv6Routes } = this.settings;
    const found = this.#named(lettingOut[end]);
    if (end === 'ip saddr') return ipv4Conf.size === 0 ? null : [...this.#routeLocalnet(name), ...found];
    return (end === 'ip daddr' ? fibRoutes === null : !hasIpv6Routes) ? null : found;
  }

  /** Of what came in: the kernel refuses ::1 from a wire whatever the settings are. */
  ofComing(ends: readonly LoopbackEnd[], name: string): Finding[] | null {
    if (ends.every((end) => end.startsWith('ip6 '))) return [];
    return this.settings.ipv4Conf.size === 0 ? null : this.#routeLocalnet(name);
  }

  /** Of what was sent to these own addresses and did not loop. */
  ofTurning(addresses: readonly string[]): Finding[] | null {
    if (this.settings.fibRoutes === null) return null;
    const lost = lostAddresses(this.settings, this.settings.tableLocal).filter(({ address }) =>
      addresses.includes(address),
    );
    if (lost.length > 0) return lost.map(lostAddressFinding);
    const hasIpv6 = addresses.some((address) => address.includes(':'));
    return this.#named(misrouting[hasIpv6 ? 'ip6' : 'ip']);
  }

  /** Here, or above: a frame of a VLAN's interface is seen on the interface below too. */
  #routeLocalnet(name: string): Finding[] {
    const names = ['', ...stackOn(this.settings.links, name)];
    return this.#named([routeLocalnet]).filter((finding) => names.includes(finding.interface));
  }

  /** Notes are of what is not in effect, but for IPv6 that is disabled. */
  #named(ids: readonly string[]): Finding[] {
    return this.#findings.filter(
      ({ id, severity }) => ids.includes(id) && (severity === 'warning' || id === 'setting-ipv6-disabled'),
    );
  }
}

/** The interface and those above it: VLANs' of it, its bridge, and so on. */
function stackOn(links: readonly Link[], name: string): string[] {
  const stack = links.filter((link) => link.name === name);
  for (const { index, master } of stack) {
    const above = links.filter((link) => link.below === index || link.index === master);
    stack.push(...above.filter((link) => !stack.includes(link)));
  }
  return stack.map((link) => link.name);
}

/** In words, each once. */
export function reasonsOf(causes: readonly Finding[]): string {
  return [...new Set(causes.map(reasonOf))].join('; ');
}

function reasonOf({ id, title, interface: name }: Finding): string {
  if (id !== routeLocalnet) return title;
  const where = name === '' ? 'all interfaces' : printable(name);
  return `route_localnet is on for ${where} (CVE-2020-8558), as Docker and kube-proxy want it in some modes`;
}

export function commandsOf(causes: readonly Finding[]): string[] {
  return causes.map(({ fix }) => fix).filter((fix) => fix !== '');
}
