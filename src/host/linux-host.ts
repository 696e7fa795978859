/**
 * The host model of the Linux system this runs on, read from /proc without privilege.
 * Reference: proc(5); net/ipv4/igmp.c, net/ipv6/mcast.c and net/ipv6/route.c for the columns.
 */
import fs from 'node:fs';
import { formatIpv4, formatIpv6 } from '../format/address.js';
import { textOfBytes } from '../format/kernel-text.js';
import { parseFibTrie } from './fib-trie.js';
import { type GroupMembership, type HostModel, isLoopbackPrefix, type Prefix } from './host-model.js';

/** RTF_LOCAL in the flags of /proc/net/ipv6_route (linux/ipv6_route.h). */
const routeLocal = 0x80000000;

/** The files a model is made of, as text; a missing one is ''. */
export interface ProcNet {
  readonly fibTrie: string;
  readonly ifInet6: string;
  readonly ipv6Route: string;
  readonly igmp: string;
  readonly igmp6: string;
}

/** Reads which multicast groups somebody on this host has joined. */
export function readMemberships(root = '/proc/net'): readonly GroupMembership[] {
  return linuxHostOf({
    fibTrie: '',
    ifInet6: '',
    ipv6Route: '',
    igmp: readTable(root, 'igmp'),
    igmp6: readTable(root, 'igmp6'),
  }).groups;
}

/** Reads this host's tables. Where there are none (another system, no /proc) nothing is known: origin `empty`. */
export function readLinuxHost(root = '/proc/net'): HostModel {
  return linuxHostOf({
    fibTrie: readTable(root, 'fib_trie'),
    ifInet6: readTable(root, 'if_inet6'),
    ipv6Route: readTable(root, 'ipv6_route'),
    igmp: readTable(root, 'igmp'),
    igmp6: readTable(root, 'igmp6'),
  });
}

function readTable(root: string, name: string): string {
  try {
    return textOfBytes(fs.readFileSync(`${root}/${name}`));
  } catch {
    return '';
  }
}

/** The model that the files' texts describe. */
export function linuxHostOf(files: ProcNet): HostModel {
  const fib = parseFibTrie(files.fibTrie);
  const ipv6 = [...parseIfInet6(files.ifInet6), ...parseLocalRoutes(files.ipv6Route)];
  const local = [...fib.local, ...uniquePrefixes(ipv6)];
  const addresses = local
    .filter((prefix) => prefix.prefixLen === prefix.bytes.length * 8 && !isLoopbackPrefix(prefix))
    .map(formatPrefixAddress);
  const groups = [...parseIgmp(files.igmp), ...parseIgmp6(files.igmp6)];
  const origin = local.length === 0 ? 'empty' : 'live';
  return { origin, local, broadcasts: fib.broadcasts, addresses, groups };
}

function formatPrefixAddress({ bytes }: Prefix): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return bytes.length === 4 ? formatIpv4(view.getInt32(0)) : formatIpv6(view, 0);
}

/** `fe8000…01 04 40 20 80 eth0`: address, interface index, prefix length, scope, flags, name, in hexadecimal. */
function parseIfInet6(text: string): Prefix[] {
  const prefixes: Prefix[] = [];
  for (const [, hex] of text.matchAll(/^([0-9a-f]{32})\s/gm)) {
    prefixes.push({ bytes: bytesOfHex(hex), prefixLen: 128 });
  }
  return prefixes;
}

/** LOCAL routes: destination, prefix length, …, flags in the ninth column. */
function parseLocalRoutes(text: string): Prefix[] {
  const prefixes: Prefix[] = [];
  for (const line of text.split('\n')) {
    const columns = line.trim().split(/\s+/);
    if (columns.length < 10 || !/^[0-9a-f]{32}$/.test(columns[0])) continue;
    if ((Number.parseInt(columns[8], 16) & routeLocal) === 0) continue;
    prefixes.push({ bytes: bytesOfHex(columns[0]), prefixLen: Number.parseInt(columns[1], 16) });
  }
  return prefixes;
}

function uniquePrefixes(prefixes: readonly Prefix[]): Prefix[] {
  const byText = new Map(prefixes.map((prefix) => [`${prefix.bytes.join('.')}/${prefix.prefixLen}`, prefix]));
  return [...byText.values()];
}

/** A line that names the interface, then one a group: the address as a native word, little endian here. */
function parseIgmp(text: string): GroupMembership[] {
  const groups: GroupMembership[] = [];
  let name = '';
  for (const line of text.split('\n')) {
    const device = /^\d+\t([^ :]+) *:/.exec(line);
    if (device !== null) name = device[1];
    const group = /^\s+([0-9A-F]{8})\s/.exec(line);
    if (group === null) continue;
    const word = bytesOfHex(group[1]).reverse();
    groups.push({ interface: name, address: word.join('.') });
  }
  return groups;
}

function parseIgmp6(text: string): GroupMembership[] {
  return [...text.matchAll(/^\d+ +([^ \n]+) +([0-9a-f]{32}) /gm)].map(([, name, hex]) => ({
    interface: name,
    address: formatIpv6(new DataView(bytesOfHex(hex).buffer), 0),
  }));
}

function bytesOfHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
