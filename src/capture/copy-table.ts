/**
 * The program's own nftables table, which logs the copies of the host's broadcasts and multicasts that packet sockets
 * do not see (linux/netfilter/nf_tables.h; nft(8)):
 *
 *     table inet loscope-PID-START-NAMESPACE-GROUP {          flags owner
 *       chain copies { type filter hook prerouting priority raw
 *         iif != "lo" fib saddr type local meta pkttype { broadcast, multicast } log prefix "loscope copy" group N
 *
 * A copy that loops back is a broadcast or multicast as `pkttype` tells it, and comes from the host itself. The owner of
 * the table is the socket that made it: the kernel (5.12 or later) removes it when that is closed, whatever ends the
 * process. Where there are no owners, it is removed by close(), and one that a killed run left behind by the next run:
 * its name says which process made it. Nobody else's table is touched.
 */
import fs from 'node:fs';
import { loopbackIndex } from './interface-flags.js';
import type { NetlinkSocket } from './netlink.js';
import {
  attribute,
  attributesByType,
  be32,
  nested,
  nulTerminated,
  readText,
  u32,
} from './netlink-attribute.js';
import { NetlinkError } from './netlink-error.js';
import { MessageFlag } from './netlink-message.js';
import { copyPrefix } from './nflog-frame.js';
import {
  be16,
  changeTables,
  NetfilterFamily,
  type NetfilterRequest,
  netfilterHeader,
  netfilterType,
  Subsystem,
  TableAttribute,
  TablesMessage,
} from './nfnetlink.js';

const tableFlagOwner = 2;
/** NFTA_CHAIN_, NFTA_HOOK_, NFTA_RULE_ and NFTA_LOG_ numbers. */
const Chain = { table: 1, name: 3, hook: 4, type: 7 } as const;
const Hook = { number: 1, priority: 2 } as const;
const Rule = { table: 1, chain: 2, expressions: 4 } as const;
const Log = { group: 1, prefix: 2 } as const;
/** NFTA_META_ and NFTA_FIB_ numbers have their register and what is loaded in common. */
const Load = { into: 1, what: 2, flags: 3 } as const;
const Test = { register: 1, operator: 2, data: 3 } as const;

const chainName = 'copies';
const hookPrerouting = 0;
const priorityRaw = -300;

const register1 = 1;
const Compare = { equal: 0, notEqual: 1, atMost: 3, atLeast: 5 } as const;
const Meta = { inputInterface: 4, packetType: 19 } as const;
const fibAddressType = 3;
const fibSource = 1;
/** RTN_LOCAL. */
const routeLocal = 2;
/** PACKET_BROADCAST and PACKET_MULTICAST stand side by side. */
const packetBroadcast = 1;
const packetMulticast = 2;

export interface CopyTable {
  readonly name: string;
  /** The kernel removes it when its socket is closed. */
  readonly isOwned: boolean;
  /**
   * Removes the table and closes the socket, also when it throws; may be called twice.
   * @returns false where somebody had removed the table before, which its owner alone can where there is one
   * @throws NetlinkError, NativeError where the table could not be removed
   */
  close(): boolean;
}

/**
 * Asks whether this process may change tables in the socket's namespace.
 * @throws NetlinkError EPERM where it may not; another code where the kernel has no nf_tables
 */
export function probeTables(socket: NetlinkSocket): void {
  const header = netfilterHeader(NetfilterFamily.unspecified);
  socket.request(netfilterType(Subsystem.tables, TablesMessage.getGeneration), 0, [header]);
}

/**
 * Installs the table; from then on every copy is logged to `group`.
 * @param socket the table's from now on, unless this throws
 * @param mayOwn false leaves out the owner, as on a kernel that has none
 * @throws NetlinkError what the kernel refused
 */
export function installCopyTable(socket: NetlinkSocket, group: number, mayOwn = true): CopyTable {
  const name = `loscope-${process.pid}-${startTicks('self')}-${pidNamespace()}-${group}`;
  const isOwned = mayOwn && tryInstall(socket, name, group);
  if (!isOwned) changeTables(socket, requests(name, group, 0));
  return new InstalledTable(socket, name, isOwned);
}

class InstalledTable implements CopyTable {
  #isClosed = false;
  #wasThere = true;

  constructor(
    readonly socket: NetlinkSocket,
    readonly name: string,
    readonly isOwned: boolean,
  ) {
    if (!isOwned) process.on('exit', this.#onExit);
  }

  readonly #onExit = (): void => {
    try {
      this.close();
    } catch {
      // The next run finds the table by its name.
    }
  };

