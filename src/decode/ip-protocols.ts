/**
 * Names of IP protocol numbers, which are IPv6's next-header values too.
 * Reference: IANA protocol-numbers.
 */

const names = new Map<number, string>([
  [0, 'IPv6 hop-by-hop options'],
  [1, 'ICMP'],
  [2, 'IGMP'],
  [3, 'GGP'],
  [4, 'IPv4 in IP'],
  [5, 'ST'],
  [6, 'TCP'],
  [8, 'EGP'],
  [9, 'IGP'],
  [17, 'UDP'],
  [27, 'RDP'],
  [33, 'DCCP'],
  [41, 'IPv6 in IP'],
  [43, 'IPv6 routing'],
  [44, 'IPv6 fragment'],
  [46, 'RSVP'],
  [47, 'GRE'],
  [50, 'ESP'],
  [51, 'AH'],
  [58, 'ICMPv6'],
  [59, 'no next header'],
  [60, 'IPv6 destination options'],
  [88, 'EIGRP'],
  [89, 'OSPF'],
  [94, 'IPIP'],
  [97, 'EtherIP'],
  [103, 'PIM'],
  [108, 'IPComp'],
  [112, 'VRRP'],
  [115, 'L2TP'],
  [132, 'SCTP'],
  [133, 'FC'],
  [135, 'mobility'],
  [136, 'UDP-Lite'],
  [137, 'MPLS in IP'],
  [138, 'MANET'],
  [139, 'HIP'],
  [140, 'shim6'],
  [141, 'WESP'],
  [142, 'ROHC'],
  [143, 'Ethernet'],
  [253, 'experimental'],
  [254, 'experimental'],
  [255, 'reserved'],
]);

/** The name of a protocol number, or ''. */
export function ipProtocolName(protocol: number): string {
  return names.get(protocol) ?? '';
}

/** `protocol 89 (OSPF)`: how a protocol that is not decoded is named. */
export function describeIpProtocol(protocol: number): string {
  const name = ipProtocolName(protocol);
  return name === '' ? `protocol ${protocol}` : `protocol ${protocol} (${name})`;
}
