/**
 * A view's filter text, asked of frames that are kept: which match, a bit each, and the flows that they belong to. Frames
 * are looked at once, in their order, because a flow's state is made of what passed before.
 *
 *     block of 16,384 frames → 2 KiB of bits        blocks whose frames are gone are forgotten
 */
import { decode } from '../decode/decode.js';
import { PacketBatch } from '../decode/packet-batch.js';
import { type BatchOrigin, FrameFilter } from '../filter/frame-filter.js';
import type { Verdicts } from '../filter/vocabulary.js';
import { FlowTable } from '../flow/flow-table.js';
import { vocabulary } from './filter-words.js';
import type { FrameKeeper, StoredFrame } from './frame-keeper.js';
import { stateOf } from './packet-selection.js';

export const matcherBlockFrames = 16384;

/** Where a kept frame comes from. */
export type OriginOf = (source: number, interfaceId: number) => BatchOrigin;

export class TextMatcher {
  readonly #filter: FrameFilter;
  readonly #bits = new Map<number, Uint8Array>();
  /** Ids of flows with a frame that matched. */
  readonly flows = new Set<number>();
  readonly #asksPacket: boolean;
  /** Made anew by the frames looked at; null where no word asks for states. */
  readonly #states: FlowTable | null;
  readonly #single = new PacketBatch(1);
  readonly #selected = new Uint32Array(1);
  readonly #flowId = new Uint32Array(1);
  readonly #verdicts: Verdicts = {
    locality: new Uint8Array(1),
    evidence: new Uint8Array(1),
    stop: this.#single.stop,
    flowId: new Uint32Array(1),
    flowState: new Uint8Array(1),
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

  /** Looks at frames `from` to `to`; those that are not held do not match. */
  look(from: number, to: number): void {
    for (let number = Math.max(from, this.store.first); number <= to; number++) {
      const stored = this.store.get(number);
      if (stored !== null && this.#matches(number, stored)) this.#note(number, stored.flow);
    }
    this.#forget();
  }

  isMatch(number: number): boolean {
    const at = number - 1;
    const bits = this.#bits.get(Math.floor(at / matcherBlockFrames));
    return bits !== undefined && (bits[(at % matcherBlockFrames) >> 3] & (1 << (at & 7))) !== 0;
  }

  #note(number: number, flow: number): void {
    if (flow !== 0) this.flows.add(flow);
    const at = number - 1;
    const block = Math.floor(at / matcherBlockFrames);
    let bits = this.#bits.get(block);
    if (bits === undefined) {
      bits = new Uint8Array(matcherBlockFrames / 8);
      this.#bits.set(block, bits);
    }
    bits[(at % matcherBlockFrames) >> 3] |= 1 << (at & 7);
  }

  /** A frame whose bytes are lost matches nothing. */
  #matches(number: number, { frame, source, interfaceId, locality, evidence, flow }: StoredFrame): boolean {
    if (frame === null) return false;
    const { flowState } = this.#verdicts;
    const verdicts = this.#verdicts;
    verdicts.locality[0] = locality;
    verdicts.evidence[0] = evidence;
    verdicts.flowId[0] = flow;
    if (this.#asksPacket) decode(frame, this.#single);
    if (this.#states !== null) {
      this.#states.add(this.#single, verdicts.locality, this.#flowId);
      flowState[0] = this.#flowId[0] === 0 ? 0 : stateOf(this.#states, this.#flowId[0]);
    }
    const facts = { frames: frame, ...this.originOf(source, interfaceId), firstNumber: number, verdicts };
    return this.#filter.select(facts, this.#selected) === 1;
  }

  #forget(): void {
    const oldest = Math.floor((this.store.first - 1) / matcherBlockFrames);
    for (const block of this.#bits.keys()) {
      if (block >= oldest) return;
      this.#bits.delete(block);
    }
  }
}
