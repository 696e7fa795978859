/**
 * `--except`: frames that a check leaves out of its findings, as pcap-filter text. Asked about single frames, and only
 * of those that would be a finding.
 */
import { vocabulary } from '../analysis/filter-words.js';
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
    if ((this.#programs.get(linkType) ?? null) === null)
      this.#programs.set(linkType, this.#compile(linkType));
  }

  #compile(linkType: LinkType): BatchFilter {
    const isLogged = linkType === LinkType.nflog;
    try {
      const filter = toBatchFilter(compile(this.text, isLogged ? LinkType.raw : linkType));
      return isLogged ? filterOfLoggedPackets(filter) : filter;
    } catch (error) {
      if (error instanceof FilterError) refuseOwnWord(this.text, error.position);
      throw error;
    }
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

/** Verdicts, flows and numbers are of whole captures; a single frame has none. @throws FilterError for one of these words */
function refuseOwnWord(text: string, position: number): void {
  const words = [...text.matchAll(/[a-z]+/g)].filter(({ index }) => index <= position);
  const [word] = words.at(-1) ?? [''];
  if (!vocabulary.has(word)) return;
  const error = new FilterError(
    `loscope’s own words, as \`${word}\`, are not for --except`,
    words.at(-1)!.index,
    'pcap-filter’s',
  );
  error.text = text;
  throw error;
}
