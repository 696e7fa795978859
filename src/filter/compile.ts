/**
 * pcap-filter text to a program, stage by stage:
 *
 *     text ─ lexer ─► tokens ─ parser ─► syntax tree ─ checker ─► predicates ─ generate ─► conditions
 *          ─ control-flow ─► graph ─ optimise ─► graph ─ emit ─► classic BPF ─ to-javascript ─► a function
 *
 * Where our own words come in (`locality leak`): the parser reads them as primitives, the checker looks them up in one
 * registry, and an expression is split here into what BPF can decide and the rest.
 */
import type { BpfInstruction } from '../capture/bpf.js';
import { LinkType, linkTypeName } from '../capture/link-type.js';
import { check } from './checker.js';
import { always } from './condition.js';
import { graphOf } from './control-flow.js';
import { emit, keepAll } from './emit.js';
import { FilterError } from './filter-error.js';
import { Generator } from './generate.js';
import { readTokens } from './lexer.js';
import { findLinkLayer, type LayerOptions } from './link-layer.js';
import { mergeEqual, optimise } from './optimise.js';
import { parse } from './parser.js';
import type { SyntaxNode } from './syntax-tree.js';

export interface CompileOptions extends LayerOptions {
  /** Most bytes to keep of a frame that is selected. */
  readonly keepLen?: number;
}

/**
 * The program that selects what the text says, from frames of one link type.
 * @throws FilterError
 */
export function compile(text: string, linkType: LinkType, options: CompileOptions = {}): BpfInstruction[] {
  try {
    return compileTree(parseFilter(text), linkType, options);
  } catch (error) {
    if (error instanceof FilterError) error.text = text;
    throw error;
  }
}

/** @returns null for an empty text: every frame */
export function parseFilter(text: string): SyntaxNode | null {
  return parse(readTokens(text));
}

/** For several link types of one text. */
export function compileTree(
  tree: SyntaxNode | null,
  linkType: LinkType,
  options: CompileOptions = {},
): BpfInstruction[] {
  const { keepLen = keepAll } = options;
  const layer = findLinkLayer(linkType, options);
  if (layer === null && tree !== null) {
    const why =
      linkType === LinkType.nflog
        ? 'have no program: their packet lies behind attributes of any length'
        : 'are not decoded here';
    throw new FilterError(`frames of link type ${linkTypeName(linkType)} ${why}`, 0);
  }
  const graph = graphOf(tree === null ? always : new Generator(layer!).generate(check(tree, layer!)));
  optimise(graph);
  const apart = emit(graph, keepLen);
  mergeEqual(graph);
  const merged = emit(graph, keepLen);
  return merged.length < apart.length ? merged : apart;
}
