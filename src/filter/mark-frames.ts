/**
 * Predicates that BPF alone does not decide, as one marker over a batch. The largest parts that BPF decides become a
 * program each; the rest are markers of their own; `and`, `or`, `not` put the marks together. A frame that is cut where
 * a part asks is refused, unless the parts before it have decided: as one program would have it.
 *
 *     tcp port 80 and (locality leak or udp)         [ program ] and ( [ marker ] or [ program ] )
 */
import type { Condition } from './condition.js';
import { Generator } from './generate.js';
import type { LinkLayer } from './link-layer.js';
import type { Predicate } from './predicate.js';
import { programOf } from './program.js';
import { markProtochain } from './protochain.js';
import { LinkProtocol } from './protocol-words.js';
import { toBatchMarker } from './to-javascript.js';
import { Mark, type Marker } from './vocabulary.js';

/** The first part of a predicate that no BPF program decides; null where one decides it all. */
export function beyondBpf(
  predicate: Predicate,
): Extract<Predicate, { kind: 'marked' | 'protochain' }> | null {
  switch (predicate.kind) {
    case 'and':
    case 'or':
      return beyondBpf(predicate.left) ?? beyondBpf(predicate.right);
    case 'not':
      return beyondBpf(predicate.operand);
    case 'marked':
    case 'protochain':
      return predicate;
    default:
      return null;
  }
}

export function markerOf(predicate: Predicate, layer: LinkLayer): Marker {
  return new MarkerBuilder(layer).build(predicate);
}

/** Works through one filter from left to right: VLAN tags asked for in one part shift what later parts ask for. */
class MarkerBuilder {
  #tagsLen = 0;

  constructor(readonly layer: LinkLayer) {}

  build(predicate: Predicate): Marker {
    if (beyondBpf(predicate) === null) return this.#program((generator) => generator.generate(predicate));
    switch (predicate.kind) {
      case 'and':
      case 'or':
        return this.#chain(predicate);
      case 'not':
        return inverted(this.build(predicate.operand));
      case 'marked':
        return predicate.marker;
      default:
        return this.#protochain(predicate as Extract<Predicate, { kind: 'protochain' }>);
    }
  }

  /** A chain of one kind may be joined in any grouping: neighbours that BPF decides go into one program. */
  #chain({ kind, left, right }: Extract<Predicate, { kind: 'and' | 'or' }>): Marker {
    const parts: Predicate[] = [];
    for (const operand of [...operandsOf(left, kind), ...operandsOf(right, kind)]) {
      const last = parts.at(-1);
      const isJoinable = last !== undefined && beyondBpf(last) === null && beyondBpf(operand) === null;
      if (isJoinable) parts[parts.length - 1] = { kind, left: last, right: operand };
      else parts.push(operand);
    }
    const undecided = kind === 'and' ? Mark.yes : Mark.no;
    return parts.map((part) => this.build(part)).reduce((one, other) => joined(one, other, undecided));
  }

  #program(conditionOf: (generator: Generator) => Condition): Marker {
    const generator = new Generator(this.layer, this.#tagsLen);
    const program = programOf(conditionOf(generator));
    this.#tagsLen = generator.tagsLen;
    return toBatchMarker(program);
  }

  #protochain({ within, number }: Extract<Predicate, { kind: 'protochain' }>): Marker {
    const networkOffset = this.layer.headerLen + this.#tagsLen;
    return within
      .map((version): Marker => {
        const isVersion = this.build({
          kind: 'protocol',
          protocol: { in: 'link', number: LinkProtocol[version] },
        });
        return joined(isVersion, markProtochain(version, networkOffset, number), Mark.yes);
      })
      .reduce((left, right) => joined(left, right, Mark.no));
  }
}

function operandsOf(predicate: Predicate, kind: 'and' | 'or'): Predicate[] {
  const operands: Predicate[] = [];
  let rest = predicate;
  while (rest.kind === kind) {
    operands.unshift(rest.right);
    rest = rest.left;
  }
  operands.unshift(rest);
  return operands;
}

/** @param undecided the mark of the left side that leaves the answer to the right one */
function joined(left: Marker, right: Marker, undecided: number): Marker {
  let scratch = new Uint8Array(0);
  return (facts, marks) => {
    const { count } = facts.frames;
    if (scratch.length < count) scratch = new Uint8Array(count);
    left(facts, marks);
    if (!isIn(marks, undecided, count)) return;
    right(facts, scratch);
    for (let i = 0; i < count; i++) if (marks[i] === undecided) marks[i] = scratch[i];
  };
}

function isIn(marks: Uint8Array, mark: number, count: number): boolean {
  const place = marks.indexOf(mark);
  return place >= 0 && place < count;
}

function inverted(operand: Marker): Marker {
  return (facts, marks) => {
    operand(facts, marks);
    const { count } = facts.frames;
    for (let i = 0; i < count; i++) if (marks[i] !== Mark.refused) marks[i] = 1 - marks[i];
  };
}
