/**
 * The last resort where no setting lets loopback out or in: rules that drop it on every device that is no loopback. They go by the
 * type of the device, since a loopback interface can be renamed, and stand in tables of their own, which `nft delete table inet
 * loopback_guard` removes. Behind source translation (priority 100), so that what is masqueraded still leaves. Frames of packet
 * sockets, and what a bridge passes on, go by none of these: a device's own hook has them (`netdev`), which is for one device
 * and, outward, in Linux since 5.16.
 * Reference: nft(8), meta and fib expressions, netdev's hooks; linux/netfilter_ipv4.h, NF_IP_PRI_.
 */
import { shellWord } from '../format/shell-word.js';
import { guardTable } from '../host/guard-table.js';
import { type LoopbackEnd, type Place, questionOf } from './describe-leak.js';

const outward = 'chain out { type filter hook postrouting priority 300; ';
const inward = 'chain in { type filter hook prerouting priority -300; ';
const arpOutward = 'chain out { type filter hook output priority 0; ';
const arpInward = 'chain in { type filter hook input priority 0; ';

const loopbackOf: Record<LoopbackEnd, string> = {
  'ip saddr': '127.0.0.0/8',
  'ip daddr': '127.0.0.0/8',
  'ip6 saddr': '{ ::1, ::ffff:127.0.0.0/104 }',
  'ip6 daddr': '{ ::1, ::ffff:127.0.0.0/104 }',
};

/** Drops what leaves with a loopback address at one of these ends. */
export function guardOut(ends: readonly LoopbackEnd[]): string {
  return command('inet', outward, rulesOf('oiftype', ends));
}

/** Drops what comes in with a loopback address at one of these ends, before anybody translates it. */
export function guardIn(ends: readonly LoopbackEnd[]): string {
  return command('inet', inward, rulesOf('iiftype', ends));
}

/** Drops ARP that comes in with a loopback address as its sender or target. */
export function guardArpIn(ends: readonly LoopbackEnd[]): string {
  return command('arp', arpInward, arpRulesOf(ends));
}

/** Drops neighbor discovery for ::1 that comes in. */
export function guardDiscoveryIn(): string {
  return command('inet', inward, [`iiftype != loopback ${discoveryRule}`]);
}

/** Drops what would leave with an own address as its destination. */
export function guardOwn(): string {
  return command('inet', outward, ['oiftype != loopback fib daddr type local drop;']);
}

/** Which of `HostSettings.guards` it is. */
export const guardOfOwn = 'inet out fib type';

/** Drops ARP that leaves with a loopback address as its sender or target. */
export function guardArp(ends: readonly LoopbackEnd[]): string {
  return command('arp', arpOutward, arpRulesOf(ends));
}

/** Drops neighbor discovery for ::1 that leaves. */
export function guardDiscovery(): string {
  return command('inet', outward, [`oiftype != loopback ${discoveryRule}`]);
}

/** Of what leaves with a loopback address at this end: which of `HostSettings.guards` the rules above are. */
export function guardOf(place: Place, end: LoopbackEnd): string {
  const question = questionOf(place);
  if (question === 'discovery') return 'inet out icmpv6 type';
  return question === 'arp' ? `arp out arp ${sideOf(end)} ip` : `inet out ${end}`;
}

/**
 * Drops whatever leaves by one device with a loopback address at one of these ends, also where packet sockets sent it.
 * @returns null for a name that nft takes for something else
 */
export function guardDevice(name: string, place: Place, ends: readonly LoopbackEnd[]): string | null {
  const question = questionOf(place);
  const rules =
    question === 'discovery' ? [discoveryRule] : question === 'arp' ? arpRulesOf(ends) : plain(ends);
  return deviceCommand(name, rules);
}

/** The same of what has one of these own addresses as its destination. */
export function guardDeviceOwn(name: string, addresses: readonly string[]): string | null {
  return deviceCommand(
    name,
    addresses.map((address) => `ip${address.includes(':') ? '6' : ''} daddr ${address} drop;`),
  );
}

function deviceCommand(name: string, rules: readonly string[]): string | null {
  if (/["*\\\p{C}]/u.test(name)) return null;
  const chain = `chain out_${name.replace(/\W/g, '_')} { type filter hook egress device "${name}" priority 0; `;
  return command('netdev', chain, rules);
}

/** What is said of what leaves although one of the tables is there. */
export const pastTheGuard =
  ', although the table loopback_guard drops what is routed so: a packet socket sends it, or a bridge passes it on, which a rule in the device’s own hook drops (Linux 5.16 and later)';

/** By its target, which old versions of nft have no name for (RFC 4861 4.3). */
const discoveryRule = 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } @th,64,128 1 drop;';

function arpRulesOf(ends: readonly LoopbackEnd[]): string[] {
  return ends.map((end) => `arp ${sideOf(end)} ip 127.0.0.0/8 drop;`);
}

export function sideOf(end: LoopbackEnd): 'saddr' | 'daddr' {
  return end.endsWith('saddr') ? 'saddr' : 'daddr';
}

function plain(ends: readonly LoopbackEnd[]): string[] {
  return ends.map((end) => `${end} ${loopbackOf[end]} drop;`);
}

function rulesOf(deviceType: 'oiftype' | 'iiftype', ends: readonly LoopbackEnd[]): string[] {
  return plain(ends).map((rule) => `${deviceType} != loopback ${rule}`);
}

function command(family: 'inet' | 'arp' | 'netdev', chain: string, rules: readonly string[]): string {
  return `nft ${shellWord(`table ${family} ${guardTable} { ${chain}${rules.join(' ')} }; }`)}`;
}
