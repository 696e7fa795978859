/**
 * A filter over batches: what is not selected is taken out of the columns, in place. Each link type has its own
 * program, compiled when its first batch comes.
 *
 *     offset  [ 0 | 80 | 160 | 240 ]   frames 1 and 3 selected   →   [ 0 | 160 ]   numbers  [ 1 | 3 ]
 */
import type { FrameBatch } from '../capture/frame-batch.js';
import { LinkType } from '../capture/link-type.js';
import { compileTree, parseFilter } from './compile.js';
import { FilterError } from './filter-error.js';
import { filterLoggedPackets } from './logged-packets.js';
import type { SyntaxNode } from './syntax-tree.js';
import { type BatchFilter, toBatchFilter } from './to-javascript.js';

export class FrameFilter {
  readonly #tree: SyntaxNode | null;
  readonly #programs = new Map<LinkType, BatchFilter>();
  #selected = new Uint32Array(0);
  #seen = 0;
  /** Of the frames left in the last batch: their numbers among all frames, from 1. */
  numbers = new Float64Array(0);

  /** @throws FilterError, with the text */
  constructor(readonly text: string) {
    this.#tree = this.#explain(() => parseFilter(text));
  }

  /**
   * Leaves the selected frames in the batch.
   * @throws FilterError where the link type has nothing for what is asked
   */
  apply(batch: FrameBatch): void {
    const { count } = batch;
    if (this.#selected.length < count) {
      this.#selected = new Uint32Array(count);
      this.numbers = new Float64Array(count);
    }
    const selected = this.#programOf(batch.linkType)(batch, this.#selected);
    compact(batch, this.#selected, selected);
    for (let k = 0; k < selected; k++) this.numbers[k] = this.#seen + this.#selected[k] + 1;
    this.#seen += count;
    batch.count = selected;
  }

  /** Compiles for a link type before its first batch. @throws FilterError */
  prepare(linkType: LinkType): void {
    this.#programOf(linkType);
  }

  #programOf(linkType: LinkType): BatchFilter {
    let program = this.#programs.get(linkType);
    if (program === undefined) {
      program = this.#explain(() => this.#compile(linkType));
      this.#programs.set(linkType, program);
    }
    return program;
  }

  #compile(linkType: LinkType): BatchFilter {
    if (linkType !== LinkType.nflog) return toBatchFilter(compileTree(this.#tree, linkType));
    return filterLoggedPackets(toBatchFilter(compileTree(this.#tree, LinkType.raw)));
  }

  #explain<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      if (error instanceof FilterError) error.text = this.text;
      throw error;
    }
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