  close(): boolean {
    if (this.#isClosed) return this.#wasThere;
    this.#isClosed = true;
    process.off('exit', this.#onExit);
    try {
      if (!this.isOwned) changeTables(this.socket, [deletion(this.name)]);
    } catch (error) {
      if (!(error instanceof NetlinkError) || error.code !== 'ENOENT') throw error;
      this.#wasThere = false;
    } finally {
      this.socket.close();
    }
    return this.#wasThere;
  }
}

/** @returns false where the kernel knows no owners */
function tryInstall(socket: NetlinkSocket, name: string, group: number): boolean {
  try {
    changeTables(socket, requests(name, group, tableFlagOwner));
    return true;
  } catch (error) {
    const isUnknown =
      error instanceof NetlinkError && (error.code === 'EINVAL' || error.code === 'EOPNOTSUPP');
    if (!isUnknown) throw error;
    return false;
  }
}

/** Removes the tables of processes that were killed before they could. @returns their names */
export function removeStaleTables(socket: NetlinkSocket): string[] {
  const header = netfilterHeader(NetfilterFamily.inet);
  const tables = socket.request(netfilterType(Subsystem.tables, TablesMessage.getTable), MessageFlag.dump, [
    header,
  ]);
  const names = tables.map(({ payload }) =>
    readText(attributesByType(payload.subarray(header.length)).get(TableAttribute.name) ?? new Uint8Array(0)),
  );
  return names.filter(isStale).filter((name) => {
    try {
      changeTables(socket, [deletion(name)]);
      return true;
    } catch {
      return false; // Gone by now.
    }
  });
}

/**
 * Made by a process that is no more. Numbers mean something in their own process namespace alone: a table of another one
 * (a container that shares this network) is left to who runs there. A namespace whose own number was given again is no
 * danger, since all of its processes are gone.
 */
function isStale(name: string): boolean {
  const [, pid, ticks, namespace] = /^loscope-(\d+)-(\d+)-(\d+)-\d+$/.exec(name) ?? [];
  if (pid === undefined || namespace === unknown || namespace !== pidNamespace()) return false;
  return !isAlive(Number(pid)) || isAnother(pid, ticks);
}

/** By the kernel's own word: /proc hides processes of others where it is mounted so (hidepid), or is another namespace's. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Does a process that began at another time have the number by now? Where that cannot be seen, it may be the maker. */
function isAnother(pid: string, ticks: string): boolean {
  const began = readLink('/proc/self') === `${process.pid}` ? startTicks(pid) : unknown;
  return began !== unknown && ticks !== unknown && began !== ticks;
}

/** In a table's name, in place of what /proc does not tell. */
const unknown = '0';

/** When a process began, as proc_pid_stat(5) tells it in its 22nd column. */
function startTicks(pid: string): string {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second column is a name, which may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? unknown;
  } catch {
    return unknown;
  }
}

/** The number of the namespace in which process numbers are meant. */
function pidNamespace(): string {
  return /\d+/.exec(readLink('/proc/self/ns/pid'))?.[0] ?? unknown;
}

function readLink(path: string): string {
  try {
    return fs.readlinkSync(path);
  } catch {
    return '';
  }
}

function request(message: number, flags: number, attributes: readonly Uint8Array[]): NetfilterRequest {
  const payload = [netfilterHeader(NetfilterFamily.inet), ...attributes];
  return { type: netfilterType(Subsystem.tables, message), flags, payload };
}

function deletion(name: string): NetfilterRequest {
  return request(TablesMessage.deleteTable, 0, [attribute(TableAttribute.name, nulTerminated(name))]);
}

function requests(name: string, group: number, flags: number): NetfilterRequest[] {
  const table = nulTerminated(name);
  const chain = nulTerminated(chainName);
  const isNew = MessageFlag.create | MessageFlag.excl;
  return [
    request(TablesMessage.newTable, isNew, [
      attribute(TableAttribute.name, table),
      attribute(TableAttribute.flags, be32(flags)),
    ]),
    request(TablesMessage.newChain, isNew, [
      attribute(Chain.table, table),
      attribute(Chain.name, chain),
      nested(Chain.hook, [
        attribute(Hook.number, be32(hookPrerouting)),
        attribute(Hook.priority, be32(priorityRaw)),
      ]),
      attribute(Chain.type, nulTerminated('filter')),
    ]),
    request(TablesMessage.newRule, MessageFlag.create | MessageFlag.append, [
      attribute(Rule.table, table),
      attribute(Rule.chain, chain),
      nested(Rule.expressions, rule(group)),
    ]),
  ];
}

/** The expressions of the rule, each of which the packet must pass. */
function rule(group: number): Uint8Array[] {
  const into = attribute(Load.into, be32(register1));
  const load = (what: number): Uint8Array => attribute(Load.what, be32(what));
  return [
    expression('meta', [into, load(Meta.inputInterface)]),
    compare(Compare.notEqual, u32(loopbackIndex)),
    expression('fib', [into, load(fibAddressType), attribute(Load.flags, be32(fibSource))]),
    compare(Compare.equal, u32(routeLocal)),
    expression('meta', [into, load(Meta.packetType)]),
    compare(Compare.atLeast, Uint8Array.of(packetBroadcast)),
    compare(Compare.atMost, Uint8Array.of(packetMulticast)),
    expression('log', [attribute(Log.group, be16(group)), attribute(Log.prefix, nulTerminated(copyPrefix))]),
  ];
}

function compare(operator: number, value: Uint8Array): Uint8Array {
  return expression('cmp', [
    attribute(Test.register, be32(register1)),
    attribute(Test.operator, be32(operator)),
    nested(Test.data, [attribute(1, value)]),
  ]);
}

/** NFTA_LIST_ELEM with a name and what it needs. */
function expression(name: string, attributes: readonly Uint8Array[]): Uint8Array {
  return nested(1, [attribute(1, nulTerminated(name)), nested(2, attributes)]);
}
