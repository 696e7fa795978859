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
  readonly #tags = new Map<Classifier, (Tag | undefined)[]>();

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
    const tag = this.#given < maxTags ? ++this.#given : noTag;
    tags[role] = { version, tag };
    return tag;
  }
}
