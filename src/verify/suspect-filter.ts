/**
 * The program that decides, in the kernel and over files alike, which frames are looked at closer: datagrams from an own
 * address to an own address (own-pairs.ts), every frame in which find-leak.ts finds something, and some more.
 *
 *     net 127.0.0.0/8 …      in the first IP header, in ARP or in RARP: exact
 *     arp[4:2] != 0x0604     addresses elsewhere
 *     icmp[0] = 3 …          may quote a datagram                    ┐
 *     ip proto 47 …          tunnels, the ports of those over UDP    │ more than what leaks: what is inside is the
 *     ip6[6] = 44 …          headers between IPv6 and its transport  │ walk's to find
 *     vlan and vlan          tags inside the frame, LLC              ┘
 *     ip[0] & 0xf0 != 0x40   announced, but none: nobody can tell what it is
 *
 * An ordinary TCP or UDP frame is refused after about thirty instructions. The kernel keeps the outer VLAN tag beside
 * the frame, so that behind it everything stands where it always does; tags inside are asked for apart.
 */
import type { BpfInstruction } from '../capture/bpf.js';
import { LinkType } from '../capture/link-type.js';
import { EtherType } from '../decode/ethernet.js';
import { compile } from '../filter/compile.js';
import { findLinkLayer } from '../filter/link-layer.js';
import { type HostModel, isLoopbackPrefix, type Prefix } from '../host/host-model.js';
import { tunnelsOf, usualTunnels } from '../host/udp-tunnels.js';
import { ownPairs } from './own-pairs.js';

/**
 * Programs read no further into a frame: behind an Ethernet header, a tag, and the longest IPv4 header, eight bytes of
 * ICMP. A frame that was cut behind this is judged by the program as if it were whole.
 */
export const programReach = 14 + 4 + 60 + 8;

/** The link header and an IPv6 header: in a frame that is shorter, what it announces may not be there in whole. */
export function leastWhole(linkType: LinkType): number {
  return findLinkLayer(linkType).headerLen + 40;
}

/** The kernel takes 4,096, of which the sentry needs two for each of 1,024 interfaces. */
const mostInstructions = 2000;

const asked = [
  'ip net 127.0.0.0/8',
  // Before the next ones, which would refuse a message that ends sooner than they read.
  'arp[4:2] != 0x0604',
  'rarp[4:2] != 0x0604',
  'arp net 127.0.0.0/8',
  'rarp net 127.0.0.0/8',
  'ip6 host ::1',
  'ip6 net ::ffff:127.0.0.0/104',
  ...[3, 4, 5, 11, 12].map((type) => `icmp[0] = ${type}`),
  ...[4, 41, 47, 51].map((protocol) => `ip proto ${protocol}`),
  ...[...usualTunnels.keys()].map((port) => `udp dst port ${port}`),
  'ip6[6] = 58 and (ip6[40] < 128 or ip6[40] = 137 or (ip6[40] >= 135 and ip6[48:4] = 0))',
  ...[4, 41, 47, 0, 43, 51, 60, 135].map((protocol) => `ip6[6] = ${protocol}`),
  'ip6[6] = 44 and ip6[42:2] & 0xfff8 = 0',
  'ip and ip[0] & 0xf0 != 0x40',
  'ip6 and ip6[0] & 0xf0 != 0x60',
];

/** Of a host's own tunnels, beside the usual ones. */
const mostPorts = 16;

const tagTypes = [EtherType.vlan, EtherType.vlanService, EtherType.vlanOld];

/** What every host asks, by link type: compiled once, since that takes longer than all else of a program. */
const plainPrograms = new Map<LinkType, readonly BpfInstruction[]>();

/**
 * @param host whose own addresses are looked for in pairs; of an empty model none are
 * @param most instructions in all; with fewer than many addresses need, more frames are let through
 * @returns the program for frames of a link type
 * @throws FilterError for a link type that is not decoded here
 */
export function suspectProgram(
  linkType: LinkType,
  host: HostModel,
  most = mostInstructions,
): BpfInstruction[] {
  const plain = plainProgram(linkType, host);
  const room = Math.min(most, mostInstructions) - plain.length;
  return [...ownPairs(host.local.filter(isAsked), linkType, room), ...plain];
}

/** The part of a host without addresses. */
function plainProgram(linkType: LinkType, host: HostModel): readonly BpfInstruction[] {
  const added = [...tunnelsOf(host.udpTunnels).keys()].filter((port) => !usualTunnels.has(port));
  const isUsual = added.length === 0;
  const known = isUsual ? plainPrograms.get(linkType) : undefined;
  const program = known ?? compile(suspectText(linkType, added), linkType);
  if (isUsual) plainPrograms.set(linkType, program);
  return program;
}

/** Is a prefix one whose addresses are looked for in pairs? Groups are joined, not owned. */
function isAsked(prefix: Prefix): boolean {
  return !isLoopbackPrefix(prefix) && !(prefix.bytes.length === 16 && prefix.bytes[0] === 0xff);
}

/** What every host asks, and for the ports of its own tunnels, as pcap-filter text. */
export function suspectText(linkType: LinkType, ports: readonly number[] = []): string {
  const plain = anyOf([...asked, ...portTexts(ports)]);
  if (linkType === LinkType.ethernet) {
    const llc = llcWithIp(12, 14);
    const tagged = anyOf([plain, 'ether[16:2] <= 1500', 'vlan']);
    return anyOf([plain, llc, `vlan and ${tagged}`]);
  }
  const isCooked = linkType === LinkType.linuxSll || linkType === LinkType.linuxSll2;
  return isCooked ? anyOf([plain, ...askedOfCooked(linkType)]) : plain;
}

/** A length in place of the EtherType, and behind it SNAP or the access points of IP. */
function llcWithIp(lengthOffset: number, offset: number): string {
  const access = `ether[${offset}:2]`;
  return `ether[${lengthOffset}:2] <= 1500 and (${access} = 0xaaaa or ${access} = 0x0606)`;
}

/** LLC; tags, also those that Linux leaves where the packet should stand (link-headers.ts). */
function askedOfCooked(linkType: LinkType): string[] {
  const { protocolOffset, headerLen } = findLinkLayer(linkType);
  const behindTag = `ether[${headerLen + 2}:2]`;
  return [
    llcWithIp(protocolOffset, headerLen),
    ...tagTypes.flatMap((type) => [`ether proto ${type}`, `${behindTag} = ${type}`]),
    ...[EtherType.ipv4, EtherType.ipv6, EtherType.arp].map(
      (type) => `ether proto ${type} and ${behindTag} = ${type}`,
    ),
  ];
}

/** Many ports are one range: more is let through, nothing less. */
function portTexts(ports: readonly number[]): string[] {
  if (ports.length <= mostPorts) return ports.map((port) => `udp dst port ${port}`);
  return [`udp dst portrange ${Math.min(...ports)}-${Math.max(...ports)}`];
}

function anyOf(texts: readonly string[]): string {
  return `(${texts.map((text) => (text.startsWith('(') ? text : `(${text})`)).join(' or ')})`;
}
