/**
 * Sysctls that open the way between loopback and a wire, or that decide what is seen of it.
 *
 * route_localnet (ip-sysctl.rst; CVE-2020-8558): with it the kernel takes 127/8 from a wire, sends it there, and answers ARP
 * requests for it unless arp_ignore is set. accept_local: with it packets from a wire may have the host's own source
 * address. IPv6 has nothing of the kind: ::1 is dropped on any other device.
 */
import { shellWord } from '../format/shell-word.js';
import { effectiveIpv4, type Ipv4Setting, sysctlKey } from '../host/conf-sysctls.js';
import type { HostSettings } from '../host/host-settings.js';
import type { Finding, Severity } from './finding.js';
import { bounded, type SettingCheck, settingFinding } from './setting-check.js';

/** A switch that is to be off: by interface, for all, and for interfaces to come. */
interface Switch {
  readonly family: 'ipv4' | 'ipv6';
  readonly setting: 'route_localnet' | 'accept_local' | 'forwarding';
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  /** Writing `all` sets every interface, so that `all` speaks for them. */
  readonly isAllEverything: boolean;
  readonly whenFine: string;
}

const switches: readonly Switch[] = [
  {
    family: 'ipv4',
    setting: 'route_localnet',
    id: 'setting-route-localnet',
    severity: 'warning',
    title:
      'neighbours can reach services that listen on 127.0.0.1 only, and packets of 127/8 can leave, unless a firewall rule drops them (route_localnet, CVE-2020-8558); kube-proxy and Docker want it for published ports in some modes',
    isAllEverything: false,
    whenFine: 'route_localnet is off: 127/8 neither enters nor leaves by another interface',
  },
  {
    family: 'ipv4',
    setting: 'accept_local',
    id: 'setting-accept-local',
    severity: 'warning',
    title:
      'packets from the wire that claim an address of this host as their source are accepted (accept_local); wanted where two interfaces of a host talk over a wire',
    isAllEverything: false,
    whenFine: 'accept_local is off: own addresses as a source are refused from a wire',
  },
  {
    family: 'ipv4',
    setting: 'forwarding',
    id: 'setting-forwarding',
    severity: 'note',
    title: 'this host forwards IPv4 packets, as routers and hosts of containers do',
    isAllEverything: true,
    whenFine: 'IPv4 packets are not forwarded',
  },
  {
    family: 'ipv6',
    setting: 'forwarding',
    id: 'setting-forwarding-ipv6',
    severity: 'note',
    title: 'this host forwards IPv6 packets, as routers and hosts of containers do',
    isAllEverything: true,
    whenFine: 'IPv6 packets are not forwarded',
  },
];

type ConfValues = Partial<Record<Switch['setting'], number>> | undefined;

function findSwitch(settings: HostSettings, each: Switch): Finding[] | null {
  const { family, setting, id, title } = each;
  const conf = family === 'ipv4' ? settings.ipv4Conf : settings.ipv6Conf;
  if (conf.size === 0) return null;
  const readValue = (name: string): number => (conf.get(name) as ConfValues)?.[setting] ?? 0;
  const isOn = (name: string): boolean => readValue(name) !== 0;
  const isAllOn = isOn('all');
  const wires = isAllOn && each.isAllEverything ? [] : wireNames(settings).filter(isOn);
  const scopes = [...(isAllOn ? ['all'] : []), ...wires];
  // Alone it changes nothing that exists.
  if (isOn('default') && !each.isAllEverything) scopes.push('default');
  return bounded(
    scopes.map((name) => {
      const isDefault = name === 'default';
      return settingFinding({
        id,
        severity: isDefault ? 'note' : each.severity,
        title: isDefault ? `interfaces that are made from now on: ${title}` : title,
        interface: name === 'all' || isDefault ? '' : name,
        evidence: [readLine(family, name, setting, readValue(name)), ...arpEvidence(settings, name, setting)],
        fix: writeCommand(family, name, setting, 0),
      });
    }),
  );
}

/** With route_localnet, whether a neighbour can ask for 127/8 by ARP. */
function arpEvidence({ ipv4Conf }: HostSettings, name: string, setting: string): string[] {
  if (setting !== 'route_localnet' || name === 'default') return [];
  return (['arp_ignore', 'arp_announce'] as const).flatMap((arp) => {
    const value = ipv4Conf.get(name)?.[arp];
    return value === undefined ? [] : [readLine('ipv4', name, arp, value)];
  });
}

/** A setting whose value in effect is 0 on some wire, and which `all` raises everywhere. */
function findZero(settings: HostSettings, setting: Ipv4Setting, wanted: number, id: string, title: string) {
  const { ipv4Conf } = settings;
  if (ipv4Conf.size === 0) return null;
  const wires = wireNames(settings);
  if (wires.length === 0) return null;
  const zero = wires.filter((name) => effectiveIpv4(ipv4Conf, name, setting) === 0);
  if (zero.length === 0) return [];
  return [
    settingFinding({
      id,
      severity: 'note',
      title,
      interface: zero.length === 1 ? zero[0] : '',
      evidence: ['all', ...zero].map((name) => readLine('ipv4', name, setting, 0)),
      fix: writeCommand('ipv4', 'all', setting, wanted),
    }),
  ];
}

export const sysctlChecks: readonly SettingCheck[] = [
  ...switches.map((each) => ({
    whenFine: each.whenFine,
    find: (settings: HostSettings) => findSwitch(settings, each),
  })),
  {
    whenFine: 'rp_filter checks the source of what enters',
    find: (settings) =>
      findZero(
        settings,
        'rp_filter',
        2,
        'setting-rp-filter',
        'no route is asked for the source of packets that enter (rp_filter); 2, loose, suits several uplinks too',
      ),
  },
  {
    whenFine: 'martians are logged',
    find: (settings) =>
      findZero(
        settings,
        'log_martians',
        1,
        'setting-log-martians',
        'packets refused as martians are counted but not logged (log_martians)',
      ),
  },
];

function wireNames({ links }: HostSettings): string[] {
  return links.filter(({ isLoopback }) => !isLoopback).map(({ name }) => name);
}

/** As sysctl(8) prints it. */
export function readLine(family: 'ipv4' | 'ipv6', name: string, setting: string, value: number): string {
  return `${sysctlKey(family, name, setting)} = ${value}`;
}

export function writeCommand(family: 'ipv4' | 'ipv6', name: string, setting: string, value: number): string {
  return `sysctl -w ${shellWord(`${sysctlKey(family, name, setting)}=${value}`)}`;
}
