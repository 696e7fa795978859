/**
 * What a walk found, as text for evidence: the headers around the datagram, outermost first.
 *
 *     in VLAN 100 / IPv4 10.9.0.1 → 10.9.0.2 / GRE
 */
import { isLoopbackIpv4, isLoopbackIpv6 } from '../classify/address-scope.js';
import { arpOperationName } from '../decode/arp.js';
import { icmpv6TypeName } from '../decode/icmpv6-types.js';
import { IpProtocol } from '../decode/packet-batch.js';
import { formatIpv4, formatIpv6, formatMac } from '../format/address.js';
import { Header, type LeakWalk } from './leak-walk.js';

/** Where the loopback address is, coarsely: findings are told apart by it. */
export type Place =
  | 'datagram'
  | 'arp'
  | 'neighbor-discovery'
  | 'redirect'
  | 'quoted'
  | 'tunnel'
  | 'tunnel-arp'
  | 'tunnel-discovery'
  | 'tunnel-quoted'
  | 'lsp-ping';

/** What a tunnel carries is no matter of the interface that it goes over. */
export function isInTunnel(place: Place): boolean {
  return place.startsWith('tunnel');
}

/** In an error about it. */
export function isQuoted(place: Place): boolean {
  return place === 'quoted' || place === 'tunnel-quoted';
}

/** ARP, and what it is to IPv6: what waits for an answer is asked for again. */
export function questionOf(place: Place): 'arp' | 'discovery' | null {
  if (place === 'arp' || place === 'tunnel-arp') return 'arp';
  return place === 'neighbor-discovery' || place === 'tunnel-discovery' ? 'discovery' : null;
}

/** RFC 8029: echo requests for label-switched paths go to 127/8, so that no router forwards them. */
const lspPingPort = 3503;

export function placeOf(walk: LeakWalk): Place {
  const { headers, headerCount } = walk;
  const last = headerCount - 1;
  const before = headers.subarray(0, last);
  const isDiscovery = headers[last] === Header.icmp;
  const ipHeaders = before.filter((each) => each === Header.ipv4 || each === Header.ipv6).length;
  const around = ipHeaders - Number(isDiscovery);
  // One of them is the error's own.
  if (before.includes(Header.icmp)) return around > 1 ? 'tunnel-quoted' : 'quoted';
  const isArp = headers[last] === Header.arp;
  const isCarried = around > 0;
  if (isDiscovery && walk.version === 4) return isCarried ? 'tunnel' : 'redirect';
  if (isDiscovery) return isCarried ? 'tunnel-discovery' : 'neighbor-discovery';
  if (isArp) return isCarried ? 'tunnel-arp' : 'arp';
  if (isCarried) return 'tunnel';
  return isLspPing(walk, walk.offsets[last]) ? 'lsp-ping' : 'datagram';
}

function isLspPing({ view, end, addressLen, dstOffset }: LeakWalk, at: number): boolean {
  if (addressLen !== 4 || view.getUint8(dstOffset) !== 127) return false;
  const udp = at + 4 * (view.getUint8(at) & 15);
  if (view.getUint8(at + 9) !== IpProtocol.udp || udp + 4 > end) return false;
  return view.getUint16(udp + 2) === lspPingPort;
}

/** One of the two addresses of a datagram, in the words of nft(8); of ARP, its sender or its target. */
export type LoopbackEnd = 'ip saddr' | 'ip daddr' | 'ip6 saddr' | 'ip6 daddr';

/** Which of the addresses are loopback's. */
export function loopbackEnds({ view, srcOffset, dstOffset, addressLen }: LeakWalk): LoopbackEnd[] {
  const version = addressLen === 4 ? 'ip' : 'ip6';
  const isLoopback = (at: number): boolean =>
    addressLen === 4 ? isLoopbackIpv4(view.getInt32(at)) : isLoopbackIpv6(view, at);
  return [
    ...(isLoopback(srcOffset) ? [`${version} saddr` as const] : []),
    ...(isLoopback(dstOffset) ? [`${version} daddr` as const] : []),
  ];
}

/** The addresses of the datagram that leaks. */
export function leakAddresses({ view, srcOffset, dstOffset, addressLen }: LeakWalk): {
  src: string;
  dst: string;
} {
  return { src: addressAt(view, srcOffset, addressLen), dst: addressAt(view, dstOffset, addressLen) };
}

function addressAt(view: DataView, offset: number, len: 4 | 16): string {
  return len === 4 ? formatIpv4(view.getInt32(offset)) : formatIpv6(view, offset);
}

/** What is around the datagram, and who sent the frame: `in VLAN 100, from 02:00:00:00:00:01`. */
export function describeLeak(walk: LeakWalk): string {
  const around: string[] = [];
  for (let i = 0; i < walk.headerCount - 1; i++) {
    const text = describeHeader(walk, i);
    if (text !== '') around.push(text);
  }
  const message = describeMessage(walk);
  const what = message === '' ? [] : [message];
  if (around.length > 0) what.push(`in ${around.join(' / ')}`);
  const sender = senderOffset(walk);
  if (sender !== 0) what.push(`from ${macAt(walk, sender)}`);
  return what.join(', ');
}

/** Does the frame tell the MAC address of its sender? */
export function namesSender(walk: LeakWalk): boolean {
  return senderOffset(walk) !== 0;
}

const macLen = 6;

/** Where that address is; 0 where there is none. A cooked header says how long its address is. */
function senderOffset({ view, headers, headerCount, offsets }: LeakWalk): number {
  if (headerCount === 0) return 0;
  const [at] = offsets;
  switch (headers[0]) {
    case Header.ethernet:
      return at + 6;
    case Header.sll:
      return view.getUint16(at + 4) === macLen ? at + 6 : 0;
    case Header.sll2:
      return view.getUint8(at + 11) === macLen ? at + 12 : 0;
    default:
      return 0;
  }
}

function describeHeader({ view, headers, offsets }: LeakWalk, i: number): string {
  const at = offsets[i];
  switch (headers[i]) {
    case Header.vlan:
      return `VLAN ${view.getUint16(at) & 0x0fff}`;
    case Header.ipv4:
      return `IPv4 ${addressAt(view, at + 12, 4)} → ${addressAt(view, at + 16, 4)}`;
    case Header.ipv6:
      return `IPv6 ${addressAt(view, at + 8, 16)} → ${addressAt(view, at + 24, 16)}`;
    case Header.icmp:
      return `the quote of an ICMP error of type ${view.getUint8(at)}`;
    case Header.gre:
      return 'GRE';
    case Header.geneve:
      return `Geneve ${view.getUint32(at + 4) >>> 8}`;
    case Header.ppp:
      return 'PPP';
    case Header.vxlan:
      return `VXLAN ${view.getUint32(at + 4) >>> 8}`;
    default:
      return '';
  }
}

/** What names the address itself; '' for a datagram that has it. */
function describeMessage({ view, headers, offsets, headerCount, version }: LeakWalk): string {
  const at = offsets[headerCount - 1];
  switch (headers[headerCount - 1]) {
    case Header.arp:
      return `ARP ${arpOperationName(view.getUint16(at + 6))}`;
    case Header.icmp:
      return version === 4 ? 'redirect' : icmpv6TypeName(view.getUint8(at));
    default:
      return '';
  }
}

function macAt({ view }: LeakWalk, at: number): string {
  return formatMac(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), at);
}
