/**
 * `loscope.summary/1`: one JSON object over all packets. Fields once published keep their meaning.
 */

import type { InterfaceReport, LocalityCount, SourceReport } from '../analysis/port.js';
import type { Summary } from '../analysis/summary.js';
import { roleName } from '../capture/source.js';
import { evidenceName, localityName } from '../classify/locality.js';
import { stopName } from '../decode/layer.js';
import { formatRfc3339 } from '../format/time.js';
import { flowJson } from './flow-json.js';

export function summaryJson(summary: Summary): string {
  return `${JSON.stringify(summaryRecord(summary), null, 2)}\n`;
}

/** The record as plain JSON values. */
export function summaryRecord(summary: Summary): Record<string, unknown> {
  return {
    schema: 'loscope.summary/1',
    sources: summary.sources.map(sourceRecord),
    frames: summary.frames,
    capturedBytes: summary.capturedBytes,
    originalBytes: summary.originalBytes,
    firstTime: summary.firstTimeNs === null ? null : formatRfc3339(summary.firstTimeNs),
    lastTime: summary.lastTimeNs === null ? null : formatRfc3339(summary.lastTimeNs),
    protocols: summary.protocols,
    localities: byName(localityName, summary.localities.map(localityRecord)),
    evidence: byName(
      evidenceOrder,
      evidenceOrder.map((name) => summary.evidence[evidenceName.indexOf(name)]),
    ),
    stops: byName(stopName, summary.stops),
    flows: { ...summary.flows, top: summary.topFlows.map(flowJson) },
    addresses: summary.addresses,
    addressCount: summary.addressCount,
    inferredCopies: summary.inferredCopies,
  };
}

/** As published: the surest first. */
const evidenceOrder = ['given', 'recorded', 'live', 'inferred', 'observed', 'none'] as const;

function sourceRecord(source: SourceReport): Record<string, unknown> {
  return {
    name: source.name,
    format: source.format,
    engine: source.engine,
    complete: source.complete,
    error: source.error,
    interfaces: source.interfaces.map(interfaceRecord),
  };
}

function interfaceRecord({
  id,
  name,
  linkType,
  role,
  frames,
  dropped,
}: InterfaceReport): Record<string, unknown> {
  return { id, name, linkType, role: roleName[role], frames, dropped };
}

function localityRecord({ frames, originalBytes }: LocalityCount): Record<string, number> {
  return { frames, originalBytes };
}

function byName<Value>(names: readonly string[], values: readonly Value[]): Record<string, Value> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}
