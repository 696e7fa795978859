/**
 * A syntax tree as text that means the same, for people and for other compilers of pcap-filter.
 */
import type { Arithmetic, Id, Qualifiers, SyntaxNode } from './syntax-tree.js';
import type { Argument } from './vocabulary.js';

export function renderFilter(node: SyntaxNode): string {
  switch (node.kind) {
    case 'and':
    case 'or':
      // Both bind alike, from the left: only the right side needs parentheses.
      return `${renderLeft(node.left, node.kind)} ${node.kind} ${renderOperand(node.right)}`;
    case 'not':
      return `not ${renderOperand(node.operand)}`;
    case 'primitive':
      return [...qualifierWords(node.qualifiers), renderId(node.id)].join(' ');
    case 'protocol':
      return node.name;
    case 'relation':
      return `${renderArithmetic(node.left)} ${node.operator} ${renderArithmetic(node.right)}`;
    case 'cast':
      return node.protocol === null ? node.cast : `${node.protocol} ${node.cast}`;
    case 'byte':
      return `byte ${node.index} ${node.operator} ${node.value}`;
    case 'vlan':
      return node.id === null ? 'vlan' : `vlan ${node.id}`;
    case 'bound':
      return node.isOutbound ? 'outbound' : 'inbound';
    case 'interface':
      return `ifindex ${node.index}`;
    case 'word':
      return `${node.word.word} ${renderArgument(node.argument)}`;
    case 'pppoed':
      return 'pppoed';
    case 'llc':
      return node.type === null ? 'llc' : `llc ${node.type}`;
  }
}

function isJoined({ kind }: SyntaxNode): boolean {
  return kind === 'and' || kind === 'or';
}

/** With parentheses where people would not be sure. */
function renderLeft(node: SyntaxNode, kind: 'and' | 'or'): string {
  return isJoined(node) && node.kind !== kind ? `(${renderFilter(node)})` : renderFilter(node);
}

function renderOperand(node: SyntaxNode): string {
  return isJoined(node) ? `(${renderFilter(node)})` : renderFilter(node);
}

function qualifierWords({ protocol, direction, type }: Qualifiers): string[] {
  return [protocol, direction, type].filter((word) => word !== null);
}

function renderId(id: Id): string {
  switch (id.kind) {
    case 'number':
      return String(id.value);
    case 'name':
      return `\\${id.text}`;
    case 'mac':
      return id.text;
    default: {
      if (id.mask !== null) return `${id.text} mask ${id.mask}`;
      return id.prefixLen === null ? id.text : `${id.text}/${id.prefixLen}`;
    }
  }
}

function renderArithmetic(value: Arithmetic): string {
  switch (value.kind) {
    case 'number':
      return String(value.value);
    case 'len':
      return 'len';
    case 'negate':
      return `-(${renderArithmetic(value.operand)})`;
    case 'load': {
      const index = renderArithmetic(value.index);
      return `${value.protocol}[${value.size === 1 ? index : `${index}:${value.size}`}]`;
    }
    case 'operation':
      return `(${renderArithmetic(value.left)} ${value.operator} ${renderArithmetic(value.right)})`;
  }
}

function renderArgument(argument: Argument): string {
  switch (argument.kind) {
    case 'name':
      return /^[A-Za-z][-\w]*$/.test(argument.text) ? argument.text : quoted(argument.text);
    case 'range':
      return argument.low === argument.high ? `${argument.low}` : `${argument.low}-${argument.high}`;
    case 'time':
      return `${argument.operator} ${quoted(argument.text)}`;
  }
}

/** No text holds both kinds of marks: it was written between two of one. */
function quoted(text: string): string {
  return text.includes('"') ? `'${text}'` : `"${text}"`;
}
