/**
 * Predicates to conditions on bytes of the frame. What is asked first matters, because a read behind the captured
 * bytes refuses the frame whatever else was asked: the order is libpcap's.
 *
 *     host A      (ip and (src or dst)) or (arp and …) or (rarp and …)
 *     port P      ip6: next header, then ports at 40; or ip: protocol, first fragment, then ports behind the header
 *     p[i]        true only where p is found; of an operation's two sides only the left one's protocol is asked for
 *     vlan        one of three tags, then the number; everything after it in the text lies four bytes further on
 */
import {
  all,
  always,
  any,
  type Condition,
  compareNumbers,
  not,
  type TestRelation,
  testOf,
} from './condition.js';
import { type Expression, Expressions } from './expression.js';
import { hasIsoProtocol, hasLinkProtocol, isLlc } from './generate-link.js';
import type { LinkLayer } from './link-layer.js';
import { IpProtocol } from './names.js';
import type { Predicate, Protocol, Value } from './predicate.js';
import { LinkProtocol } from './protocol-words.js';
import type { Direction } from './syntax-tree.js';

/** Offsets in the headers, RFC 791 and RFC 8200. */
const ipv4 = { fragment: 6, protocol: 9, src: 12, dst: 16 } as const;
const ipv6 = { nextHeader: 6, src: 8, dst: 24, len: 40 } as const;
/** RFC 826, for Ethernet and IPv4. */
const arp = { src: 14, dst: 24 } as const;
const ethernet = { dst: 0, src: 6 } as const;
const fragmentOffset = 0x1fff;
const tagProtocols = [0x8100, 0x88a8, 0x9100];
const vlanMask = 0xfff;
const tagLen = 4;
const allOnes = 0xffffffff;

/** A value, and what has to hold before it can be read. */
interface Read {
  readonly value: Expression;
  readonly when: readonly Condition[];
}

/** Works through one filter, from left to right. */
export class Generator {
  readonly expressions = new Expressions();

  /** @param tagsLen bytes of the VLAN tags asked for so far */
  constructor(
    readonly layer: LinkLayer,
    public tagsLen = 0,
  ) {}

  generate(predicate: Predicate): Condition {
    switch (predicate.kind) {
      case 'and':
      case 'or': {
        const left = this.generate(predicate.left);
        return { kind: predicate.kind, left, right: this.generate(predicate.right) };
      }
      case 'not':
        return not(this.generate(predicate.operand));
      case 'protocol':
        return this.protocol(predicate.protocol);
      case 'address4':
        return this.address4(predicate);
      case 'address6':
        return this.address6(predicate);
      case 'mac':
        return this.ends(predicate.direction, ethernet, (offset) => this.mac(offset, predicate.address));
      case 'port':
        return this.port(predicate);
      case 'relation':
        return this.relation(predicate);
      case 'multicast':
        return this.multicast(predicate.layer);
      case 'broadcast':
        // Without a netmask at hand both forms are of all 32 bits.
        return all([
          this.link(LinkProtocol.ip),
          any([0, allOnes].map((address) => this.network(ipv4.dst, 4, '=', address))),
        ]);
      case 'vlan':
        return this.vlan(predicate.id);
      case 'llc':
        return isLlc(this, predicate.type);
      case 'marked':
      case 'protochain':
        throw new TypeError(`${predicate.kind} is no condition on bytes`);
    }
  }

  /** Where the protocol stands, behind the tags asked for so far. */
  get protocolOffset(): number {
    return this.layer.protocolOffset + this.tagsLen;
  }

  private get networkOffset(): number {
    return this.layer.headerLen + this.tagsLen;
  }

  /** Compares bytes of the frame, some of their bits if there is a mask. */
  test(offset: number, size: 1 | 2 | 4, relation: TestRelation, value: number, mask = allOnes): Condition {
    const { expressions } = this;
    if (mask === 0) return always;
    const read = expressions.load(null, offset, size);
    const left = mask === allOnes ? read : expressions.operation('&', read, expressions.constant(mask), 0);
    return testOf(expressions, left, relation, expressions.constant(value));
  }

  /** The same, behind the link header. */
  network(offset: number, size: 1 | 2 | 4, relation: TestRelation, value: number, mask = allOnes): Condition {
    return this.test(this.networkOffset + offset, size, relation, value, mask);
  }

  private link(number: number): Condition {
    return hasLinkProtocol(this, number);
  }

  private protocol(protocol: Protocol): Condition {
    const { number } = protocol;
    switch (protocol.in) {
      case 'link':
        return this.link(number);
      case 'ip':
        return all([this.link(LinkProtocol.ip), this.network(ipv4.protocol, 1, '=', number)]);
      case 'ip6': {
        // Also behind a fragment header, but behind no other.
        const behindFragment = all([
          this.network(ipv6.nextHeader, 1, '=', IpProtocol.ipv6Fragment),
          this.network(ipv6.len, 1, '=', number),
        ]);
        const next = this.network(ipv6.nextHeader, 1, '=', number);
        return all([this.link(LinkProtocol.ip6), any([next, behindFragment])]);
      }
      case 'either':
        return any([this.protocol({ in: 'ip', number }), this.protocol({ in: 'ip6', number })]);
      case 'iso':
        return hasIsoProtocol(this, number);
    }
  }

  /** A condition on the source, the destination, one of them or both. */
  private ends(
    direction: Direction,
    at: { src: number; dst: number },
    test: (offset: number) => Condition,
  ): Condition {
    if (direction === 'src' || direction === 'dst') return test(at[direction]);
    const both = [test(at.src), test(at.dst)];
    return direction === 'src or dst' ? any(both) : all(both);
  }

