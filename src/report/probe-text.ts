/**
 * What a probe came to, in lines for people.
 */
import { printable } from '../format/printable.js';
import { formatCount } from '../format/units.js';
import { describeAttempt } from '../verify/probe-plan.js';
import { notMade, type ProbedAttempt, type ProbeResult, summarizeProbe } from '../verify/probe-result.js';

const mostShown = 10;

/** The sum, then each attempt that reached a wire, then how often the kernel refused and why. */
export function probeLines(probe: ProbeResult): string[] {
  const { attempts, unmadeBecause } = probe;
  const leaked = attempts.filter(({ outcome }) => outcome === 'leaked');
  const further = leaked.length - mostShown;
  return [
    summarizeProbe(probe),
    ...(unmadeBecause === null ? [] : [`${notMade(probe)}: ${printable(unmadeBecause)}`]),
    ...leaked.slice(0, mostShown).map(leakedLine),
    ...(further > 0 ? [`reached a wire: ${formatCount(further)} more`] : []),
    ...refusedLines(attempts),
  ];
}

function leakedLine(attempt: ProbedAttempt): string {
  return printable(`reached ${attempt.seenOn.join(', ')}: ${describeAttempt(attempt)}`);
}

function refusedLines(attempts: readonly ProbedAttempt[]): string[] {
  const counts = new Map<string, number>();
  for (const { outcome, error } of attempts) {
    if (outcome === 'refused') counts.set(error, (counts.get(error) ?? 0) + 1);
  }
  const parts = [...counts].map(([error, count]) => `${formatCount(count)} by ${error}`);
  return parts.length === 0 ? [] : [`refused: ${parts.join(', ')}`];
}
