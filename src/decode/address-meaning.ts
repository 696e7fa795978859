/**
 * What an address says of itself, in a word or two.
 * Reference: IANA iana-ipv4-special-registry and iana-ipv6-special-registry (RFC 6890), RFC 5771, RFC 4291 2.7.
 */

const multicastIpv4 = new Map<number, string>([
  [0xe0000001, 'all hosts'],
  [0xe0000002, 'all routers'],
  [0xe0000005, 'OSPF routers'],
  [0xe0000009, 'RIP2 routers'],
  [0xe0000012, 'VRRP'],
  [0xe0000016, 'IGMPv3 routers'],
  [0xe00000fb, 'mDNS'],
  [0xe00000fc, 'LLMNR'],
  [0xe0000181, 'PTP'],
  [0xeffffffa, 'SSDP'],
]);

/** `loopback`, `private`, `multicast: mDNS` of a 32-bit number, signed or not; '' for any other address. */
export function ipv4Meaning(address: number): string {
  const unsigned = address >>> 0;
  const first = unsigned >>> 24;
  const second = (unsigned >>> 16) & 255;
  if (first === 127) return unsigned === 0x7fffffff ? 'loopback broadcast' : 'loopback';
  if (unsigned === 0) return 'unspecified';
  if (unsigned === 0xffffffff) return 'limited broadcast';
  if (first >> 4 === 14) return named('multicast', multicastIpv4.get(unsigned));
  if (first === 169 && second === 254) return 'link-local';
  if (first === 10 || (first === 172 && second >> 4 === 1) || (first === 192 && second === 168))
    return 'private';
  return '';
}

const multicastScopes = new Map<number, string>([
  [1, 'interface-local'],
  [2, 'link-local'],
  [3, 'realm-local'],
  [4, 'admin-local'],
  [5, 'site-local'],
  [8, 'organization-local'],
  [14, 'global'],
]);

const multicastIpv6 = new Map<number, string>([
  [0x01, 'all nodes'],
  [0x02, 'all routers'],
  [0x05, 'OSPF routers'],
  [0x0c, 'SSDP'],
  [0x16, 'MLDv2 routers'],
  [0xfb, 'mDNS'],
  [0x10002, 'DHCPv6 servers'],
  [0x10003, 'LLMNR'],
]);

/** `loopback`, `link-local`, `multicast, link-local: all nodes` of the 16 bytes at `offset`. */
export function ipv6Meaning(view: DataView, offset: number): string {
  const words = [0, 4, 8, 12].map((at) => view.getUint32(offset + at));
  const first = words[0] >>> 16;
  if (first >> 8 === 0xff) return multicastIpv6Meaning(first & 15, words);
  if (first >> 6 === 0xfe80 >> 6) return 'link-local';
  if (first >> 9 === 0xfc00 >> 9) return 'unique local';
  if (words[0] !== 0 || words[1] !== 0) return words[0] === 0x20010db8 ? 'documentation' : '';
  if (words[2] === 0xffff) return named('IPv4-mapped', ipv4Meaning(words[3]));
  if (words[2] !== 0 || words[3] > 1) return '';
  return words[3] === 1 ? 'loopback' : 'unspecified';
}

function multicastIpv6Meaning(scope: number, words: readonly number[]): string {
  const kind = named('multicast', undefined);
  const scoped = multicastScopes.has(scope) ? `${kind}, ${multicastScopes.get(scope)}` : kind;
  if (words[1] !== 0) return scoped;
  if (words[2] === 1 && words[3] >>> 24 === 0xff) return named(scoped, 'solicited node');
  return named(scoped, words[2] === 0 ? multicastIpv6.get(words[3]) : undefined);
}

function named(kind: string, name: string | undefined): string {
  return name === undefined || name === '' ? kind : `${kind}: ${name}`;
}
