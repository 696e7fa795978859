/**
 * Ids under their qualifiers. Which go together:
 *
 *     id           type                         protocol                   direction
 *     name         host, net                    (refused without a resolver)
 *                  port, portrange              tcp udp sctp or none       any
 *                  proto                        ip ip6 iso link or none    none
 *                  protochain                   ip ip6 or none             none
 *     number       host, net                    ip arp rarp or none        any
 *                  port, portrange, proto …     as above
 *     address4     host, net                    ip arp rarp or none        any
 *     address6     host, net                    ip6 or none                any
 *     mac          host                         link                       any
 */
import { parseAddress6 } from './addresses.js';
import { checkPort } from './check-port.js';
import { FilterError } from './filter-error.js';
import { numberOf } from './lexer.js';
import type { LinkLayer } from './link-layer.js';
import { findIpProtocol, findIsoProtocol, findLinkProtocol } from './names.js';
import type { Predicate } from './predicate.js';
import type { Id, Qualifiers } from './syntax-tree.js';
import { linkWords } from './words.js';

type AddressId = Extract<Id, { kind: 'address4' | 'address6' }>;
const allOnes = 0xffffffff;

export function checkId(qualifiers: Qualifiers, id: Id, layer: LinkLayer): Predicate {
  const type = qualifiers.type ?? 'host';
  if (type === 'gateway') {
    const advice = 'instead: `ether host MAC and not host ADDRESS`';
    throw new FilterError('`gateway` needs names of hosts, which are not looked up', id.at, advice);
  }
  if (type === 'protochain') return checkProtochain(qualifiers.protocol, id);
  if (type === 'port' || type === 'portrange') return checkPort({ ...qualifiers, type }, id);
  if (type === 'proto') return checkProto(qualifiers.protocol, id);
  switch (id.kind) {
    case 'mac':
      return checkMac(qualifiers, id, layer);
    case 'name':
      throw new FilterError(
        `names of hosts are looked up only with --resolve, those of networks never: \`${id.text}\``,
        id.at,
        'an address',
      );
    case 'number': {
      // A short network number is its first bytes; a host is the whole number.
      let address = id.value;
      let mask = allOnes;
      while (type === 'net' && address !== 0 && address <= 0xffffff) {
        address = (address << 8) >>> 0;
        mask = (mask << 8) >>> 0;
      }
      return address4(qualifiers, id.at, address, mask);
    }
    case 'address4':
      return checkAddress4(qualifiers, id);
    case 'address6':
      return checkAddress6(qualifiers, id);
  }
}

function checkMac(
  { protocol, direction }: Qualifiers,
  id: Extract<Id, { kind: 'mac' }>,
  layer: LinkLayer,
): Predicate {
  if (protocol === null || !linkWords.has(protocol)) {
    throw new FilterError('a link-layer address needs `ether`', id.at, '`ether host`');
  }
  if (layer.protocolField !== 'ethernet') {
    throw new FilterError(`frames of link type ${layer.name} have no Ethernet addresses`, id.at);
  }
  const groups =
    /^[0-9A-Fa-f]{12}$/.test(id.text) || id.text.length === 14
      ? id.text.replaceAll('.', '').match(/../g)!
      : id.text.split(/[:.-]/);
  const address = groups.map((group) => Number.parseInt(group, 16));
  return { kind: 'mac', direction: direction ?? 'src or dst', address };
}

const encapsulating = new Map([
  ['ip', 'ip'],
  ['ip6', 'ip6'],
  ['iso', 'iso'],
] as const);

function checkProto(protocol: string | null, id: Id): Predicate {
  const isLink = protocol !== null && linkWords.has(protocol);
  const within = protocol === null ? 'either' : isLink ? 'link' : encapsulating.get(protocol as 'ip');
  if (within === undefined)
    throw new FilterError(
      `\`${protocol} proto\` has no meaning`,
      id.at,
      '`ip proto`, `ip6 proto`, `ether proto` or `proto`',
    );
  return { kind: 'protocol', protocol: { in: within, number: protocolNumber(within, id) } };
}

