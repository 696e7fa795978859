/**
 * The scope of an address, in a word.
 * Reference: RFC 6890 (special-purpose registries), RFC 4291, RFC 4193.
 */
import { parseIpv4, parseIpv6 } from './address.js';

/** `loopback`, `broadcast`, `multicast`, `unspecified`, `link-local`, `private`, `reserved` or `global`. */
export function addressScope(address: string): string {
  const ipv4 = parseIpv4(address.replace(/^::ffff:(?=\d+\.)/, ''));
  return ipv4 === null ? ipv6Scope(address) : ipv4Scope(ipv4);
}

function ipv4Scope(address: number): string {
  const first = address >>> 24;
  const second = (address >>> 16) & 255;
  if (address === 0) return 'unspecified';
  if (address === -1 || address === 0x7fffffff) return 'broadcast';
  if (first === 127) return 'loopback';
  if (first >= 224 && first < 240) return 'multicast';
  if (first >= 240) return 'reserved';
  if (first === 169 && second === 254) return 'link-local';
  const isShared = first === 100 && second >= 64 && second < 128;
  const isPrivate =
    first === 10 || (first === 172 && second >= 16 && second < 32) || (first === 192 && second === 168);
  return isPrivate || isShared ? 'private' : 'global';
}

function ipv6Scope(address: string): string {
  const bytes = parseIpv6(address);
  if (bytes === null) return 'global';
  const isZeroBut = (last: number): boolean => bytes.every((byte, i) => byte === (i === 15 ? last : 0));
  if (isZeroBut(1)) return 'loopback';
  if (isZeroBut(0)) return 'unspecified';
  if (bytes[0] === 0xff) return 'multicast';
  if (bytes[0] === 0xfe && (bytes[1] & 0xc0) === 0x80) return 'link-local';
  return (bytes[0] & 0xfe) === 0xfc ? 'private' : 'global';
}