  private address4({
    protocols,
    direction,
    address,
    mask,
  }: Extract<Predicate, { kind: 'address4' }>): Condition {
    return any(
      protocols.map((protocol) => {
        const at = protocol === 'ip' ? ipv4 : arp;
        const here = (offset: number): Condition => this.network(offset, 4, '=', address, mask);
        return all([this.link(LinkProtocol[protocol]), this.ends(direction, at, here)]);
      }),
    );
  }

  private address6({ direction, address, mask }: Extract<Predicate, { kind: 'address6' }>): Condition {
    const here = (offset: number): Condition =>
      all(address.map((word, i) => this.network(offset + 4 * i, 4, '=', word, mask[i])));
    return all([this.link(LinkProtocol.ip6), this.ends(direction, ipv6, here)]);
  }

  /** The last four bytes first: they differ more often. */
  private mac(offset: number, address: readonly number[]): Condition {
    const [a, b, ...rest] = address;
    const tail = rest.reduce((value, byte) => value * 256 + byte, 0);
    return all([this.test(offset + 2, 4, '=', tail), this.test(offset, 2, '=', a * 256 + b)]);
  }

  private isFirstFragment(): Condition {
    const { expressions } = this;
    const read = expressions.load(null, this.networkOffset + ipv4.fragment, 2);
    return not(testOf(expressions, read, 'set', expressions.constant(fragmentOffset)));
  }

  private port({
    protocols,
    direction,
    low,
    high,
    isRange,
  }: Extract<Predicate, { kind: 'port' }>): Condition {
    const { expressions, networkOffset } = this;
    const inRange = (read: Expression): Condition => {
      const compare = (relation: TestRelation, value: number): Condition =>
        testOf(expressions, read, relation, expressions.constant(value));
      return isRange ? all([compare('>=', low), not(compare('>', high))]) : compare('=', low);
    };
    const at = { src: 0, dst: 2 };
    const ports6 = this.ends(direction, at, (offset) =>
      inRange(expressions.load(null, networkOffset + ipv6.len + offset, 2)),
    );
    const header = expressions.header(networkOffset);
    const ports4 = this.ends(direction, at, (offset) =>
      inRange(expressions.load(header, networkOffset + offset, 2)),
    );
    const each = (test: (protocol: number) => Condition): Condition => any(protocols.map(test));
    const in6 = each((protocol) => all([this.network(ipv6.nextHeader, 1, '=', protocol), ports6]));
    const in4 = each((protocol) =>
      all([this.network(ipv4.protocol, 1, '=', protocol), this.isFirstFragment(), ports4]),
    );
    return any([all([this.link(LinkProtocol.ip6), in6]), all([this.link(LinkProtocol.ip), in4])]);
  }

  private multicast(layer: 'link' | 'ip' | 'ip6'): Condition {
    if (layer === 'ip') return all([this.link(LinkProtocol.ip), this.network(ipv4.dst, 1, '>=', 224)]);
    if (layer === 'ip6') return all([this.link(LinkProtocol.ip6), this.network(ipv6.dst, 1, '=', 0xff)]);
    const { expressions } = this;
    return testOf(expressions, expressions.load(null, ethernet.dst, 1), 'set', expressions.constant(1));
  }

  private vlan(id: number | null): Condition {
    const tagged = any(tagProtocols.map((protocol) => this.test(this.protocolOffset, 2, '=', protocol)));
    const numbered = id === null ? [] : [this.network(0, 2, '=', id, vlanMask)];
    this.tagsLen += tagLen;
    return all([tagged, ...numbered]);
  }

  private relation({ operator, left, right }: Extract<Predicate, { kind: 'relation' }>): Condition {
    if (left.kind === 'number' && right.kind === 'number')
      return compareNumbers(operator, left.value, right.value);
    const a = this.read(left);
    const b = this.read(right);
    const relations = { '=': '=', '!=': '=', '>': '>', '<=': '>', '>=': '>=', '<': '>=' } as const;
    const holds = testOf(this.expressions, a.value, relations[operator], b.value);
    const isReversed = operator === '!=' || operator === '<' || operator === '<=';
    return all([...a.when, ...b.when, isReversed ? not(holds) : holds]);
  }

  private read(value: Value): Read {
    const { expressions } = this;
    switch (value.kind) {
      case 'number':
        return { value: expressions.constant(value.value), when: [] };
      case 'len':
        return { value: expressions.length(), when: [] };
      case 'negate': {
        const { value: operand, when } = this.read(value.operand);
        return { value: expressions.negate(operand), when };
      }
      case 'operation': {
        const left = this.read(value.left);
        const right = this.read(value.right);
        return {
          value: expressions.operation(value.operator, left.value, right.value, value.at),
          when: left.when,
        };
      }
      case 'load':
        return this.readBytes(value);
    }
  }

  private readBytes({ origin, index, size }: Extract<Value, { kind: 'load' }>): Read {
    const { expressions, networkOffset } = this;
    const { value, when } = this.read(index);
    switch (origin.from) {
      case 'link':
        return { value: expressions.load(value, 0, size), when };
      case 'network':
        return {
          value: expressions.load(value, networkOffset, size),
          when: [...when, this.link(origin.linkProtocol)],
        };
      case 'icmp6': {
        const isIcmp6 = this.network(ipv6.nextHeader, 1, '=', IpProtocol.icmp6);
        return {
          value: expressions.load(value, networkOffset + ipv6.len, size),
          when: [this.link(LinkProtocol.ip6), ...when, isIcmp6],
        };
      }
      case 'transport': {
        const base = expressions.operation('+', value, expressions.header(networkOffset), 0);
        return {
          value: expressions.load(base, networkOffset, size),
          when: [this.link(LinkProtocol.ip), ...when, this.protocol(origin.protocol), this.isFirstFragment()],
        };
      }
    }
  }
}
