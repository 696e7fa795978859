/**
 * The settings of a host that decide whether loopback stays on it, as plain data: interfaces, sysctls, routes, policy rules,
 * firewall rules, the kernel's counts of martians. What they mean is verify/settings.ts.
 */
import os from 'node:os';
import { CaptureError } from '../capture/capture-error.js';
import { loadNative, type NativeError } from '../capture/native.js';
import { NetlinkProtocol, NetlinkSocket } from '../capture/netlink.js';
import { type ConfSysctls, type Ipv4Setting, type Ipv6Setting, readConfSysctls } from './conf-sysctls.js';
import { type FibRoute, inTheirTables, isLoopedType, parseFibRoutes } from './fib-routes.js';
import { tableLocalOf } from './fib-trie.js';
import { readFirewall } from './firewall.js';
import { emptyHost, type HostModel } from './host-model.js';
import { listInterfaces } from './interfaces.js';
import {
  type KernelFile,
  kernelFilesThrough,
  ownKernelFiles,
  procNet,
  type ReadKernelFiles,
  textOf,
} from './kernel-files.js';
import { type Link, type OwnAddress, readLinks, readOwnAddresses } from './links.js';
import { linuxHostOf } from './linux-host.js';
import { type MartianCounts, parseMartians } from './martians.js';
import type { NatRule } from './nat-rule.js';
import { type PolicyRule, readPolicyRules } from './policy-rules.js';
import { routesOf } from './route-lookup.js';
import type { RouteType } from './route-message.js';
import type { Unseen } from './unseen.js';

export interface HostSettings {
  /** Path of the network namespace, or null for this process's own. */
  readonly netns: string | null;
  readonly links: readonly Link[];
  readonly addresses: readonly OwnAddress[];
  readonly ipv4Conf: ConfSysctls<Ipv4Setting>;
  /** Empty where the kernel has no IPv6. */
  readonly ipv6Conf: ConfSysctls<Ipv6Setting>;
  /** What the routes of type LOCAL make the host's own, both versions of IP. */
  readonly localRoutes: HostModel;
  /** The same of the table `local` alone, as far as IPv4 goes: the kernel does not tell the tables of IPv6 apart. */
  readonly tableLocal: HostModel;
  /** IPv4 routes within 127/8, by table; null where they were not read. */
  readonly fibRoutes: readonly FibRoute[] | null;
  /** False where the kernel has no IPv6, or its routes were not read. */
  readonly hasIpv6Routes: boolean;
  /** In the order in which they are asked; null where the kernel has none, or they were not read. */
  readonly ipv4Rules: readonly PolicyRule[] | null;
  readonly ipv6Rules: readonly PolicyRule[] | null;
  /** Rules of the firewall that concern loopback addresses. */
  readonly natRules: readonly NatRule[];
  /** What the table of our own fixes drops (guard-table.ts). */
  readonly guards: readonly string[];
  /** Of the whole machine; null where the kernel has no such file. */
  readonly martians: MartianCounts | null;
  /** What could not be looked at. */
  readonly unseen: readonly Unseen[];
}

const tableNames = [
  'fib_trie',
  'ipv6_route',
  'stat/rt_cache',
  'ip_tables_names',
  'ip6_tables_names',
] as const;

/** A machine with more interfaces is told that not all were looked at. */
const mostLinks = 4096;

/**
 * Reads the settings; about 5 ms, more where a firewall has rules that a tool must print (bounded: 10 seconds a tool).
 * @param netns path of a network namespace (netnsPath), or null for this process's own
 * @throws CaptureError `permission`, `engine` or `interface` when the namespace cannot be entered
 */
export function readHostSettings(netns: string | null): HostSettings {
  const read = filesOf(netns);
  const files = readTables(read, netns);
  const [fibTrie, ipv6Route, rtCache, legacy4, legacy6] = files;
  const unseen: Unseen[] = [];
  for (const [i, name] of (['fib_trie', 'ipv6_route'] as const).entries()) {
    const file = files[i];
    if ('errno' in file && !(name === 'ipv6_route' && file.errno === 'ENOENT')) {
      unseen.push({ area: 'routes', what: `routes (/proc/net/${name})`, reason: file.errno, fix: '' });
    }
  }
  const route = readRouting(netns, unseen);
  const names = route.links.map(({ name }) => name);
  if (names.length > mostLinks) {
    const reason = `there are ${names.length} interfaces, of which ${mostLinks} were looked at`;
    unseen.push({ area: 'sysctls', what: 'settings of all interfaces', reason, fix: '' });
  }
  const conf = readConfSysctls(read, names.slice(0, mostLinks));
  if (conf.ipv4.size === 0) {
    unseen.push({
      area: 'sysctls',
      what: 'sysctls',
      reason: '/proc/sys/net/ipv4/conf cannot be read',
      fix: 'mount /proc',
    });
  }
  const firewall = readFirewall(netns, [legacy4, legacy6]);
  return {
    netns,
    ...route,
    ipv4Conf: conf.ipv4,
    ipv6Conf: conf.ipv6,
    localRoutes: localsOf(textOf(fibTrie), textOf(ipv6Route)),
    tableLocal: localsOf(tableLocalOf(textOf(fibTrie)), textOf(ipv6Route)),
    fibRoutes: 'text' in fibTrie ? readFibRoutes(netns, fibTrie.text) : null,
    hasIpv6Routes: 'text' in ipv6Route,
    natRules: firewall.rules,
    guards: firewall.guards ?? [],
    martians: parseMartians(textOf(rtCache)),
    unseen: [...unseen, ...firewall.unseen],
  };
}

