/**
 * `loscope.verdict/1`: one JSON object a check. Fields once published keep their meaning.
 */
import { roleName } from '../capture/source.js';
import { formatRfc3339 } from '../format/time.js';
import type { Finding, FindingEvidence } from '../verify/finding.js';
import type { Verdict, Watched } from '../verify/verdict.js';
import { probeRecord } from './probe-json.js';

export function verdictJson(verdict: Verdict): string {
  return `${JSON.stringify(verdictRecord(verdict), null, 2)}\n`;
}

/** The record as plain JSON values. */
export function verdictRecord(verdict: Verdict): Record<string, unknown> {
  return {
    schema: 'loscope.verdict/1',
    verdict: verdict.verdict,
    exitCode: verdict.exitCode,
    blindBecause: verdict.blindBecause,
    canary: verdict.canary,
    seconds: Math.round(verdict.seconds * 1000) / 1000,
    ...(verdict.namespaces === undefined ? {} : { namespaces: verdict.namespaces }),
    watched: verdict.watched.map(watchedRecord),
    copies: verdict.copies,
    probe: probeRecord(verdict.probe),
    findings: verdict.findings.map(findingRecord),
  };
}

function watchedRecord({ interface: name, netns, file, role, ...rest }: Watched): Record<string, unknown> {
  const where = { ...(netns === undefined ? {} : { netns }), ...(file === '' ? {} : { file }) };
  return { interface: name, ...where, role: roleName[role], ...rest };
}

function findingRecord({ evidence, ...finding }: Finding): Record<string, unknown> {
  return { ...finding, evidence: evidence.map(evidenceRecord) };
}

/** Without what it does not have. */
function evidenceRecord(evidence: FindingEvidence): Record<string, unknown> {
  const { text, timeNs, src, dst, frame, file } = evidence;
  return {
    ...(timeNs === null ? {} : { time: formatRfc3339(timeNs) }),
    ...(src === '' ? {} : { src, dst }),
    ...(frame === 0 ? {} : { frame }),
    ...(file === '' ? {} : { file }),
    ...(text === '' ? {} : { text }),
  };
}
