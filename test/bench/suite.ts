/**
 * What passes between the parts of the benchmark: a suite does its work, measures its runs, and gives tables for
 * people and figures for the bars.
 *
 *     contenders → rounds of runs → tables (text, markdown) · figures → bars
 */
import type { Inputs } from './inputs.js';
import type { Scratch } from './scratch.js';

export const suiteNames = ['files', 'filters', 'live', 'verify', 'growth', 'screen', 'micro'] as const;
export type SuiteName = (typeof suiteNames)[number];

/** What every suite is given. */
export interface Bench {
  /** Measured runs of each contender. */
  readonly runs: number;
  /** Sizes are a tenth. */
  readonly isQuick: boolean;
  readonly scratch: Scratch;
  readonly inputs: Inputs;
  /** Tells what goes on. */
  readonly say: (text: string) => void;
}

/** One table: cells as text, the first column being names. */
export interface Table {
  readonly title: string;
  /** What was done, and what to know before reading. */
  readonly notes: readonly string[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Single numbers of a run that bars are computed from; those that could not be measured are absent. */
export type Figures = Readonly<Record<string, number>>;

export interface SuiteResult {
  readonly tables: readonly Table[];
  readonly figures: Figures;
}

/** A full size, or its tenth in a quick run. */
export function sized(bench: Bench, full: number): number {
  return bench.isQuick ? Math.round(full / 10) : full;
}
