/**
 * Everything that a pipeline of one source has found, to be compared with what another one found in the same frames.
 */
import type { Pipeline } from '../../src/analysis/pipeline.js';
import { flowRecord } from '../../src/flow/flow-report.js';

export function outcome(pipeline: Pipeline) {
  const { counters, flows, timeline } = pipeline;
  return {
    frames: counters.frames,
    bytes: [counters.capturedBytes, counters.originalBytes],
    times: [counters.firstTimeNs, counters.lastTimeNs],
    localities: counters.localities(),
    evidence: counters.evidence(),
    stops: counters.stops(),
    protocols: counters.protocols(),
    flows: Array.from({ length: flows.size }, (_, i) => flowRecord(flows, i + 1)),
    counts: { ...flows.counts, notKept: flows.framesNotKept },
    timeline: [timeline.stepSeconds, timeline.countsByLocality()],
    interfaces: pipeline.interfaceReports(0),
  };
}
