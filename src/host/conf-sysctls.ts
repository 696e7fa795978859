/**
 * The settings of /proc/sys/net/ipv4/conf and ipv6/conf that decide what may enter or leave loopback, and which value is in
 * effect where `all` and an interface disagree.
 * Reference: Documentation/networking/ip-sysctl.rst; include/linux/inetdevice.h, IN_DEV_ORCONF and IN_DEV_MAXCONF.
 */
import type { ReadKernelFiles } from './kernel-files.js';

/** How the value in effect on an interface follows from `all` and from its own. */
const rules = {
  route_localnet: 'or',
  accept_local: 'or',
  log_martians: 'or',
  rp_filter: 'max',
  arp_ignore: 'max',
  arp_announce: 'max',
  // Writing `all` sets every interface; what counts afterwards is the interface's own.
  forwarding: 'own',
} as const;

export type Ipv4Setting = keyof typeof rules;
export type Ipv6Setting = 'disable_ipv6' | 'forwarding';
const ipv4Settings = Object.keys(rules) as Ipv4Setting[];
const ipv6Settings: readonly Ipv6Setting[] = ['disable_ipv6', 'forwarding'];

/** Values by interface, `all` and `default` among them; one that could not be read is left out. */
export type ConfSysctls<Setting extends string> = ReadonlyMap<string, Partial<Record<Setting, number>>>;

/** As sysctl(8) spells it: a dot in the name of an interface is a slash there. */
export function sysctlKey(family: 'ipv4' | 'ipv6', name: string, setting: string): string {
  return `net.${family}.conf.${name.replaceAll('.', '/')}.${setting}`;
}

/** The value in effect on an interface, as the kernel combines it; 0 where nothing is known. */
export function effectiveIpv4(
  conf: ConfSysctls<Ipv4Setting>,
  interfaceName: string,
  setting: Ipv4Setting,
): number {
  const own = conf.get(interfaceName)?.[setting] ?? 0;
  const all = conf.get('all')?.[setting] ?? 0;
  const rule = rules[setting];
  if (rule === 'own') return own;
  return rule === 'max' ? Math.max(all, own) : Number(all !== 0 || own !== 0);
}

/** @param names of the interfaces; `all` and `default` are read too */
export function readConfSysctls(
  read: ReadKernelFiles,
  names: readonly string[],
): { ipv4: ConfSysctls<Ipv4Setting>; ipv6: ConfSysctls<Ipv6Setting> } {
  const everywhere = ['all', 'default', ...names];
  return {
    ipv4: readConf(read, 'ipv4', everywhere, ipv4Settings),
    ipv6: readConf(read, 'ipv6', everywhere, ipv6Settings),
  };
}

function readConf<Setting extends string>(
  read: ReadKernelFiles,
  family: 'ipv4' | 'ipv6',
  names: readonly string[],
  settings: readonly Setting[],
): ConfSysctls<Setting> {
  const paths = names.flatMap((name) =>
    settings.map((setting) => `/proc/sys/net/${family}/conf/${name}/${setting}`),
  );
  const files = read(paths);
  const conf = new Map<string, Partial<Record<Setting, number>>>();
  for (const [i, name] of names.entries()) {
    const values: Partial<Record<Setting, number>> = {};
    for (const [j, setting] of settings.entries()) {
      const file = files[i * settings.length + j];
      const value = 'text' in file ? parseSysctl(file.text) : null;
      if (value !== null) values[setting] = value;
    }
    if (Object.keys(values).length > 0) conf.set(name, values);
  }
  return conf;
}

/** The whole number of a sysctl's text, or null. */
export function parseSysctl(text: string): number | null {
  return /^-?\d{1,10}\s*$/.test(text) ? Number(text) : null;
}
