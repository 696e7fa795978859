/**
 * Types and codes of ICMP, by name.
 * Reference: IANA icmp-parameters; RFC 792, RFC 1122, RFC 1812, RFC 4884, RFC 8335.
 */

/** Types that the dissector and packet lists treat by themselves. */
export const IcmpType = {
  echoReply: 0,
  unreachable: 3,
  sourceQuench: 4,
  redirect: 5,
  echo: 8,
  routerAdvertisement: 9,
  timeExceeded: 11,
  parameterProblem: 12,
  timestamp: 13,
  timestampReply: 14,
  informationRequest: 15,
  informationReply: 16,
  addressMaskRequest: 17,
  addressMaskReply: 18,
  traceroute: 30,
  photuris: 40,
  extendedEcho: 42,
  extendedEchoReply: 43,
} as const;

const types = new Map<number, string>([
  [0, 'echo reply'],
  [3, 'destination unreachable'],
  [4, 'source quench'],
  [5, 'redirect'],
  [6, 'alternate host address'],
  [8, 'echo request'],
  [9, 'router advertisement'],
  [10, 'router solicitation'],
  [11, 'time exceeded'],
  [12, 'parameter problem'],
  [13, 'timestamp request'],
  [14, 'timestamp reply'],
  [15, 'information request'],
  [16, 'information reply'],
  [17, 'address mask request'],
  [18, 'address mask reply'],
  [19, 'reserved for security'],
  [30, 'traceroute'],
  [31, 'datagram conversion error'],
  [32, 'mobile host redirect'],
  [33, 'IPv6 where-are-you'],
  [34, 'IPv6 I-am-here'],
  [35, 'mobile registration request'],
  [36, 'mobile registration reply'],
  [37, 'domain name request'],
  [38, 'domain name reply'],
  [39, 'SKIP'],
  [40, 'Photuris'],
  [41, 'experimental mobility'],
  [42, 'extended echo request'],
  [43, 'extended echo reply'],
  [253, 'experiment 1'],
  [254, 'experiment 2'],
]);

const codes: ReadonlyMap<number, readonly string[]> = new Map([
  [
    IcmpType.unreachable,
    [
      'network unreachable',
      'host unreachable',
      'protocol unreachable',
      'port unreachable',
      'fragmentation needed',
      'source route failed',
      'network unknown',
      'host unknown',
      'source host isolated',
      'network prohibited',
      'host prohibited',
      'network unreachable for type of service',
      'host unreachable for type of service',
      'communication prohibited',
      'host precedence violation',
      'precedence cutoff',
    ],
  ],
  [
    IcmpType.redirect,
    ['for the network', 'for the host', 'for type of service and network', 'for type of service and host'],
  ],
  [6, ['alternate address for host']],
  [IcmpType.timeExceeded, ['time to live', 'fragment reassembly time']],
  [IcmpType.parameterProblem, ['pointer indicates the error', 'missing a required option', 'bad length']],
  [
    IcmpType.photuris,
    [
      'bad SPI',
      'authentication failed',
      'decompression failed',
      'decryption failed',
      'need authentication',
      'need authorization',
    ],
  ],
  [
    IcmpType.extendedEchoReply,
    [
      'no error',
      'malformed query',
      'no such interface',
      'no such table entry',
      'multiple interfaces satisfy the query',
    ],
  ],
]);

/** The name of an ICMP type, or `type n`. */
export function icmpTypeName(type: number): string {
  if (type >= 20 && type <= 29) return 'reserved for robustness experiment';
  return types.get(type) ?? `type ${type}`;
}

/** The name of a code, `code n` for a number that its type does not have, '' for 0 where codes mean nothing. */
export function icmpCodeName(type: number, code: number): string {
  if (type === IcmpType.routerAdvertisement && code === 16) return 'does not route common traffic';
  return codes.get(type)?.[code] ?? (code === 0 ? '' : `code ${code}`);
}

/** True for the types that quote the datagram which caused them. */
export function isIcmpError(type: number): boolean {
  return type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
}
