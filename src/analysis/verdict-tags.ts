/**
 * A number for everything that a verdict on a flow's packets rests on beside the flow itself: which host, what is known
 * of it by now, and the role of the interface. A verdict kept under a tag is right as long as the tag is the current one.
 */
import { InterfaceRole } from '../capture/source.js';
import type { Classifier } from '../classify/classify.js';

export type VerdictTag = number;

/** Matches no verdict that was kept. */
export const noTag: VerdictTag = -1;

/** Tags have 15 bits in a flow's entry; 0 is that of a flow without a verdict. */
const maxTags = 0x7fff;

interface Tag {
  readonly version: number;
  readonly tag: VerdictTag;
}

export class VerdictTags {
  #given = 0;
  #tags = new WeakMap<Classifier, (Tag | undefined)[]>();

  /** @param most tags that are given before restart() */
  constructor(readonly most = maxTags) {}

  /** No tag is left: verdicts that were kept must go, and restart() be called. */
  get areSpent(): boolean {
    return this.#given === this.most;
  }

  restart(): void {
    this.#given = 0;
    this.#tags = new WeakMap();
  }

  /** The current tag; noTag when none is left. */
  tagOf(classifier: Classifier, role: InterfaceRole): VerdictTag {
    let tags = this.#tags.get(classifier);
    if (tags === undefined) {
      tags = [];
      this.#tags.set(classifier, tags);
    }
    // Addresses that traffic adds to an inferred host change what is said of frames on a wire only.
    const { host } = classifier;
    const version = host.known || role === InterfaceRole.wire ? host.version : 0;
    const known = tags[role];
    if (known?.version === version) return known.tag;
    const tag = this.areSpent ? noTag : ++this.#given;
    tags[role] = { version, tag };
    return tag;
  }
}
