/**
 * What the checker makes of a syntax tree: the same shape, with every name a number and only what a link type has.
 */
import type { Direction, LlcType, RelationOperator } from './syntax-tree.js';
import type { Marker } from './vocabulary.js';

export type Predicate =
  | { readonly kind: 'and' | 'or'; readonly left: Predicate; readonly right: Predicate }
  | { readonly kind: 'not'; readonly operand: Predicate }
  | { readonly kind: 'protocol'; readonly protocol: Protocol }
  | {
      readonly kind: 'address4';
      readonly protocols: readonly ('ip' | 'arp' | 'rarp')[];
      readonly direction: Direction;
      readonly address: number;
      readonly mask: number;
    }
  | {
      readonly kind: 'address6';
      readonly direction: Direction;
      /** Four words, network order. */
      readonly address: readonly number[];
      readonly mask: readonly number[];
    }
  | { readonly kind: 'mac'; readonly direction: Direction; readonly address: readonly number[] }
  | {
      readonly kind: 'port';
      /** IP protocols, in the order in which they are looked for. */
      readonly protocols: readonly number[];
      readonly direction: Direction;
      readonly low: number;
      readonly high: number;
      readonly isRange: boolean;
    }
  | {
      readonly kind: 'relation';
      readonly operator: RelationOperator;
      readonly left: Value;
      readonly right: Value;
    }
  | { readonly kind: 'multicast'; readonly layer: 'link' | 'ip' | 'ip6' }
  | { readonly kind: 'broadcast' }
  | { readonly kind: 'vlan'; readonly id: number | null }
  | { readonly kind: 'llc'; readonly type: LlcType | null }
  | Beyond;

/** What no BPF program decides. */
export type Beyond =
  | {
      readonly kind: 'marked';
      readonly marker: Marker;
      /** Why BPF cannot, for where only BPF will do; and of what in the text. */
      readonly why: string;
      readonly at: number;
    }
  | {
      readonly kind: 'protochain';
      readonly within: readonly ('ip' | 'ip6')[];
      readonly number: number;
      readonly why: string;
      readonly at: number;
    };

/** A protocol, and the header that names it. */
export type Protocol =
  | { readonly in: 'link'; readonly number: number }
  | { readonly in: 'ip' | 'ip6' | 'either' | 'iso'; readonly number: number };

/** Headers that bytes are counted from. */
export type Origin =
  | { readonly from: 'link' }
  /** Behind the link header, in frames of this link protocol. */
  | { readonly from: 'network'; readonly linkProtocol: number }
  /** Behind an IPv4 header, in first fragments. */
  | { readonly from: 'transport'; readonly protocol: Protocol }
  | { readonly from: 'icmp6' };

export type Value =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'len' }
  | { readonly kind: 'negate'; readonly operand: Value; readonly at: number }
  | {
      readonly kind: 'load';
      readonly origin: Origin;
      readonly index: Value;
      readonly size: 1 | 2 | 4;
    }
  | {
      readonly kind: 'operation';
      readonly operator: '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';
      readonly left: Value;
      readonly right: Value;
      readonly at: number;
    };
