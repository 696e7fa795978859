/**
 * `--except`: frames that a check leaves out of its findings, as pcap-filter text. Asked about single frames, and only
 * of those that would be a finding.
 */
import { type FrameBatch, FrameBatchBuffer } from '../capture/frame-batch.js';
import { LinkType } from '../capture/link-type.js';
import { compile } from '../filter/compile.js';
import { FilterError } from '../filter/filter-error.js';
import { filterOfLoggedPackets } from '../filter/logged-packets.js';
import { type BatchFilter, toBatchFilter } from '../filter/to-javascript.js';

export class Except {
  readonly #programs = new Map<LinkType, BatchFilter | null>();
  readonly #one = new FrameBatchBuffer(1);
  readonly #selected = new Uint32Array(1);

  constructor(readonly text: string) {}

  /** Compiles it for a link type. @throws FilterError where that has nothing for what is asked */
  prepare(linkType: LinkType): void {
    if ((this.#programs.get(linkType) ?? null) !== null) return;
    const isLogged = linkType === LinkType.nflog;
    const filter = toBatchFilter(compile(this.text, isLogged ? LinkType.raw : linkType));
    this.#programs.set(linkType, isLogged ? filterOfLoggedPackets(filter) : filter);
  }

  /** Is frame i to be left out? */
  has(batch: FrameBatch, i: number): boolean {
    const program = this.#programOf(batch.linkType);
    if (program === null) return false;
    const one = this.#one;
    one.rebind(batch.bytes, batch.view, batch.interfaceId, batch.linkType);
    one.offset[0] = batch.offset[i];
    one.capLen[0] = batch.capLen[i];
    one.origLen[0] = batch.origLen[i];
    one.count = 1;
    return program(one, this.#selected) === 1;
  }

  /** null for a link type that has nothing for what is asked: of its frames, none is left out. */
  #programOf(linkType: LinkType): BatchFilter | null {
    const known = this.#programs.get(linkType);
    if (known !== undefined) return known;
    try {
      this.prepare(linkType);
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      this.#programs.set(linkType, null);
    }
    return this.#programs.get(linkType) ?? null;
  }
}
