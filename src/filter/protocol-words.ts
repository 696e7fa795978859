/**
 * What a protocol's word means alone (`tcp`) and before bytes (`tcp[13]`).
 * Reference: pcap-filter(7); IANA protocol-numbers and ieee-802-numbers.
 */
import { IpProtocol } from './names.js';
import type { Origin, Protocol } from './predicate.js';
import { linkWords } from './words.js';

/** EtherTypes, and below 1536 LLC service access points. */
export const LinkProtocol = {
  ip: 0x800,
  arp: 0x806,
  rarp: 0x8035,
  ip6: 0x86dd,
  atalk: 0x809b,
  aarp: 0x80f3,
  ipx: 0xe0,
  iso: 0xfe,
  stp: 0x42,
  netbeui: 0xf0,
  pppoed: 0x8863,
} as const;

const inLink = (number: number): Protocol => ({ in: 'link', number });

const protocols = new Map<string, Protocol>([
  ['ip', inLink(LinkProtocol.ip)],
  ['arp', inLink(LinkProtocol.arp)],
  ['rarp', inLink(LinkProtocol.rarp)],
  ['ip6', inLink(LinkProtocol.ip6)],
  ['atalk', inLink(LinkProtocol.atalk)],
  ['aarp', inLink(LinkProtocol.aarp)],
  ['decnet', inLink(0x6003)],
  ['sca', inLink(0x6007)],
  ['lat', inLink(0x6004)],
  ['mopdl', inLink(0x6001)],
  ['moprc', inLink(0x6002)],
  ['iso', inLink(LinkProtocol.iso)],
  ['stp', inLink(LinkProtocol.stp)],
  ['ipx', inLink(LinkProtocol.ipx)],
  ['netbeui', inLink(LinkProtocol.netbeui)],
  ['sctp', { in: 'either', number: IpProtocol.sctp }],
  ['tcp', { in: 'either', number: IpProtocol.tcp }],
  ['udp', { in: 'either', number: IpProtocol.udp }],
  ['icmp', { in: 'ip', number: IpProtocol.icmp }],
  ['igmp', { in: 'ip', number: IpProtocol.igmp }],
  ['igrp', { in: 'ip', number: IpProtocol.igrp }],
  ['pim', { in: 'either', number: IpProtocol.pim }],
  ['vrrp', { in: 'ip', number: IpProtocol.vrrp }],
  ['carp', { in: 'ip', number: IpProtocol.vrrp }],
  ['icmp6', { in: 'ip6', number: IpProtocol.icmp6 }],
  ['ah', { in: 'either', number: IpProtocol.ah }],
  ['esp', { in: 'either', number: IpProtocol.esp }],
  ['clnp', { in: 'iso', number: 0x81 }],
  ['esis', { in: 'iso', number: 0x82 }],
  ['es-is', { in: 'iso', number: 0x82 }],
  ['isis', { in: 'iso', number: 0x83 }],
  ['is-is', { in: 'iso', number: 0x83 }],
]);

/** null for words that are no protocol of their own, and IS-IS's PDU types. */
export function findProtocol(word: string): Protocol | null {
  return protocols.get(word) ?? null;
}

const networks = new Set('ip arp rarp ip6 atalk aarp decnet sca lat mopdl moprc'.split(' '));
const transports = new Set('tcp udp icmp igmp igrp pim vrrp carp sctp'.split(' '));

/** null for a protocol whose bytes cannot be named. */
export function findOrigin(word: string): Origin | null {
  if (linkWords.has(word)) return { from: 'link' };
  if (word === 'icmp6') return { from: 'icmp6' };
  const protocol = protocols.get(word);
  if (protocol === undefined) return null;
  if (networks.has(word)) return { from: 'network', linkProtocol: protocol.number };
  return transports.has(word) ? { from: 'transport', protocol } : null;
}
