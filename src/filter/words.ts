/**
 * The words of the language: keywords, protocols that qualify, and words of pcap-filter(7) that are refused here with
 * the reason. A name that is also a keyword is written with a backslash.
 */
import type { Token } from './lexer.js';

/** Link layers that mean the same: the frame's own. */
export const linkWords: ReadonlySet<string> = new Set(['link', 'ether', 'ppp', 'slip', 'fddi', 'tr', 'wlan']);

const listed = (text: string): string[] => text.split(' ');

export const protocolWords: ReadonlySet<string> = new Set([
  ...linkWords,
  ...listed(
    'ip arp rarp sctp tcp udp icmp igmp igrp pim vrrp carp radio ip6 icmp6 ah esp atalk aarp decnet lat sca',
  ),
  ...listed('moprc mopdl iso esis es-is isis is-is l1 l2 iih lsp snp csnp psnp clnp stp ipx netbeui'),
]);

export const idTypes: ReadonlySet<string> = new Set(
  listed('host net port portrange proto protochain gateway'),
);

const because = (words: string, reason: string): [string, string][] =>
  listed(words).map((word) => [word, `\`${word}\` ${reason}`]);

/** Words that begin a primitive of other link types, or of layers that this program does not decode. */
export const refusedWords: ReadonlyMap<string, string> = new Map([
  ...because('mpls pppoes geneve', 'is not supported: what lies behind these headers is not decoded here'),
  ...because(
    'type subtype dir addr1 addr2 addr3 addr4 address1 address2 address3 address4 ra ta',
    'is for 802.11, which is not decoded here',
  ),
  ...because(
    'lane metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic vpi vci connectmsg metaconnect',
    'is for ATM, which is not decoded here',
  ),
  ...because(
    'on ifname rset ruleset rnr rulenum srnr subrulenum reason action',
    'is for logs of pf(4), which are not decoded here',
  ),
  ...because(
    'fisu lssu lsu msu hfisu hlssu hmsu sio opc dpc sls hsio hopc hdpc hsls',
    'is for SS7, which is not decoded here',
  ),
]);

/** What is neither a protocol nor a kind of id. */
export const otherKeywords: readonly string[] = listed(
  'src dst mask less greater byte broadcast multicast and or not len length inbound outbound ifindex vlan llc pppoed',
);

const keywords: ReadonlySet<string> = new Set([
  ...protocolWords,
  ...idTypes,
  ...refusedWords.keys(),
  ...otherKeywords,
]);

export function isKeyword({ kind, text }: Token): boolean {
  return kind === 'word' && keywords.has(text);
}
