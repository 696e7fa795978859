/**
 * One host as a capture shows it: its own addresses, what judges by them, and the programs that look for suspects.
 */
import { acceptAll } from '../capture/bpf.js';
import { LinkType } from '../capture/link-type.js';
import { Classifier } from '../classify/classify.js';
import { FilterError } from '../filter/filter-error.js';
import { type BatchFilter, toBatchFilter } from '../filter/to-javascript.js';
import { HostLookup } from '../host/host-lookup.js';
import type { HostModel } from '../host/host-model.js';
import { suspectProgram } from './suspect-filter.js';

/**
 * Link types of which every frame is looked at. What was logged: no program finds the packet behind attributes of any
 * length, or knows that the rule which logged it has cut it. Raw IP: a frame of another version cannot be decoded, which
 * the program does not ask, since live such a link, a tunnel, may carry other protocols.
 */
const wholly: readonly LinkType[] = [LinkType.nflog, LinkType.raw, LinkType.rawDlt, LinkType.rawDltOpenbsd];
const everyFrame = toBatchFilter(acceptAll(1));

export class CapturedHost {
  readonly classifier: Classifier;
  readonly #programs = new Map<LinkType, BatchFilter | null>();

  constructor(readonly model: HostModel) {
    this.classifier = new Classifier(new HostLookup(model));
  }

  /** Are own addresses given or recorded? */
  get isKnown(): boolean {
    return this.model.origin !== 'empty';
  }

  /** @returns null for a link type that is not decoded here */
  programOf(linkType: LinkType): BatchFilter | null {
    if (wholly.includes(linkType)) return everyFrame;
    const known = this.#programs.get(linkType);
    if (known !== undefined) return known;
    let program: BatchFilter | null = null;
    try {
      program = toBatchFilter(suspectProgram(linkType, this.model));
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
    }
    this.#programs.set(linkType, program);
    return program;
  }
}
