/**
 * What a verdict must know of the host whose traffic this is: its own addresses, the prefixes it loops, its
 * broadcasts. Plain data, so that the same code serves live, offline and tests.
 *
 * It comes, in this order, from `--host`, from what the capture recorded, from the live host (live only), or
 * is inferred from the traffic. An offline file is never judged by the addresses of the machine that reads it.
 */
import { parseIpv4, parseIpv6 } from '../format/address.js';
import type { UdpTunnels } from './udp-tunnels.js';

/** Where a model comes from; `empty` knows nothing. */
export type HostOrigin = 'given' | 'recorded' | 'live' | 'empty';

/** An address and its prefix length, in host order of significance: 4 or 16 bytes. */
export interface Prefix {
  readonly bytes: Uint8Array;
  readonly prefixLen: number;
}

/** A multicast group somebody on this host has joined (/proc/net/igmp, /proc/net/igmp6). */
export interface GroupMembership {
  readonly interface: string;
  readonly address: string;
}

export interface HostModel {
  readonly origin: HostOrigin;
  /** Own addresses and AnyIP prefixes: what the host delivers to itself. 127/8 and ::1 may be among them. */
  readonly local: readonly Prefix[];
  /** Directed broadcast addresses, IPv4. */
  readonly broadcasts: readonly number[];
  /** Own addresses as text, loopback left out, for people. */
  readonly addresses: readonly string[];
  readonly groups: readonly GroupMembership[];
  /** Of its devices; live only. */
  readonly udpTunnels?: UdpTunnels;
}

export const emptyHost: HostModel = { origin: 'empty', local: [], broadcasts: [], addresses: [], groups: [] };

/**
 * Reads `ADDR` or `ADDR/PREFIX`, either version of IP.
 * @returns null when it is neither
 */
export function parsePrefix(text: string): Prefix | null {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  if (match === null) return null;
  const bytes = parseAddress(match[1]);
  if (bytes === null) return null;
  const prefixLen = match[2] === undefined ? bytes.length * 8 : Number(match[2]);
  return prefixLen <= bytes.length * 8 ? { bytes, prefixLen } : null;
}

/** 4 or 16 bytes, or null. */
function parseAddress(text: string): Uint8Array | null {
  const ipv4 = parseIpv4(text);
  if (ipv4 === null) return parseIpv6(text);
  return Uint8Array.of(ipv4 >>> 24, (ipv4 >>> 16) & 255, (ipv4 >>> 8) & 255, ipv4 & 255);
}

/**
 * A model of interface addresses with their prefixes, as `--host` and pcapng record them: each address is the
 * host's own, and each IPv4 subnet has its directed broadcast (RFC 919; none for /31 and /32, RFC 3021).
 * @param texts `ADDR/PREFIX`; ones that do not parse are left out
 */
export function hostOfAddresses(origin: HostOrigin, texts: readonly string[]): HostModel {
  const local: Prefix[] = [];
  const broadcasts: number[] = [];
  const addresses: string[] = [];
  for (const text of texts) {
    const prefix = parsePrefix(text);
    if (prefix === null) continue;
    local.push({ bytes: prefix.bytes, prefixLen: prefix.bytes.length * 8 });
    if (prefix.bytes.length === 4 && prefix.prefixLen < 31) {
      broadcasts.push(ipv4Number(prefix.bytes) | ~ipv4Mask(prefix.prefixLen));
    }
    if (!isLoopbackPrefix(prefix)) addresses.push(text.split('/')[0]);
  }
  return { origin, local, broadcasts, addresses, groups: [] };
}

/** True when the address lies in the prefix, both as text and of one version. */
export function covers(prefixText: string, addressText: string): boolean {
  const prefix = parsePrefix(prefixText);
  const address = parsePrefix(addressText)?.bytes;
  if (prefix === null || address === undefined || address.length !== prefix.bytes.length) return false;
  return address.every((byte, i) => {
    const bits = Math.min(8, Math.max(0, prefix.prefixLen - 8 * i));
    return ((byte ^ prefix.bytes[i]) & (0xff00 >> bits) & 0xff) === 0;
  });
}

/** The 32-bit number of 4 bytes. */
export function ipv4Number(bytes: Uint8Array): number {
  return (bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3];
}

/** The netmask of a prefix length from 0 to 32. */
export function ipv4Mask(prefixLen: number): number {
  return prefixLen === 0 ? 0 : -1 << (32 - prefixLen);
}

/** True for addresses in 127/8 and for ::1. */
export function isLoopbackPrefix({ bytes }: Prefix): boolean {
  if (bytes.length === 4) return bytes[0] === 127;
  return bytes.every((byte, i) => byte === (i === 15 ? 1 : 0));
}
