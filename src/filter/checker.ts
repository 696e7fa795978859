/**
 * Syntax tree to predicates: every qualifier has to fit its id, every name has to be known, every primitive has to
 * make sense on the link type. What is refused is refused here, with the position.
 *
 *     protocol word    must be a protocol of its own
 *     p [i : n]        p has bytes that can be named; n is 1, 2 or 4
 *     ids              check-id.ts
 *     vlan, llc, …     the link type must have them; direction and interface may be noted beside the frame instead
 */
import { checkId } from './check-id.js';
import { FilterError } from './filter-error.js';
import type { LinkLayer } from './link-layer.js';
import { markBound, markInterface } from './marks.js';
import type { Predicate, Value } from './predicate.js';
import { findOrigin, findProtocol, LinkProtocol } from './protocol-words.js';
import type { Arithmetic, SyntaxNode } from './syntax-tree.js';
import type { Marker } from './vocabulary.js';
import { linkWords } from './words.js';

const mostVlan = 0xfff;
/** PACKET_OUTGOING in linux/if_packet.h. */
const outgoing = 4;

/** @throws FilterError */
export function check(node: SyntaxNode, layer: LinkLayer): Predicate {
  switch (node.kind) {
    case 'and':
    case 'or':
      return { kind: node.kind, left: check(node.left, layer), right: check(node.right, layer) };
    case 'not':
      return { kind: 'not', operand: check(node.operand, layer) };
    case 'primitive':
      return checkId(node.qualifiers, node.id, layer);
    case 'protocol':
      return checkProtocol(node.name, node.at);
    case 'relation':
      return {
        kind: 'relation',
        operator: node.operator,
        left: checkValue(node.left),
        right: checkValue(node.right),
      };
    case 'cast':
      return checkCast(node, layer);
    case 'byte':
      return checkByte(node);
    case 'vlan':
      if (layer.protocolField !== 'ethernet') throw notOn(layer, '`vlan`', node.at);
      if (node.id !== null && node.id > mostVlan) {
        throw new FilterError(`VLAN ${node.id} does not exist`, node.at, `at most ${mostVlan}`);
      }
      return { kind: 'vlan', id: node.id };
    case 'bound':
      return checkBound(node, layer);
    case 'interface':
      return layer.interfaceOffset === null
        ? beside(markInterface(node.index), layer, '`ifindex`', node.at)
        : linkByte('=', layer.interfaceOffset, 4, node.index);
    case 'word': {
      const { word, argument, at } = node;
      return { kind: 'marked', marker: word.marker(argument), why: `\`${word.word}\` is not for BPF`, at };
    }
    case 'pppoed':
      return { kind: 'protocol', protocol: { in: 'link', number: LinkProtocol.pppoed } };
    case 'llc':
      if (layer.protocolField !== 'ethernet') throw notOn(layer, '`llc`', node.at);
      return { kind: 'llc', type: node.type };
  }
}

function notOn(layer: LinkLayer, what: string, at: number): FilterError {
  return new FilterError(`frames of link type ${layer.name} have nothing for ${what}`, at);
}

/** What the frames have nothing for, but the capture may have noted beside them. */
function beside(marker: Marker, layer: LinkLayer, what: string, at: number): Predicate {
  return { kind: 'marked', marker, why: notOn(layer, what, at).message, at };
}

function checkProtocol(name: string, at: number): Predicate {
  const protocol = findProtocol(name);
  if (protocol !== null) return { kind: 'protocol', protocol };
  if (linkWords.has(name)) {
    throw new FilterError(`\`${name}\` alone says nothing`, at, 'as in `ether host`, `ether proto`');
  }
  throw new FilterError(`\`${name}\` is not decoded here`, at);
}

function checkCast(
  { cast, protocol, at }: { cast: 'broadcast' | 'multicast'; protocol: string | null; at: number },
  layer: LinkLayer,
): Predicate {
  if (protocol === null || linkWords.has(protocol)) {
    if (layer.protocolField !== 'ethernet') throw notOn(layer, `\`${cast}\``, at);
    if (cast === 'multicast') return { kind: 'multicast', layer: 'link' };
    return { kind: 'mac', direction: 'dst', address: [255, 255, 255, 255, 255, 255] };
  }
  if (protocol === 'ip') return cast === 'broadcast' ? { kind: cast } : { kind: cast, layer: 'ip' };
  if (protocol === 'ip6' && cast === 'multicast') return { kind: 'multicast', layer: 'ip6' };
  throw new FilterError(
    `\`${protocol}\` has no ${cast}`,
    at,
    cast === 'multicast' ? '`ether`, `ip` or `ip6`' : '`ether` or `ip`',
  );
}

/** `byte 4 & 3`: true if a bit is left. */
function checkByte({
  operator,
  index,
  value,
}: {
  operator: string;
  index: number;
  value: number;
}): Predicate {
  if (operator !== '&' && operator !== '|') {
    return linkByte(operator as '=' | '<' | '>', index, 1, value);
  }
  const left: Value = {
    kind: 'operation',
    operator,
    left: byteAt(index, 1),
    right: { kind: 'number', value },
    at: 0,
  };
  return { kind: 'relation', operator: '!=', left, right: { kind: 'number', value: 0 } };
}

function byteAt(offset: number, size: 1 | 2 | 4): Value {
  return { kind: 'load', origin: { from: 'link' }, index: { kind: 'number', value: offset }, size };
}

function linkByte(
  operator: '=' | '!=' | '<' | '>',
  offset: number,
  size: 1 | 2 | 4,
  value: number,
): Predicate {
  return { kind: 'relation', operator, left: byteAt(offset, size), right: { kind: 'number', value } };
}

function checkBound({ isOutbound, at }: { isOutbound: boolean; at: number }, layer: LinkLayer): Predicate {
  if (layer.direction === null) {
    return beside(markBound(isOutbound), layer, isOutbound ? '`outbound`' : '`inbound`', at);
  }
  return linkByte(isOutbound ? '=' : '!=', layer.direction.offset, layer.direction.size, outgoing);
}

function checkValue(value: Arithmetic): Value {
  switch (value.kind) {
    case 'number':
      return { kind: 'number', value: value.value };
    case 'len':
      return { kind: 'len' };
    case 'negate':
      return { kind: 'negate', operand: checkValue(value.operand), at: value.at };
    case 'operation': {
      const { operator, at } = value;
      return {
        kind: 'operation',
        operator,
        left: checkValue(value.left),
        right: checkValue(value.right),
        at,
      };
    }
    case 'load': {
      const origin = findOrigin(value.protocol);
      if (origin === null) throw new FilterError(`bytes of \`${value.protocol}\` cannot be named`, value.at);
      const { size } = value;
      if (size !== 1 && size !== 2 && size !== 4) {
        throw new FilterError(`${size} bytes cannot be read at once`, value.sizeAt, '1, 2 or 4');
      }
      return { kind: 'load', origin, index: checkValue(value.index), size };
    }
  }
}