function localsOf(fibTrie: string, ipv6Route: string): HostModel {
  return linuxHostOf({ fibTrie, ipv6Route, ifInet6: '', igmp: '', igmp6: '' });
}

function filesOf(netns: string | null): ReadKernelFiles {
  const native = loadNative();
  if (!('reason' in native)) return kernelFilesThrough(native, netns);
  if (netns === null) return ownKernelFiles;
  throw new CaptureError(
    'engine',
    `--netns ${netns}`,
    native.reason,
    -1,
    '`loscope interfaces` says what to do',
  );
}

/** @throws CaptureError when the namespace cannot be entered */
function readTables(read: ReadKernelFiles, netns: string | null): KernelFile[] {
  try {
    return read(tableNames.map((name) => `${procNet}/${name}`));
  } catch (error) {
    const { code, message } = error as NativeError;
    const where = `--netns ${netns}`;
    if (code === 'EPERM' || code === 'EACCES') {
      const what = 'this user may not enter the network namespace (needs cap_sys_admin)';
      throw new CaptureError('permission', where, what, -1, 'run as root');
    }
    if (code === 'EINVAL') {
      throw new CaptureError('interface', where, 'is not a network namespace', -1, '`ip netns` lists names');
    }
    throw new CaptureError('interface', where, message, -1, '`ip netns` lists names');
  }
}

/** Routes that may share a trie are rare, and only of those the kernel is asked for their tables. */
function readFibRoutes(netns: string | null, text: string): readonly FibRoute[] {
  const routes = parseFibRoutes(text);
  const unsure = routes.filter(({ type, isInLocalTrie }) => isInLocalTrie && !isLoopedType(type));
  if (unsure.length === 0) return routes;
  let socket: NetlinkSocket | null = null;
  try {
    const opened = NetlinkSocket.open(NetlinkProtocol.route, netns);
    socket = opened;
    const types = new Set(unsure.map(({ type }) => type.toLowerCase() as RouteType));
    return inTheirTables(
      routes,
      [...types].flatMap((type) => routesOf(opened, 4, type)),
    );
  } catch {
    return routes;
  } finally {
    socket?.close();
  }
}

type Routing = Pick<HostSettings, 'links' | 'addresses' | 'ipv4Rules' | 'ipv6Rules'>;

/** What rtnetlink tells; without the addon, what Node does. */
function readRouting(netns: string | null, unseen: Unseen[]): Routing {
  let socket: NetlinkSocket | null = null;
  try {
    socket = NetlinkSocket.open(NetlinkProtocol.route, netns);
    const links = readLinks(socket);
    const addresses = readOwnAddresses(socket, links);
    const ipv4Rules = readPolicyRules(socket, 4);
    return { links, addresses, ipv4Rules, ipv6Rules: readPolicyRules(socket, 6) };
  } catch (error) {
    unseen.push({ area: 'routes', what: 'policy rules', reason: (error as Error).message, fix: '' });
    // Where netlink gives nothing, neither has Node anything to ask.
    return netns === null && 'reason' in loadNative()
      ? portableRouting()
      : { links: [], addresses: [], ipv4Rules: null, ipv6Rules: null };
  } finally {
    socket?.close();
  }
}

function portableRouting(): Routing {
  const links = listInterfaces().map(({ name, isLoopback, isUp }) => ({
    name,
    isLoopback,
    isUp,
    index: 0,
    mtu: 0,
  }));
  const addresses = Object.entries(os.networkInterfaces()).flatMap(([name, list]) =>
    (list ?? []).map(({ address, cidr }) => ({
      interface: name,
      address,
      prefixLen: Number(cidr?.split('/')[1] ?? 0),
      isReady: true,
    })),
  );
  return { links, addresses, ipv4Rules: null, ipv6Rules: null };
}

/** Nothing known: where the system is not Linux. */
export const noSettings: HostSettings = {
  netns: null,
  links: [],
  addresses: [],
  ipv4Conf: new Map(),
  ipv6Conf: new Map(),
  localRoutes: emptyHost,
  tableLocal: emptyHost,
  fibRoutes: null,
  hasIpv6Routes: false,
  ipv4Rules: null,
  ipv6Rules: null,
  natRules: [],
  guards: [],
  martians: null,
  unseen: [],
};
