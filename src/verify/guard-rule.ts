/**
 * The last resort where no setting lets loopback out or in: rules that drop it on every device that is no loopback. They go by the
 * type of the device, since a loopback interface can be renamed, and stand in tables of their own, which `nft delete table inet
 * loopback_guard` removes. Behind source translation (priority 100), so that what is masqueraded still leaves; frames of packet
 * sockets pass no such rule.
 * Reference: nft(8), meta and fib expressions; linux/netfilter_ipv4.h, NF_IP_PRI_.
 */
import { shellWord } from '../format/shell-word.js';
import type { LoopbackEnd } from './describe-leak.js';

const table = 'loopback_guard';
const outward = 'chain out { type filter hook postrouting priority 300; ';
const inward = 'chain in { type filter hook prerouting priority -300; ';
const arpOutward = 'chain out { type filter hook output priority 0; ';

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

/** Drops what would leave with an own address as its destination. */
export function guardOwn(): string {
  return command('inet', outward, ['oiftype != loopback fib daddr type local drop;']);
}

/** Drops ARP that leaves with a loopback address as its sender or target. */
export function guardArp(ends: readonly LoopbackEnd[]): string {
  const rules = ends.map((end) => `arp ${end.split(' ')[1]} ip 127.0.0.0/8 drop;`);
  return command('arp', arpOutward, rules);
}

/** Drops neighbor discovery for ::1 that leaves: by its target, which old versions of nft have no name for (RFC 4861 4.3). */
export function guardDiscovery(): string {
  const types = 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }';
  return command('inet', outward, [`oiftype != loopback ${types} @th,64,128 1 drop;`]);
}

function rulesOf(deviceType: 'oiftype' | 'iiftype', ends: readonly LoopbackEnd[]): string[] {
  return ends.map((end) => `${deviceType} != loopback ${end} ${loopbackOf[end]} drop;`);
}

function command(family: 'inet' | 'arp', chain: string, rules: readonly string[]): string {
  return `nft ${shellWord(`table ${family} ${table} { ${chain}${rules.join(' ')} }; }`)}`;
}
