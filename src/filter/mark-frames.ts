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
      case 'or': {
        const left = this.build(predicate.left);
        return joined(left, this.build(predicate.right), predicate.kind === 'and' ? Mark.yes : Mark.no);
      }
      case 'not':
        return inverted(this.build(predicate.operand));
      case 'marked':
        return predicate.marker;
      default:
        return this.#protochain(predicate as Extract<Predicate, { kind: 'protochain' }>);
    }
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

/** @param undecided the mark of the left side that leaves the answer to the right one */
function joined(left: Marker, right: Marker, undecided: number): Marker {
  let scratch = new Uint8Array(0);
  return (facts, marks) => {
    const { count } = facts.frames;
    if (scratch.length < count) scratch = new Uint8Array(count);
    left(facts, marks);
    right(facts, scratch);
    for (let i = 0; i < count; i++) if (marks[i] === undecided) marks[i] = scratch[i];
  };
}

function inverted(operand: Marker): Marker {
  return (facts, marks) => {
    operand(facts, marks);
    const { count } = facts.frames;
    for (let i = 0; i < count; i++) if (marks[i] !== Mark.refused) marks[i] = 1 - marks[i];
  };
}
