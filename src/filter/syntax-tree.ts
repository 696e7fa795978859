/**
 * What the parser makes of a text: the grammar's nodes, with positions, before names and qualifiers have a meaning.
 */
import type { Argument, FilterWord } from './vocabulary.js';

export type Direction = 'src' | 'dst' | 'src or dst' | 'src and dst';
export type IdType = 'host' | 'net' | 'port' | 'portrange' | 'proto' | 'protochain' | 'gateway';

/** What stands before an id; null where nothing was said. */
export interface Qualifiers {
  readonly protocol: string | null;
  readonly direction: Direction | null;
  readonly type: IdType | null;
}

export type Id =
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'name'; readonly text: string; readonly at: number }
  | { readonly kind: 'mac'; readonly text: string; readonly at: number }
  | {
      readonly kind: 'address4' | 'address6';
      readonly text: string;
      readonly at: number;
      readonly prefixLen: number | null;
      /** Dotted; IPv4 only. */
      readonly mask: string | null;
    };

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';

export type Arithmetic =
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'len'; readonly at: number }
  | { readonly kind: 'negate'; readonly operand: Arithmetic; readonly at: number }
  | {
      readonly kind: 'load';
      readonly protocol: string;
      readonly index: Arithmetic;
      readonly size: number;
      readonly sizeAt: number;
      readonly at: number;
    }
  | {
      readonly kind: 'operation';
      readonly operator: ArithmeticOperator;
      readonly left: Arithmetic;
      readonly right: Arithmetic;
      /** Of the operator. */
      readonly at: number;
    };

/** Control fields of IEEE 802.2, and what they are told by: bits of the byte under a mask. */
export const llcControl = {
  i: [0x00, 0x01],
  s: [0x01, 0x03],
  u: [0x03, 0x03],
  rr: [0x01, 0x0f],
  rnr: [0x05, 0x0f],
  rej: [0x09, 0x0f],
  ui: [0x03, 0xef],
  ua: [0x63, 0xef],
  disc: [0x43, 0xef],
  sabme: [0x6f, 0xef],
  test: [0xe3, 0xef],
  xid: [0xaf, 0xef],
  frmr: [0x87, 0xef],
} as const;
export type LlcType = keyof typeof llcControl;

export type RelationOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type SyntaxNode =
  | { readonly kind: 'and' | 'or'; readonly left: SyntaxNode; readonly right: SyntaxNode }
  | { readonly kind: 'not'; readonly operand: SyntaxNode }
  | { readonly kind: 'primitive'; readonly qualifiers: Qualifiers; readonly id: Id; readonly at: number }
  | { readonly kind: 'protocol'; readonly name: string; readonly at: number }
  | {
      readonly kind: 'relation';
      readonly operator: RelationOperator;
      readonly left: Arithmetic;
      readonly right: Arithmetic;
    }
  | {
      readonly kind: 'cast';
      readonly cast: 'broadcast' | 'multicast';
      readonly protocol: string | null;
      readonly at: number;
    }
  | { readonly kind: 'byte'; readonly operator: string; readonly index: number; readonly value: number }
  | { readonly kind: 'vlan'; readonly id: number | null; readonly at: number }
  | { readonly kind: 'bound'; readonly isOutbound: boolean; readonly at: number }
  | { readonly kind: 'interface'; readonly index: number; readonly at: number }
  /** One of our own words. */
  | { readonly kind: 'word'; readonly word: FilterWord; readonly argument: Argument; readonly at: number }
  | { readonly kind: 'pppoed'; readonly at: number }
  /** The type of its control field, or any. */
  | { readonly kind: 'llc'; readonly type: LlcType | null; readonly at: number };
