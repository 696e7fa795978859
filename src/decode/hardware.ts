/**
 * What hardware addresses and hardware types mean.
 * Reference: IEEE 802 8.2 for the two low bits of an address; IANA arp-parameters and linux/if_arp.h for the types.
 */

const types = new Map<number, string>([
  [0, 'NETROM'],
  [1, 'Ethernet'],
  [6, 'IEEE 802'],
  [15, 'Frame Relay'],
  [24, 'IEEE 1394'],
  [32, 'InfiniBand'],
  [256, 'SLIP'],
  [280, 'CAN'],
  [512, 'PPP'],
  [519, 'raw IP'],
  [768, 'IPv4 tunnel'],
  [769, 'IPv6 tunnel'],
  [770, 'Frame Relay access device'],
  [772, 'loopback'],
  [776, 'SIT: IPv6 in IPv4'],
  [778, 'GRE over IPv4'],
  [801, 'IEEE 802.11'],
  [802, 'IEEE 802.11 Prism'],
  [803, 'IEEE 802.11 radiotap'],
  [804, 'IEEE 802.15.4'],
  [823, 'GRE over IPv6'],
  [824, 'netlink'],
  [825, '6LoWPAN'],
  [826, 'vsock monitor'],
  [0xfffe, 'none'],
  [0xffff, 'void'],
]);

/** The name of an ARPHRD_ number, or ''. */
export function hardwareTypeName(type: number): string {
  return types.get(type) ?? '';
}

/** `loopback` (all zero: only Linux's lo does that), `broadcast`, `multicast`, `locally administered`, or ''. */
export function macMeaning(bytes: Uint8Array, offset: number, len: number): string {
  if (len !== 6) return '';
  const address = bytes.subarray(offset, offset + len);
  if (address.every((byte) => byte === 0)) return 'zero: loopback';
  if (address.every((byte) => byte === 255)) return 'broadcast';
  if ((address[0] & 1) !== 0) return 'multicast';
  return (address[0] & 2) === 0 ? '' : 'locally administered';
}
