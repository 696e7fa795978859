/**
 * A live filter, taken apart: what the kernel decides while it captures, and whether the whole has to be asked again here.
 */
import { cutTo, type FilterCompiler } from '../capture/bpf.js';
import type { BatchSieve } from '../capture/copies-source.js';
import { LinkType } from '../capture/link-type.js';
import { compileForKernel, explained, type KernelFilter, parseFilter } from '../filter/compile.js';
import { FilterError } from '../filter/filter-error.js';
import { FrameFilter } from '../filter/frame-filter.js';
import { renderFilter } from '../filter/render-filter.js';
import { kernelPart } from '../filter/split.js';
import type { SyntaxNode } from '../filter/syntax-tree.js';
import { noWords } from '../filter/vocabulary.js';
import { vocabulary } from './filter-words.js';

export interface LiveFilter {
  readonly text: string;
  /** As text for people and for libpcap; '' where every frame has to come. */
  readonly kernelText: string;
  /** What is asked again of the frames that came; '' where the kernel has decided all. */
  readonly hereText: string;
}

/**
 * @param linkTypes of the frames that will come
 * @throws FilterError, with the text
 */
export function planLiveFilter(
  text: string,
  linkTypes: Iterable<LinkType> = [LinkType.ethernet],
): LiveFilter {
  const { part, isWhole } = partOf(text);
  const filters = Array.from(linkTypes, (linkType) => kernelFilterOf(text, linkType));
  const isEverything = filters.every((filter) => filter.isEverything);
  const kernelText = part === null || isEverything ? '' : isWhole ? text : renderFilter(part);
  return { text, kernelText, hereText: filters.every(({ isExact }) => isExact) ? '' : text };
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
  cutTo(kernelFilterOf(text, linkType).program, keepLen);

/** The last text's filters: what is planned is attached a moment later, and a long text takes long to compile. */
const compiled = new Map<LinkType, KernelFilter>();
let compiledText = '';

function kernelFilterOf(text: string, linkType: LinkType): KernelFilter {
  if (text !== compiledText) compiled.clear();
  compiledText = text;
  const known = compiled.get(linkType);
  if (known !== undefined) return known;
  const filter = explained(text, () => compileForKernel(parseLive(text), linkType));
  compiled.set(linkType, filter);
  return filter;
}

function partOf(text: string): { part: SyntaxNode | null; isWhole: boolean } {
  const tree = parseLive(text);
  const part = kernelPart(tree);
  return { part, isWhole: part === tree };
}

/** Selects observed copies as the kernel selects the interfaces' frames: by their packets, which have no link header. */
export function copiesSieve(text: string): BatchSieve | null {
  const { kernelText } = planLiveFilter(text);
  if (kernelText === '') return null;
  const sieve = new FrameFilter(kernelText, noWords);
  sieve.prepare(LinkType.nflog);
  return { apply: (batch) => sieve.apply(batch, { interfaceNames: [], interfaceIndex: 0 }) };
}

function parseLive(text: string): SyntaxNode | null {
  return explained(text, () => parseFilter(text, vocabulary));
}
