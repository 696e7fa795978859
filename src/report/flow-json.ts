/**
 * A flow in the records.
 */
import { localityName } from '../classify/locality.js';
import type { FlowRecord } from '../flow/flow-record.js';
import { formatRfc3339 } from '../format/time.js';

export function flowJson(flow: FlowRecord): Record<string, unknown> {
  const { id, protocol, initiator, responder, state, forward, reverse } = flow;
  return {
    id,
    protocol,
    initiator,
    responder,
    state: state === '' ? null : state,
    forward,
    reverse,
    firstTime: formatRfc3339(flow.firstTimeNs),
    lastTime: formatRfc3339(flow.lastTimeNs),
    locality: localityName[flow.locality],
    localities: flow.localities.map((locality) => localityName[locality]),
  };
}
