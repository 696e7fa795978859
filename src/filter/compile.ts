/**
 * pcap-filter text, with our own words among it, to what selects frames; stage by stage:
 *
 *     text ─ lexer ─► tokens ─ parser ─► syntax tree ─ checker ─► predicates ─ generate ─► conditions
 *          ─ control-flow ─► graph ─ optimise ─► graph ─ emit ─► classic BPF ─ to-javascript ─► a function
 *
 * Our own words (`locality leak`) come from a vocabulary: the parser reads them as primitives, the checker makes markers
 * of them, and mark-frames.ts puts these together with programs for the rest. For the kernel, split.ts leaves out what
 * it cannot decide.
 */
import type { BpfInstruction } from '../capture/bpf.js';
import { LinkType, linkTypeName } from '../capture/link-type.js';
import { check } from './checker.js';
import { always } from './condition.js';
import { keepAll } from './emit.js';
import { FilterError } from './filter-error.js';
import { Generator } from './generate.js';
import { readTokens } from './lexer.js';
import { findLinkLayer, type LayerOptions, type LinkLayer } from './link-layer.js';
import { ofLoggedPackets } from './logged-packets.js';
import { beyondBpf, markerOf } from './mark-frames.js';
import { parse } from './parser.js';
import { programOf } from './program.js';
import { kernelPart } from './split.js';
import type { SyntaxNode } from './syntax-tree.js';
import { mostKernelInstructions, withTaggedFrames } from './tagged.js';
import { type BatchFilter, toBatchFilter } from './to-javascript.js';
import { type Marker, noWords, type Vocabulary } from './vocabulary.js';

export interface CompileOptions extends LayerOptions {
  /** Most bytes to keep of a frame that is selected. */
  readonly keepLen?: number;
}

/**
 * The program that selects what the text says, from frames of one link type.
 * @throws FilterError, also for what no program decides
 */
export function compile(text: string, linkType: LinkType, options: CompileOptions = {}): BpfInstruction[] {
  return explained(text, () => compileTree(parseFilter(text), linkType, options));
}

/** Notes the text in a FilterError of `step`. */
export function explained<T>(text: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    const known = error instanceof RangeError ? tooDeep(error) : error;
    if (known instanceof FilterError) known.text ??= text;
    throw known;
  }
}

/** The stages go down a syntax tree by calling themselves, and a list is as deep as it is long. */
function tooDeep(error: RangeError): Error {
  return /call stack/.test(error.message)
    ? new FilterError('the filter is too long', 0, 'fewer terms')
    : error;
}

/** @returns null for an empty text: every frame */
export function parseFilter(text: string, vocabulary: Vocabulary = noWords): SyntaxNode | null {
  return parse(readTokens(text), vocabulary);
}

/** For several link types of one text. */
export function compileTree(
  tree: SyntaxNode | null,
  linkType: LinkType,
  { keepLen = keepAll, ...options }: CompileOptions = {},
): BpfInstruction[] {
  if (tree === null) return programOf(always, keepLen);
  const layer = layerOf(linkType, options);
  const predicate = check(tree, layer);
  const beyond = beyondBpf(predicate);
  if (beyond !== null) throw new FilterError(beyond.why, beyond.at);
  return programOf(new Generator(layer).generate(predicate), keepLen);
}

/** What selects frames of files: one program alone, or marks. */
export type Selection = { readonly filter: BatchFilter } | { readonly marker: Marker };

/** @throws FilterError */
export function selectionOf(tree: SyntaxNode | null, linkType: LinkType): Selection {
  if (tree === null) return { filter: toBatchFilter(programOf(always)) };
  if (linkType === LinkType.nflog) return ofLoggedPackets(selectionOf(tree, LinkType.raw));
  const layer = layerOf(linkType);
  const predicate = check(tree, layer);
  if (beyondBpf(predicate) !== null) return { marker: markerOf(predicate, layer) };
  return { filter: toBatchFilter(programOf(new Generator(layer).generate(predicate))) };
}

/**
 * Refuses what selectionOf() refuses, but for arithmetic too deep for a program's registers, and makes no program: a
 * filter of 20 hosts is checked in 0.1 ms and optimised in 60, too long for every key that is typed.
 * @throws FilterError
 */
export function checkFilter(tree: SyntaxNode | null, linkType: LinkType): void {
  if (tree !== null) check(tree, layerOf(linkType));
}

export interface KernelFilter {
  readonly program: BpfInstruction[];
  /** The program lets just those frames through that the text says; else more, to be looked at again. */
  readonly isExact: boolean;
  /** It lets everything through. */
  readonly isEverything: boolean;
}

/**
 * The program for a packet socket.
 * @throws FilterError
 */
export function compileForKernel(
  tree: SyntaxNode | null,
  linkType: LinkType,
  keepLen = keepAll,
): KernelFilter {
  const part = kernelPart(tree);
  const program = compileTree(part, linkType, { keepLen, inKernel: true });
  const isWhole = part === tree;
  if (part === null) return { program, isExact: isWhole, isEverything: true };
  const { program: tagged, isExact } = withTaggedFrames(program, linkType, keepLen);
  if (tagged.length > mostKernelInstructions) return letAllThrough(keepLen);
  return { program: tagged, isExact: isWhole && isExact, isEverything: false };
}

function letAllThrough(keepLen: number): KernelFilter {
  return { program: programOf(always, keepLen), isExact: false, isEverything: true };
}

function layerOf(linkType: LinkType, options: LayerOptions = {}): LinkLayer {
  const layer = findLinkLayer(linkType, options);
  if (layer !== null) return layer;
  const why =
    linkType === LinkType.nflog
      ? 'have no program: their packet lies behind attributes of any length'
      : 'are not decoded here';
  throw new FilterError(`frames of link type ${linkTypeName(linkType)} ${why}`, 0);
}
