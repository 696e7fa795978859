/**
 * Types and codes of ICMPv6, by name.
 * Reference: IANA icmpv6-parameters; RFC 4443, RFC 4861, RFC 3810, RFC 4286, RFC 6275, RFC 6550, RFC 8335, RFC 8883.
 */

/** Types that the dissector and packet lists treat by themselves. */
export const Icmpv6Type = {
  unreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echo: 128,
  echoReply: 129,
  mldQuery: 130,
  mldReport: 131,
  mldDone: 132,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighborSolicitation: 135,
  neighborAdvertisement: 136,
  redirect: 137,
  mldv2Report: 143,
  extendedEcho: 160,
  extendedEchoReply: 161,
} as const;

const types = new Map<number, string>([
  [1, 'destination unreachable'],
  [2, 'packet too big'],
  [3, 'time exceeded'],
  [4, 'parameter problem'],
  [100, 'private experiment'],
  [101, 'private experiment'],
  [127, 'reserved for error messages'],
  [128, 'echo request'],
  [129, 'echo reply'],
  [130, 'multicast listener query'],
  [131, 'multicast listener report'],
  [132, 'multicast listener done'],
  [133, 'router solicitation'],
  [134, 'router advertisement'],
  [135, 'neighbor solicitation'],
  [136, 'neighbor advertisement'],
  [137, 'redirect'],
  [138, 'router renumbering'],
  [139, 'node information query'],
  [140, 'node information response'],
  [141, 'inverse neighbor solicitation'],
  [142, 'inverse neighbor advertisement'],
  [143, 'multicast listener report v2'],
  [144, 'home agent discovery request'],
  [145, 'home agent discovery reply'],
  [146, 'mobile prefix solicitation'],
  [147, 'mobile prefix advertisement'],
  [148, 'certification path solicitation'],
  [149, 'certification path advertisement'],
  [150, 'experimental mobility'],
  [151, 'multicast router advertisement'],
  [152, 'multicast router solicitation'],
  [153, 'multicast router termination'],
  [154, 'FMIPv6'],
  [155, 'RPL control'],
  [156, 'ILNPv6 locator update'],
  [157, 'duplicate address request'],
  [158, 'duplicate address confirmation'],
  [159, 'MPL control'],
  [160, 'extended echo request'],
  [161, 'extended echo reply'],
  [200, 'private experiment'],
  [201, 'private experiment'],
  [255, 'reserved for informational messages'],
]);

const codes = new Map<number, ReadonlyMap<number, string>>([
  numbered(Icmpv6Type.unreachable, [
    'no route',
    'prohibited',
    'beyond the scope of the source address',
    'address unreachable',
    'port unreachable',
    'source address failed policy',
    'route rejected',
    'error in source routing header',
    'headers too long',
  ]),
  numbered(Icmpv6Type.timeExceeded, ['hop limit', 'fragment reassembly time']),
  numbered(Icmpv6Type.parameterProblem, [
    'erroneous header field',
    'unrecognized next header',
    'unrecognized option',
    'first fragment has an incomplete header chain',
    'segment routing upper-layer header error',
    'next header unrecognized by an intermediate node',
    'extension header too big',
    'extension header chain too long',
    'too many extension headers',
    'too many options in an extension header',
    'option too big',
  ]),
  [
    138,
    new Map([
      [0, 'command'],
      [1, 'result'],
      [255, 'sequence number reset'],
    ]),
  ],
  numbered(139, ['about an IPv6 address', 'about a name, or empty', 'about an IPv4 address']),
  numbered(140, ['success', 'refused', 'unknown query type']),
  [
    154,
    new Map([
      [2, 'proxy router solicitation'],
      [3, 'proxy router advertisement'],
      [4, 'deprecated'],
      [5, 'deprecated'],
    ]),
  ],
  [
    155,
    new Map([
      [0x00, 'DODAG information solicitation'],
      [0x01, 'DODAG information object'],
      [0x02, 'destination advertisement object'],
      [0x03, 'destination advertisement acknowledgment'],
      [0x04, 'P2P discovery reply object'],
      [0x05, 'P2P discovery reply acknowledgement'],
      [0x06, 'measurement request'],
      [0x07, 'measurement reply'],
      [0x08, 'destination cleanup object'],
      [0x09, 'destination cleanup acknowledgment'],
      [0x80, 'secure DODAG information solicitation'],
      [0x81, 'secure DODAG information object'],
      [0x82, 'secure destination advertisement object'],
      [0x83, 'secure destination advertisement acknowledgment'],
      [0x84, 'secure P2P discovery reply object'],
      [0x85, 'secure P2P discovery reply acknowledgement'],
      [0x88, 'secure destination cleanup object'],
      [0x89, 'secure destination cleanup acknowledgment'],
      [0x8a, 'consistency check'],
    ]),
  ],
  numbered(Icmpv6Type.extendedEchoReply, [
    'no error',
    'malformed query',
    'no such interface',
    'no such table entry',
    'multiple interfaces satisfy the query',
  ]),
]);

function numbered(type: number, names: readonly string[]): [number, ReadonlyMap<number, string>] {
  return [type, new Map(names.entries())];
}

/** The name of an ICMPv6 type, or `type n`. */
export function icmpv6TypeName(type: number): string {
  return types.get(type) ?? `type ${type}`;
}

/** The name of a code, `code n` for a number that its type does not have, '' for 0 where codes mean nothing. */
export function icmpv6CodeName(type: number, code: number): string {
  return codes.get(type)?.get(code) ?? (code === 0 ? '' : `code ${code}`);
}

/** True for the types that quote the packet which caused them (RFC 4443 2.1: all below 128; these are defined). */
export function isIcmpv6Error(type: number): boolean {
  return type >= Icmpv6Type.unreachable && type <= Icmpv6Type.parameterProblem;
}
