/**
 * The rules of nftables and iptables that concern loopback addresses. Whether there are any rules at all is asked of the kernel;
 * only then a tool is run to print them, and where it cannot be, that is said: rules that nobody looked at are not
 * absent rules.
 * Reference: linux/netfilter/nf_tables.h; /proc/net/ip_tables_names (the tables of legacy iptables).
 */
import type { NativeError } from '../capture/native.js';
import { NetlinkProtocol, NetlinkSocket } from '../capture/netlink.js';
import { attributesByType, readText } from '../capture/netlink-attribute.js';
import { MessageFlag } from '../capture/netlink-message.js';
import {
  NetfilterFamily,
  netfilterHeader,
  netfilterType,
  Subsystem,
  TableAttribute,
  TableFlag,
  TablesMessage,
} from '../capture/nfnetlink.js';
import { runHostCommand } from './host-command.js';
import { parseIptablesSave, type SavedRules } from './iptables-save.js';
import type { KernelFile } from './kernel-files.js';
import { mostNatRules, type NatRule } from './nat-rule.js';
import { parseNftRuleset } from './nft-ruleset.js';
import type { Unseen } from './unseen.js';

export interface Firewall {
  readonly rules: readonly NatRule[];
  /** What the table of our own fixes drops (guard-table.ts); absent where nothing of nftables was read. */
  readonly guards?: readonly string[];
  readonly unseen: readonly Unseen[];
}

/** As nft names them. */
const families: Record<number, string> = {
  [NetfilterFamily.inet]: 'inet',
  [NetfilterFamily.ipv4]: 'ip',
  [NetfilterFamily.arp]: 'arp',
  [NetfilterFamily.netdev]: 'netdev',
  [NetfilterFamily.bridge]: 'bridge',
  [NetfilterFamily.ipv6]: 'ip6',
};

/** Of tables and sets, in a sentence. */
const mostNames = 5;

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
  return {
    rules: parts.flatMap(({ rules }) => rules),
    unseen: parts.flatMap(({ unseen }) => unseen),
    guards: parts.flatMap(({ guards }) => guards ?? []),
  };
}

/** What a tool's rules come to, and that not all were kept where there are too many. */
function firewallOf(what: string, rules: readonly NatRule[], unseen: readonly Unseen[]): Firewall {
  if (rules.length < mostNatRules) return { rules, unseen };
  const reason = `more than ${mostNatRules} of them concern loopback`;
  return { rules, unseen: [...unseen, { area: 'firewall', what: `all ${what}`, reason, fix: '' }] };
}

function readNftables(netns: string | null): Firewall {
  const tables = listTables(netns);
  if ('reason' in tables) return blind('nftables rules', tables.reason, tables.fix);
  if (tables.names.length === 0) return { rules: [], unseen: [] };
  const what = `nftables rules in ${tables.names.slice(0, mostNames).join(', ')}${tables.names.length > mostNames ? ' …' : ''}`;
  const json = runHostCommand(netns, ['nft', '-j', 'list', 'ruleset']);
  if ('reason' in json) return blind(what, json.reason, json.isMissing ? 'install nftables' : '');
  const list = (): string => {
    const listing = runHostCommand(netns, ['nft', '-a', 'list', 'ruleset']);
    return 'text' in listing ? listing.text : '';
  };
  const ruleset = parseNftRuleset(json.text, list, tables.dormant);
  if (ruleset === null)
    return blind(what, 'nft printed no JSON list that can be read', 'install an nft with JSON support');
  const translated = [...ruleset.opaque].map((family) => readTranslated(netns, family));
  const own = firewallOf(what, ruleset.rules, []);
  return {
    rules: [own, ...translated].flatMap(({ rules }) => rules),
    unseen: [own, ...translated].flatMap(({ unseen }) => unseen),
    guards: ruleset.guards,
  };
}

/** `ip nat`, `inet filter` …; the kernel knows which are dormant, while nft 1.0.6 prints a table's name for its flags. */
interface Tables {
  readonly names: readonly string[];
  readonly dormant: ReadonlySet<string>;
}

/** The tables as the kernel lists them, or why it does not. */
function listTables(netns: string | null): Tables | { reason: string; fix: string } {
  let socket: NetlinkSocket | null = null;
  try {
    socket = NetlinkSocket.open(NetlinkProtocol.netfilter, netns);
    const tables = socket.request(netfilterType(Subsystem.tables, TablesMessage.getTable), MessageFlag.dump, [
      netfilterHeader(NetfilterFamily.unspecified),
    ]);
    const names: string[] = [];
    const dormant = new Set<string>();
    for (const { payload } of tables) {
      const attributes = attributesByType(payload.subarray(4));
      const text = readText(attributes.get(TableAttribute.name) ?? new Uint8Array());
      const name = `${families[payload[0]] ?? payload[0]} ${text}`;
      names.push(name);
      // In network order.
      const flags = attributes.get(TableAttribute.flags)?.at(-1) ?? 0;
      if ((flags & TableFlag.dormant) !== 0) dormant.add(name);
    }
    return { names, dormant };
  } catch (error) {
    const { code, message } = error as NativeError;
    // A kernel without nftables refuses the protocol, or the subsystem.
    if (code === 'EPROTONOSUPPORT' || code === 'EINVAL' || code === 'EOPNOTSUPP')
      return { names: [], dormant: new Set() };
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
    if ('text' in saved) return fromSaved(what, parseIptablesSave(saved.text, program));
    if (!saved.isMissing) return blind(what, saved.reason, '');
  }
  return blind(what, `${programs.at(-1)}-save is not installed`, 'install iptables');
}

function fromSaved(what: string, { rules, sets, incompatible }: SavedRules): Firewall {
  const unseen: Unseen[] = incompatible.map((table) => {
    const reason = `iptables cannot print the table ${table}, since nft changed it`;
    return { area: 'firewall', what, reason, fix: 'nft list ruleset' };
  });
  if (sets.length > 0) {
    const names = `${sets.slice(0, mostNames).join(', ')}${sets.length > mostNames ? ' …' : ''}`;
    const reason = `rules compare sources with them; whether 127.0.0.0/8 is among them is not read: ${names}`;
    unseen.push({ area: 'firewall', what: `sets of ipset in ${what}`, reason, fix: 'ipset list' });
  }
  return firewallOf(what, rules, unseen);
}

function blind(what: string, reason: string, fix: string): Firewall {
  return { rules: [], unseen: [{ area: 'firewall', what, reason, fix }] };
}
