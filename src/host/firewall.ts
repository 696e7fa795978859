/**
 * The rules of nftables and iptables that concern loopback addresses. Whether there are any rules at all is asked of the kernel;
 * only then a tool is run to print them, and where it cannot be, that is said: rules that nobody looked at are not
 * absent rules.
 * Reference: linux/netfilter/nf_tables.h; /proc/net/ip_tables_names (the tables of legacy iptables).
 */
import type { NativeError } from '../capture/native.js';
import { runHostCommand } from './host-command.js';
import { parseIptablesSave } from './iptables-save.js';
import type { KernelFile } from './kernel-files.js';
import type { NatRule } from './nat-rule.js';
import { NetlinkProtocol, NetlinkSocket } from './netlink.js';
import { attributesByType, readText } from './netlink-attribute.js';
import { MessageFlag } from './netlink-message.js';
import { parseNftRuleset } from './nft-ruleset.js';
import type { Unseen } from './unseen.js';

export interface Firewall {
  readonly rules: readonly NatRule[];
  readonly unseen: readonly Unseen[];
}

/** NFNL_SUBSYS_NFTABLES and NFT_MSG_GETTABLE; NFTA_TABLE_NAME. */
const getTable = (10 << 8) | 1;
const tableName = 1;
/** NFPROTO_ numbers, as nft names them. */
const families: Record<number, string> = {
  1: 'inet',
  2: 'ip',
  3: 'arp',
  5: 'netdev',
  7: 'bridge',
  10: 'ip6',
};

/** What rules nobody has: neither nftables nor legacy tables. */
interface Legacy {
  readonly version: '' | '6';
  readonly names: KernelFile;
}

/**
 * @param netns path of a network namespace, or null for this process's own
 * @param names of legacy tables: the texts of ip_tables_names and ip6_tables_names
 */
export function readFirewall(netns: string | null, names: readonly [KernelFile, KernelFile]): Firewall {
  const parts = [
    readNftables(netns),
    readLegacy(netns, { version: '', names: names[0] }),
    readLegacy(netns, { version: '6', names: names[1] }),
  ];
  return { rules: parts.flatMap(({ rules }) => rules), unseen: parts.flatMap(({ unseen }) => unseen) };
}

function readNftables(netns: string | null): Firewall {
  const tables = listTables(netns);
  if ('reason' in tables) return blind('nftables rules', tables.reason, tables.fix);
  if (tables.names.length === 0) return { rules: [], unseen: [] };
  const what = `nftables rules in ${tables.names.slice(0, 5).join(', ')}${tables.names.length > 5 ? ' …' : ''}`;
  const json = runHostCommand(netns, ['nft', '-j', 'list', 'ruleset']);
  if ('reason' in json) return blind(what, json.reason, json.isMissing ? 'install nftables' : '');
  const listing = runHostCommand(netns, ['nft', '-a', 'list', 'ruleset']);
  const ruleset = parseNftRuleset(json.text, 'text' in listing ? listing.text : '');
  if (ruleset === null) return blind(what, 'nft printed no JSON list', 'install an nft with JSON support');
  const translated = [...ruleset.opaque].map((family) => readTranslated(netns, family));
  return {
    rules: [...ruleset.rules, ...translated.flatMap(({ rules }) => rules)],
    unseen: translated.flatMap(({ unseen }) => unseen),
  };
}

/** `ip nat`, `inet filter` …, as the kernel lists them, or why it does not. */
function listTables(netns: string | null): { names: string[] } | { reason: string; fix: string } {
  let socket: NetlinkSocket | null = null;
  try {
    socket = NetlinkSocket.open(NetlinkProtocol.netfilter, netns);
    const tables = socket.request(getTable, MessageFlag.dump, [new Uint8Array(4)]);
    return {
      names: tables.map(({ payload }) => {
        const name = attributesByType(payload.subarray(4)).get(tableName);
        return `${families[payload[0]] ?? payload[0]} ${name === undefined ? '' : readText(name)}`;
      }),
    };
  } catch (error) {
    const { code, message } = error as NativeError;
    // A kernel without nftables refuses the protocol, or the subsystem.
    if (code === 'EPROTONOSUPPORT' || code === 'EINVAL' || code === 'EOPNOTSUPP') return { names: [] };
    if (code === 'EPERM') return { reason: 'needs cap_net_admin', fix: 'run as root' };
    return { reason: message, fix: '' };
  } finally {
    socket?.close();
  }
}

/** Rules that iptables-nft made: only it prints them whole. */
function readTranslated(netns: string | null, family: string): Firewall {
  const version = family === 'ip6' ? '6' : '';
  return readSaved(netns, `rules of iptables-nft in family ${family}`, [
    `ip${version}tables-nft`,
    `ip${version}tables`,
  ]);
}

function readLegacy(netns: string | null, { version, names }: Legacy): Firewall {
  const what = `rules of legacy ip${version}tables`;
  if ('errno' in names) {
    if (names.errno === 'ENOENT') return { rules: [], unseen: [] };
    return blind(what, `${names.errno} on /proc/net/ip${version}_tables_names`, 'run as root');
  }
  if (names.text.trim() === '') return { rules: [], unseen: [] };
  return readSaved(netns, what, [`ip${version}tables-legacy`, `ip${version}tables`]);
}

/** What the first of the programs that is installed saves. */
function readSaved(netns: string | null, what: string, programs: readonly string[]): Firewall {
  for (const program of programs) {
    const saved = runHostCommand(netns, [`${program}-save`]);
    if ('text' in saved) return { rules: parseIptablesSave(saved.text, program), unseen: [] };
    if (!saved.isMissing) return blind(what, saved.reason, '');
  }
  return blind(what, `${programs.at(-1)}-save is not installed`, 'install iptables');
}

function blind(what: string, reason: string, fix: string): Firewall {
  return { rules: [], unseen: [{ area: 'firewall', what, reason, fix }] };
}
