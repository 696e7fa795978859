/**
 * A filter over batches: what is not selected is taken out of the columns, in place. Each link type has its own
 * program, compiled when its first batch comes. Words about verdicts need these beside the batch.
 *
 *     offset  [ 0 | 80 | 160 | 240 ]   frames 1 and 3 selected   →   [ 0 | 160 ]   numbers  [ 1 | 3 ]
 */
import type { FrameBatch } from '../capture/frame-batch.js';
import type { LinkType } from '../capture/link-type.js';
import { explained, parseFilter, type Selection, selectionOf } from './compile.js';
import { someNode } from './split.js';
import type { SyntaxNode } from './syntax-tree.js';
import { type Asks, Mark, type PacketFacts, type Verdicts, type Vocabulary } from './vocabulary.js';

/** Where a batch comes from. */
export interface BatchOrigin {
  readonly interfaceNames: readonly string[];
  readonly interfaceIndex: number;
}

export class FrameFilter {
  readonly #tree: SyntaxNode | null;
  readonly #selections = new Map<LinkType, Selection>();
  #marks = new Uint8Array(0);
  #seen = 0;
  #left = Number.POSITIVE_INFINITY;
  /** Of the frames left in the last batch: their places in it before, in order. */
  selected = new Uint32Array(0);
  /** Of the same: their numbers among all frames, from 1. */
  numbers = new Float64Array(0);

  /** @throws FilterError, with the text */
  constructor(
    readonly text: string,
    vocabulary: Vocabulary,
  ) {
    this.#tree = explained(text, () => parseFilter(text, vocabulary));
  }

  /** Does a word of it ask for this? */
  asks(...what: readonly Asks[]): boolean {
    const isAsking = (node: SyntaxNode): boolean => node.kind === 'word' && what.includes(node.word.asks);
    return this.#tree !== null && someNode(this.#tree, isAsking);
  }

  /** Begins again with frame 1. */
  clear(): void {
    this.#seen = 0;
  }

  /** Leaves no more than so many frames from now on. */
  limit(frames: number): void {
    this.#left = frames;
  }

  /** It needs verdicts: the frames have to go through the stages first. */
  get isOfPackets(): boolean {
    return this.asks('verdict', 'flow', 'state');
  }

  /**
   * Leaves the selected frames in the batch.
   * @throws FilterError where the link type has nothing for what is asked
   */
  apply(batch: FrameBatch, origin: BatchOrigin, verdicts: Verdicts | null = null): void {
    const { count } = batch;
    if (this.selected.length < count) {
      this.selected = new Uint32Array(count);
      this.numbers = new Float64Array(count);
    }
    const firstNumber = this.#seen + 1;
    const found = this.select({ frames: batch, ...origin, firstNumber, verdicts }, this.selected);
    const selected = Math.min(found, this.#left);
    compact(batch, this.selected, selected);
    for (let k = 0; k < selected; k++) this.numbers[k] = firstNumber + this.selected[k];
    this.#seen += count;
    this.#left -= selected;
    batch.count = selected;
  }

  /**
   * Writes the places of the selected frames to `selected`, in order.
   * @returns how many
   */
  select(facts: PacketFacts, selected: Uint32Array): number {
    const selection = this.#selectionOf(facts.frames.linkType);
    if ('filter' in selection) return selection.filter(facts.frames, selected);
    const { count } = facts.frames;
    if (this.#marks.length < count) this.#marks = new Uint8Array(count);
    const marks = this.#marks;
    selection.marker(facts, marks);
    let found = 0;
    for (let i = 0; i < count; i++) if (marks[i] === Mark.yes) selected[found++] = i;
    return found;
  }

  /** Compiles for a link type before its first batch. @throws FilterError */
  prepare(linkType: LinkType): void {
    this.#selectionOf(linkType);
  }

  #selectionOf(linkType: LinkType): Selection {
    let selection = this.#selections.get(linkType);
    if (selection === undefined) {
      selection = explained(this.text, () => selectionOf(this.#tree, linkType));
      this.#selections.set(linkType, selection);
    }
    return selection;
  }
}

/** @param selected indices of what stays, in order */
function compact(batch: FrameBatch, selected: Uint32Array, count: number): void {
  if (count === batch.count) return;
  const { offset, capLen, origLen, tsWords, direction, flags, position } = batch;
  for (let k = 0; k < count; k++) {
    const i = selected[k];
    if (i === k) continue;
    offset[k] = offset[i];
    capLen[k] = capLen[i];
    origLen[k] = origLen[i];
    tsWords[2 * k] = tsWords[2 * i];
    tsWords[2 * k + 1] = tsWords[2 * i + 1];
    direction[k] = direction[i];
    flags[k] = flags[i];
    position[k] = position[i];
  }
}
