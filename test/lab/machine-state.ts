/**
 * All that a program may leave behind in a machine: namespaces by name, by process and by descriptor, and for each of
 * its network namespaces the interfaces, addresses, routes, rules of the firewall, settings and sockets.
 */
import type { Machine } from './machine.js';
import type { Namespace } from './netns.js';
import { nft } from './nft.js';

/** What changes by itself. */
const volatile = /conntrack_count|nf_conntrack_.*expect|random|gc_|retrans|rt_cache|flush/;

/** Without the columns that are memory and addresses of the kernel; TCP's without those that only wait for the end. */
const sockets = [
  `awk '{ print $3, $4, $5 }' /proc/net/packet`,
  `awk '$3 != 0 { print $2, $4 }' /proc/net/netlink`,
  'cat /proc/net/netfilter/nfnetlink_log',
  ...['udp', 'udp6', 'raw', 'raw6', 'icmp', 'icmp6'].map(
    (name) => `awk '{ print $2, $3 }' /proc/net/${name}`,
  ),
  ...['tcp', 'tcp6'].map((name) => `awk '$4 != "06" { print $2, $3, $4 }' /proc/net/${name}`),
];

const ofMachine = [
  'ls /run/netns',
  'readlink /proc/[0-9]*/ns/net | sort -u',
  'readlink /proc/[0-9]*/fd/* | grep net: | sort -u',
].join('; ');

const ofNamespace = [
  'ip -o link show',
  'ip -o address show',
  ...['', '-6 '].flatMap((version) => [`ip ${version}rule show`, `ip ${version}route show table all`]),
  `${nft} list ruleset`,
  'sysctl -a --pattern ^net',
  ...sockets,
].join('; ');

/** A machine, line by line: the same lines as long as nothing was left behind or taken away. */
export async function stateOf(machine: Machine, namespaces: readonly Namespace[]): Promise<string[]> {
  // A descriptor of a process that is gone meanwhile cannot be read: that is no failure.
  const of = (where: Namespace, script: string): Promise<string> =>
    where.run('sh', '-c', `(${script}) 2>&1; true`);
  const each = namespaces.map(async (namespace) =>
    (await of(namespace, ofNamespace)).split('\n').map((line) => `${namespace.name}: ${line}`),
  );
  const lines = [...(await of(machine, ofMachine)).split('\n'), ...(await Promise.all(each)).flat()];
  return lines
    .filter((line) => !volatile.test(line))
    .map((line) => line.replace(/ expires \d+sec| qlen \d+/g, ''))
    .sort();
}

/** Lines that came and lines that went. */
export function changes(before: readonly string[], after: readonly string[]): string[] {
  const left = [...before];
  const came = after.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [...came.map((line) => `came: ${line}`), ...left.map((line) => `went: ${line}`)];
}
