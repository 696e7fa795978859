/**
 * The loopback interface itself: up, with its usual size, with both of its addresses. A fresh network namespace has it down, and
 * then 127.0.0.1 and the host's own addresses cannot be reached (ENETUNREACH).
 */
import { shellWord } from '../format/shell-word.js';
import type { HostSettings } from '../host/host-settings.js';
import { isLoopbackText } from '../host/loopback-match.js';
import type { Finding } from './finding.js';
import { type SettingCheck, settingFinding } from './setting-check.js';
import { readLine, writeCommand } from './settings-sysctl.js';

/** What Linux gives to loopback: 64 KiB, the largest IPv4 datagram and a byte (drivers/net/loopback.c). */
const usualMtu = 65536;

export const loopbackChecks: readonly SettingCheck[] = [
  { whenFine: 'the loopback interface is up', find: findDown },
  { whenFine: `its MTU is ${usualMtu}`, find: findMtu },
  { whenFine: 'it is named lo', find: findRenamed },
  { whenFine: 'it has 127.0.0.1', find: findIpv4Address },
  { whenFine: 'it has ::1', find: findIpv6Address },
];

function loopbacks({ links }: HostSettings) {
  return links.filter(({ isLoopback }) => isLoopback);
}

function findDown(settings: HostSettings): Finding[] | null {
  if (settings.links.length === 0) return null;
  return loopbacks(settings)
    .filter(({ isUp }) => !isUp)
    .map(({ name }) =>
      settingFinding({
        id: 'setting-loopback-down',
        severity: 'warning',
        title: 'the loopback interface is down: 127.0.0.1, ::1 and own addresses cannot be reached',
        interface: name,
        evidence: [`${name}: not UP`],
        fix: `ip link set ${shellWord(name)} up`,
      }),
    );
}

function findMtu(settings: HostSettings): Finding[] | null {
  if (settings.links.length === 0) return null;
  return loopbacks(settings)
    .filter(({ mtu }) => mtu !== 0 && mtu !== usualMtu)
    .map(({ name, mtu }) =>
      settingFinding({
        id: 'setting-loopback-mtu',
        severity: 'note',
        title: `the loopback interface’s MTU is not ${usualMtu}: datagrams are cut into fragments of another size`,
        interface: name,
        evidence: [`${name}: mtu ${mtu}`],
        fix: `ip link set ${shellWord(name)} mtu ${usualMtu}`,
      }),
    );
}

/** Tools that know loopback by its name take each of its packets for two. */
function findRenamed(settings: HostSettings): Finding[] | null {
  if (settings.links.length === 0) return null;
  return loopbacks(settings)
    .filter(({ name }) => name !== 'lo')
    .map(({ name }) =>
      settingFinding({
        id: 'setting-loopback-renamed',
        severity: 'note',
        title: 'the loopback interface is not named lo: libpcap’s tools show each of its packets twice there',
        interface: name,
        evidence: [`${name}: LOOPBACK`],
        fix: `ip link set ${shellWord(name)} name lo`,
      }),
    );
}

function findIpv4Address(settings: HostSettings): Finding[] | null {
  const up = loopbacks(settings).filter(({ isUp }) => isUp);
  if (up.length === 0) return null;
  const names = up.map(({ name }) => name);
  const own = settings.addresses.filter((each) => names.includes(each.interface));
  if (own.some(({ address }) => address === '127.0.0.1')) return [];
  return [
    settingFinding({
      id: 'setting-loopback-address',
      severity: 'warning',
      title: 'the loopback interface does not have the address 127.0.0.1',
      interface: names[0],
      evidence: own.map(({ address, prefixLen }) => `${names[0]}: ${address}/${prefixLen}`),
      fix: `ip address add 127.0.0.1/8 dev ${shellWord(names[0])} scope host`,
    }),
  ];
}

function findIpv6Address(settings: HostSettings): Finding[] | null {
  const { ipv6Conf, addresses } = settings;
  const up = loopbacks(settings).find(({ isUp }) => isUp);
  if (up === undefined || ipv6Conf.size === 0) return null;
  const { name } = up;
  if ((ipv6Conf.get(name)?.disable_ipv6 ?? 0) !== 0) {
    return [
      settingFinding({
        id: 'setting-ipv6-disabled',
        severity: 'note',
        title: 'IPv6 is disabled on the loopback interface: there is no ::1',
        interface: name,
        evidence: [readLine('ipv6', name, 'disable_ipv6', 1)],
        fix: writeCommand('ipv6', name, 'disable_ipv6', 0),
      }),
    ];
  }
  const own = addresses.filter((each) => each.interface === name);
  if (own.some(({ address }) => address.includes(':') && isLoopbackText(address))) return [];
  return [
    settingFinding({
      id: 'setting-loopback-address-ipv6',
      severity: 'warning',
      title: 'the loopback interface does not have the address ::1',
      interface: name,
      evidence: own.map(({ address, prefixLen }) => `${name}: ${address}/${prefixLen}`),
      fix: `ip -6 address add ::1/128 dev ${shellWord(name)}`,
    }),
  ];
}
