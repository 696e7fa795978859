/**
 * Which network protocol a frame carries, for each way of telling it.
 *
 *     ethernet   EtherType at 12; a length (below 1501) means LLC behind it, whose service access points are the
 *                protocols below 1536, and SNAP, which carries an EtherType again
 *     cooked     the same, with 4 for LLC and 1 for raw 802.3 in the EtherType's place
 *     family     AF_INET is 2 everywhere; AF_INET6 is one of three in files, as libpcap has it
 *
 * Reference: IEEE 802.2; RFC 1042; the tcpdump group's link-layer header types registry.
 */
import { all, always, any, type Condition, never, not } from './condition.js';
import { FilterError } from './filter-error.js';
import type { Generator } from './generate.js';
import { LinkProtocol } from './protocol-words.js';
import { type LlcType, llcControl } from './syntax-tree.js';

const mostLength = 1500;
const cookedLlc = 4;
const cookedRaw = 1;
const ipxEtherType = 0x8137;
const rawIpx = 0xffff;
/** SNAP: DSAP, SSAP and control, then the organisation, of which the last two bytes go with the EtherType. */
const snap = 0xaaaa0300;
const appleOrganisation = 0x080007;
/** AF_INET. */
const familyIpv4 = 2;
/** Behind both service access points. */
const llcControlOffset = 2;
/** LLC's control byte lies before the ISO protocol. */
const llcLen = 3;

/** @param generator knows the layer and where it begins */
export function hasLinkProtocol(generator: Generator, protocol: number): Condition {
  const { protocolField } = generator.layer;
  switch (protocolField) {
    case 'ethernet':
    case 'cooked':
      return isEtherType(generator, protocol, protocolField === 'cooked');
    case 'cooked2':
      return etherType(generator, protocol);
    case 'family-host':
    case 'family-network': {
      const { ip6Families } = generator.layer;
      const families =
        protocol === LinkProtocol.ip ? [familyIpv4] : protocol === LinkProtocol.ip6 ? ip6Families : [];
      // Little endian, as every host that we run on.
      const shift = protocolField === 'family-host' ? 24 : 0;
      return any(families.map((family) => generator.test(0, 4, '=', family << shift)));
    }
    case 'ip-version':
      if (protocol === LinkProtocol.ip) return generator.test(0, 1, '=', 0x40, 0xf0);
      return protocol === LinkProtocol.ip6 ? generator.test(0, 1, '=', 0x60, 0xf0) : never;
    case 'unknown':
      throw new FilterError(`frames of link type ${generator.layer.name} are not decoded here`, 0);
    case 'always-ip':
      return protocol === LinkProtocol.ip ? always : never;
    case 'always-ip6':
      return protocol === LinkProtocol.ip6 ? always : never;
  }
}

/** LLC, of any or of one type of control field. */
export function isLlc(generator: Generator, type: LlcType | null): Condition {
  const conditions = [hasNoLength(generator, true), not(generator.network(0, 2, '=', rawIpx))];
  if (type === null) return all(conditions);
  const [value, mask] = llcControl[type];
  return all([...conditions, generator.network(llcControlOffset, 1, '=', value, mask)]);
}

/** The EtherType is a length, with LLC behind. */
function hasNoLength(generator: Generator, isEthernet: boolean): Condition {
  if (!isEthernet) return etherType(generator, cookedLlc);
  return not(generator.test(generator.protocolOffset, 2, '>', mostLength));
}

function etherType(generator: Generator, number: number): Condition {
  return generator.test(generator.protocolOffset, 2, '=', number);
}

function isEtherType(generator: Generator, protocol: number, isCooked: boolean): Condition {
  const llc = hasNoLength(generator, !isCooked);
  const accessPoint = (size: 1 | 2, value: number): Condition => generator.network(0, size, '=', value);
  switch (protocol) {
    case LinkProtocol.iso:
    case LinkProtocol.netbeui:
      return all([llc, accessPoint(2, protocol * 0x101)]);
    case LinkProtocol.ipx: {
      const inSnap = isSnap(generator, 0, ipxEtherType);
      const inLlc = accessPoint(1, LinkProtocol.ipx);
      if (!isCooked) {
        return any([
          etherType(generator, ipxEtherType),
          all([llc, any([inSnap, any([inLlc, accessPoint(2, rawIpx)])])]),
        ]);
      }
      return any([
        etherType(generator, ipxEtherType),
        any([etherType(generator, cookedRaw), all([llc, any([inLlc, inSnap])])]),
      ]);
    }
    case LinkProtocol.atalk:
    case LinkProtocol.aarp: {
      const organisation = protocol === LinkProtocol.atalk ? appleOrganisation : 0;
      return any([etherType(generator, protocol), all([llc, isSnap(generator, organisation, protocol)])]);
    }
    default:
      return protocol <= mostLength ? all([llc, accessPoint(1, protocol)]) : etherType(generator, protocol);
  }
}

function isSnap(generator: Generator, organisation: number, protocol: number): Condition {
  const low = (organisation & 0xffff) * 0x10000 + protocol;
  return all([
    generator.network(4, 4, '=', low),
    generator.network(0, 4, '=', (snap + (organisation >>> 16)) >>> 0),
  ]);
}

export function hasIsoProtocol(generator: Generator, number: number): Condition {
  return all([hasLinkProtocol(generator, LinkProtocol.iso), generator.network(llcLen, 1, '=', number)]);
}