/** Only IP has chains of headers. */
function checkProtochain(protocol: string | null, id: Id): Predicate {
  if (protocol !== null && protocol !== 'ip' && protocol !== 'ip6') {
    throw new FilterError(
      `\`${protocol} protochain\` has no meaning`,
      id.at,
      '`ip protochain` or `ip6 protochain`',
    );
  }
  const within = protocol === null ? (['ip', 'ip6'] as const) : ([protocol] as const);
  const why = '`protochain` is a loop, which is not for BPF';
  return { kind: 'protochain', within, number: protocolNumber('either', id), why, at: id.at };
}

function protocolNumber(within: 'either' | 'link' | 'ip' | 'ip6' | 'iso', id: Id): number {
  if (id.kind === 'number') return id.value;
  if (id.kind !== 'name') throw new FilterError('an address is no protocol', id.at, 'a number or a name');
  const find = {
    link: findLinkProtocol,
    iso: findIsoProtocol,
    either: findIpProtocol,
    ip: findIpProtocol,
    ip6: findIpProtocol,
  };
  const found = find[within](id.text);
  if (found === null)
    throw new FilterError(`unknown protocol \`${id.text}\``, id.at, 'a known name or a number');
  return found;
}

function address4({ protocol, direction }: Qualifiers, at: number, address: number, mask: number): Predicate {
  if (protocol !== null && protocol !== 'ip' && protocol !== 'arp' && protocol !== 'rarp') {
    throw new FilterError(
      `\`${protocol}\` has no IPv4 addresses`,
      at,
      '`ip`, `arp`, `rarp` or nothing before the address',
    );
  }
  const protocols = protocol === null ? (['ip', 'arp', 'rarp'] as const) : [protocol as 'ip'];
  return { kind: 'address4', protocols, direction: direction ?? 'src or dst', address, mask };
}

/** A dotted address of two to four parts, its missing parts 0; and the bits that were written. */
function dotted(text: string, at: number): { address: number; mask: number } {
  let address = 0;
  let mask = allOnes;
  const parts = text.split('.').map((part) => numberOf(part, at));
  if (parts.some((part) => part > 255))
    throw new FilterError(`${text} is no IPv4 address`, at, 'parts from 0 to 255');
  for (const part of parts) address = address * 256 + part;
  for (let missing = 4 - parts.length; missing > 0; missing--) {
    address *= 256;
    mask = (mask << 8) >>> 0;
  }
  return { address, mask };
}

function requireNet(qualifiers: Qualifiers, at: number): void {
  if (qualifiers.type !== 'net') throw new FilterError('a mask is for networks', at, '`net`');
}

function checkAddress4(qualifiers: Qualifiers, id: AddressId): Predicate {
  const { address, mask: written } = dotted(id.text, id.at);
  let mask = written;
  if (id.prefixLen !== null || id.mask !== null) {
    requireNet(qualifiers, id.at);
    if (id.prefixLen !== null && id.prefixLen > 32)
      throw new FilterError('an IPv4 prefix has at most 32 bits', id.at);
    mask = id.mask !== null ? dotted(id.mask, id.at).address : prefixMask(id.prefixLen!);
    if ((address & ~mask) !== 0)
      throw new FilterError(`${id.text} has bits behind its mask`, id.at, 'zeros there');
  }
  return address4(qualifiers, id.at, address, mask);
}

function prefixMask(bits: number): number {
  return bits === 0 ? 0 : (allOnes << (32 - bits)) >>> 0;
}

function checkAddress6(qualifiers: Qualifiers, id: AddressId): Predicate {
  const { protocol, direction } = qualifiers;
  if (protocol !== null && protocol !== 'ip6') {
    throw new FilterError(
      `\`${protocol}\` has no IPv6 addresses`,
      id.at,
      '`ip6` or nothing before the address',
    );
  }
  const bits = id.prefixLen ?? 128;
  if (bits > 128) throw new FilterError('an IPv6 prefix has at most 128 bits', id.at);
  if (bits !== 128) requireNet(qualifiers, id.at);
  const address = parseAddress6(id.text);
  const mask = [0, 32, 64, 96].map((from) => prefixMask(Math.max(0, Math.min(32, bits - from))));
  if (address.some((word, i) => (word & ~mask[i]) !== 0)) {
    throw new FilterError(`${id.text} has bits behind its prefix`, id.at, 'zeros there');
  }
  return { kind: 'address6', direction: direction ?? 'src or dst', address, mask };
}
