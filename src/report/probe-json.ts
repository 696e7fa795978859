/**
 * `probe` of `loscope.verdict/1`: how many attempts came to what, and each of them.
 */
import { countOutcome, type ProbeResult } from '../verify/probe-result.js';

/** As plain JSON values; null where no probe was asked for. */
export function probeRecord(probe: ProbeResult | null): Record<string, unknown> | null {
  if (probe === null) return null;
  return { ...probeCounts(probe), unmadeBecause: probe.unmadeBecause, attempts: probe.attempts };
}

export function probeCounts(probe: ProbeResult): Record<string, number> {
  return {
    made: probe.attempts.length - countOutcome(probe, 'unmade'),
    stayed: countOutcome(probe, 'stayed'),
    refused: countOutcome(probe, 'refused'),
    leaked: countOutcome(probe, 'leaked'),
    unanswered: countOutcome(probe, 'unanswered'),
    lost: countOutcome(probe, 'lost'),
    unmade: countOutcome(probe, 'unmade'),
    leftOut: probe.leftOut,
  };
}
