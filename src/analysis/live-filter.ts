/**
 * A live filter, taken apart: what the kernel decides while it captures, and whether the whole has to be asked again here.
 */
import type { FilterCompiler } from '../capture/bpf.js';
import { LinkType } from '../capture/link-type.js';
import { compileForKernel, explained, parseFilter } from '../filter/compile.js';
import { FilterError } from '../filter/filter-error.js';
import { renderFilter } from '../filter/render-filter.js';
import { kernelPart } from '../filter/split.js';
import type { SyntaxNode } from '../filter/syntax-tree.js';
import { vocabulary } from './filter-words.js';

export interface LiveFilter {
  readonly text: string;
  /** As text for people and for libpcap; '' where every frame has to come. */
  readonly kernelText: string;
  /** What is asked again of the frames that came; '' where the kernel has decided all. */
  readonly hereText: string;
}

/** @throws FilterError, with the text */
export function planLiveFilter(text: string): LiveFilter {
  const tree = parseLive(text);
  const part = kernelPart(tree);
  const { isExact, isEverything } = explained(text, () => compileForKernel(tree, LinkType.ethernet));
  const kernelText = part === null || isEverything ? '' : part === tree ? text : renderFilter(part);
  return { text, kernelText, hereText: isExact ? '' : text };
}

/** For the reference engine: libpcap may know words that this compiler refuses; then all of it is left to libpcap. */
export function planReferenceFilter(text: string): LiveFilter {
  let tree: SyntaxNode | null;
  try {
    tree = parseLive(text);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return { text, kernelText: text, hereText: '' };
  }
  const part = kernelPart(tree);
  if (part === tree) return { text, kernelText: text, hereText: '' };
  return { text, kernelText: part === null ? '' : renderFilter(part), hereText: text };
}

/** For the fast engine: what the kernel can decide of a text. */
export const kernelCompiler: FilterCompiler = (text, linkType, keepLen) =>
  explained(text, () => compileForKernel(parseLive(text), linkType, keepLen).program);

function parseLive(text: string): SyntaxNode | null {
  return explained(text, () => parseFilter(text, vocabulary));
}
