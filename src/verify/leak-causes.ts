/**
 * Which settings of the host let loopback out, in, or turn back, as far as they show it: the findings of settings.ts whose
 * fixes end a leak.
 */
import { printable } from '../format/printable.js';
import type { HostSettings } from '../host/host-settings.js';
import type { Link } from '../host/links.js';
import { isInTunnel, type LoopbackEnd } from './describe-leak.js';
import type { Finding } from './finding.js';
import { settingChecks } from './settings.js';
import { lostAddresses, lostAddressFinding } from './settings-routes.js';
import type { Sighting } from './sighting.js';

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

  /**
   * The interfaces that it may have left by first, or come in on in the end: where it was seen and those above it (a frame of a
   * VLAN's interface is seen on the interface below too); of what a tunnel carries, the devices of tunnels over it, and those above.
   */
  originsOf({ interface: name, place }: Pick<Sighting, 'interface' | 'place'>): string[] {
    const { links } = this.settings;
    const stack = stackOn(links, [name]);
    if (!isInTunnel(place)) return stack.map((link) => link.name);
    const indexes = stack.map(({ index }) => index);
    const tunnels = links.filter(
      (link) => isTunnel(link) && link.isUp && (!link.below || indexes.includes(link.below)),
    );
    return stackOn(
      links,
      tunnels.map((link) => link.name),
    ).map((link) => link.name);
  }

  /** Of what left with a loopback address at this end; null where it was not looked at. */
  ofLeaving(end: LoopbackEnd, sighting: Sighting): Finding[] | null {
    const { ipv4Conf, fibRoutes, hasIpv6Routes } = this.settings;
    const found = this.#named(lettingOut[end]);
    if (end === 'ip saddr') return ipv4Conf.size === 0 ? null : [...this.#routeLocalnet(sighting), ...found];
    return (end === 'ip daddr' ? fibRoutes === null : !hasIpv6Routes) ? null : found;
  }

  /** Of what came in: the kernel refuses ::1 from a wire whatever the settings are. */
  ofComing(ends: readonly LoopbackEnd[], sighting: Sighting): Finding[] | null {
    if (ends.every((end) => end.startsWith('ip6 '))) return [];
    return this.settings.ipv4Conf.size === 0 ? null : this.#routeLocalnet(sighting);
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

  #routeLocalnet(sighting: Sighting): Finding[] {
    const names = ['', ...this.originsOf(sighting)];
    return this.#named([routeLocalnet]).filter((finding) => names.includes(finding.interface));
  }

  /** Notes are of what is not in effect, but for IPv6 that is disabled. */
  #named(ids: readonly string[]): Finding[] {
    return this.#findings.filter(
      ({ id, severity }) => ids.includes(id) && (severity === 'warning' || id === 'setting-ipv6-disabled'),
    );
  }
}

/** Kinds of devices whose packets leave inside others that we look into: GRE, IP in IP, VXLAN. */
const tunnelKinds = ['vxlan', 'gre', 'gretap', 'ip6gre', 'ip6gretap', 'ipip', 'sit', 'ip6tnl'];

function isTunnel({ kind }: Link): boolean {
  return kind !== undefined && tunnelKinds.includes(kind);
}

/** The interfaces and those above: VLANs' of them, their bridges, and so on. What a tunnel over them carries is not theirs. */
function stackOn(links: readonly Link[], names: readonly string[]): Link[] {
  const stack = links.filter((link) => names.includes(link.name));
  for (const { index, master } of stack) {
    const above = links.filter((link) => (link.below === index && !isTunnel(link)) || link.index === master);
    stack.push(...above.filter((link) => !stack.includes(link)));
  }
  return stack;
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
