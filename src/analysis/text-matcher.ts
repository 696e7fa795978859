/**
 * A view's filter text, asked of frames that are kept: which match, a bit each. Frames are looked at once, in their order,
 * because a flow's state is made of what passed before.
 *
 *     block of 16,384 frames → 2 KiB of bits        blocks whose frames are gone are forgotten
 */
import { batchCapacity } from '../capture/frame-batch.js';
import { evidenceOf, localityOf } from '../classify/locality.js';
import { decode } from '../decode/decode.js';
import { PacketBatch } from '../decode/packet-batch.js';
import { FilterError } from '../filter/filter-error.js';
import { type BatchOrigin, FrameFilter } from '../filter/frame-filter.js';
import type { PacketFacts } from '../filter/vocabulary.js';
import { FlowTable } from '../flow/flow-table.js';
import { vocabulary } from './filter-words.js';
import type { FrameKeeper, StoredRun } from './frame-keeper.js';
import { trackStates } from './packet-selection.js';

export const matcherBlockFrames = 16384;

/** Where a kept frame comes from. */
export type OriginOf = (source: number, interfaceId: number) => BatchOrigin;

export class TextMatcher {
  readonly #filter: FrameFilter;
  readonly #bits = new Map<number, Uint8Array>();
  readonly #asksPacket: boolean;
  /** Made anew by the frames looked at; null where no word asks for states. */
  readonly #states: FlowTable | null;
  readonly #packets = new PacketBatch(batchCapacity);
  readonly #places = new Uint32Array(batchCapacity);
  /** Link types that the filter cannot ask. */
  readonly #unasked = new Set<number>();
  readonly #ownFlowId = new Uint32Array(batchCapacity);
  readonly #verdicts = {
    locality: new Uint8Array(batchCapacity),
    evidence: new Uint8Array(batchCapacity),
    stop: this.#packets.stop,
    flowId: new Uint32Array(batchCapacity),
    flowState: new Uint8Array(batchCapacity),
  };

  /** @throws FilterError */
  constructor(
    text: string,
    readonly store: FrameKeeper,
    readonly originOf: OriginOf,
  ) {
    this.#filter = new FrameFilter(text, vocabulary);
    this.#asksPacket = this.#filter.asks('verdict', 'state');
    this.#states = this.#filter.asks('state') ? new FlowTable() : null;
  }

  /**
   * Looks at frames from `number` on, at most up to `last`; those that are not held do not match.
   * @returns the last one that was looked at
   */
  look(number: number, last: number): number {
    this.#forget();
    const first = Math.max(number, this.store.first);
    if (first > last) return last;
    const run = this.store.runAt(first, Math.min(last - first + 1, batchCapacity));
    if (run === null) return last;
    this.#lookAt(first, run);
    return first + run.count - 1;
  }

  isMatch(number: number): boolean {
    const at = number - 1;
    const bits = this.#bits.get(Math.floor(at / matcherBlockFrames));
    return bits !== undefined && (bits[(at % matcherBlockFrames) >> 3] & (1 << (at & 7))) !== 0;
  }

  /** Frames whose bytes are lost match nothing. */
  #lookAt(firstNumber: number, { frames, source, interfaceId, slab, at, count }: StoredRun): void {
    if (frames === null) return;
    const verdicts = this.#verdicts;
    verdicts.flowId.set(slab.flow.subarray(at, at + count));
    if (this.#asksPacket) {
      for (let i = 0; i < count; i++) {
        verdicts.locality[i] = localityOf(slab.verdict[at + i]);
        verdicts.evidence[i] = evidenceOf(slab.verdict[at + i]);
      }
      decode(frames, this.#packets, 0, count);
    }
    if (this.#states !== null)
      trackStates(this.#states, this.#packets, verdicts.locality, this.#ownFlowId, verdicts.flowState);
    const facts = { frames, ...this.originOf(source, interfaceId), firstNumber, verdicts };
    const found = this.#selected(facts);
    for (let k = 0; k < found; k++) this.#note(firstNumber + this.#places[k]);
  }

  /** @returns how many; none of a link type that has nothing for what is asked */
  #selected(facts: PacketFacts): number {
    const { linkType } = facts.frames;
    if (this.#unasked.has(linkType)) return 0;
    try {
      return this.#filter.select(facts, this.#places);
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      this.#unasked.add(linkType);
      return 0;
    }
  }

  #note(number: number): void {
    const at = number - 1;
    const block = Math.floor(at / matcherBlockFrames);
    let bits = this.#bits.get(block);
    if (bits === undefined) {
      bits = new Uint8Array(matcherBlockFrames / 8);
      this.#bits.set(block, bits);
    }
    bits[(at % matcherBlockFrames) >> 3] |= 1 << (at & 7);
  }

  #forget(): void {
    const oldest = Math.floor((this.store.first - 1) / matcherBlockFrames);
    for (const block of this.#bits.keys()) {
      if (block >= oldest) return;
      this.#bits.delete(block);
    }
  }
}
