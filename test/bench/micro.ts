import type { Bench, SuiteResult } from './suite.js';
export async function micro(_: Bench): Promise<SuiteResult> {
  return { tables: [], figures: {} };
}
