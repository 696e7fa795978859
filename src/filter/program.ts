/**
 * Conditions to a classic BPF program: graph, optimiser, code.
 */
import type { BpfInstruction } from '../capture/bpf.js';
import type { Condition } from './condition.js';
import { graphOf } from './control-flow.js';
import { emit, keepAll } from './emit.js';
import { mergeEqual, optimise } from './optimise.js';

/** @param keepLen most bytes to keep of a frame that is selected */
export function programOf(condition: Condition, keepLen = keepAll): BpfInstruction[] {
  const graph = graphOf(condition);
  optimise(graph);
  const apart = emit(graph, keepLen);
  mergeEqual(graph);
  const merged = emit(graph, keepLen);
  return merged.length < apart.length ? merged : apart;
}
