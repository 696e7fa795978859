/**
 * The verdict as SARIF, the format of code scanning.
 * Reference: OASIS, Static Analysis Results Interchange Format 2.1.0; 3.27 for results, 3.20.21 for what went wrong.
 */
import type { Finding } from '../verify/finding.js';
import type { ProbeResult } from '../verify/probe-result.js';
import type { Verdict } from '../verify/verdict.js';
import { evidenceParts } from './evidence-text.js';
import { probeCounts } from './probe-json.js';
import { probeLines } from './probe-text.js';
import { remedyLines } from './remedy-text.js';

const schema = 'https://json.schemastore.org/sarif-2.1.0.json';

/** @param version of this program */
export function verdictSarif(verdict: Verdict, version: string): string {
  return `${JSON.stringify(sarifLog(verdict, version), null, 2)}\n`;
}

/** The log as plain JSON values. */
export function sarifLog(verdict: Verdict, version: string): Record<string, unknown> {
  const { findings } = verdict;
  const ids = [...new Set(findings.map(({ id }) => id))];
  const driver = { name: 'loscope', version, rules: ids.map((id) => ruleOf(id, findings)) };
  const run = {
    tool: { driver },
    columnKind: 'utf16CodeUnits',
    invocations: [invocationOf(verdict)],
    results: findings.map((finding) => resultOf(finding, ids)),
    properties: { verdict: verdict.verdict, seconds: verdict.seconds, copies: verdict.copies },
  };
  return { $schema: schema, version: '2.1.0', runs: [run] };
}

function ruleOf(id: string, findings: readonly Finding[]): Record<string, unknown> {
  const { severity } = findings.find((finding) => finding.id === id)!;
  return { id, shortDescription: { text: descriptionOf(id) }, defaultConfiguration: { level: severity } };
}

const descriptions: Record<string, string> = {
  leak: 'A loopback address on a wire',
  'leak-egress': 'A loopback address left this host',
  'leak-ingress': 'A loopback address came to this host',
  malformed: 'A frame announces IP or ARP and cannot be decoded',
  hairpin: 'A datagram of this host to itself went over a wire',
};

function descriptionOf(id: string): string {
  return descriptions[id] ?? id.replaceAll('-', ' ');
}

/** Blind is a run that did not succeed: without results it must not be taken for a clean one. */
function invocationOf(verdict: Verdict): Record<string, unknown> {
  const reasons = verdict.watched.flatMap(({ interface: name, netns = '', file, blindBecause }) =>
    blindBecause === null
      ? []
      : [`${[netns, file, name].filter((part) => part !== '').join(' ')}: ${blindBecause}`],
  );
  if (verdict.blindBecause !== null) reasons.push(verdict.blindBecause);
  return {
    executionSuccessful: reasons.length === 0,
    exitCode: verdict.exitCode,
    toolExecutionNotifications: [
      ...reasons.map((text) => ({ level: 'error', message: { text } })),
      ...probeNotifications(verdict.probe),
    ],
  };
}

function probeNotifications(probe: ProbeResult | null): Record<string, unknown>[] {
  if (probe === null) return [];
  const text = `Probe: ${probeLines(probe).join('\n')}`;
  return [{ level: 'note', message: { text }, properties: probeCounts(probe) }];
}

function resultOf(finding: Finding, ids: readonly string[]): Record<string, unknown> {
  const { id, severity, title, interface: name, netns, evidence, count } = finding;
  return {
    ruleId: id,
    ruleIndex: ids.indexOf(id),
    level: severity,
    message: {
      text: [
        netns === undefined ? title : `${netns}: ${title}`,
        ...evidence.map((each) => evidenceParts(each).join(' ')),
        ...remedyLines(finding),
      ]
        .filter((line) => line !== '')
        .join('\n'),
    },
    locations: [locationOf(name, netns, evidence[0]?.file ?? '')],
    ...(count > 0 ? { occurrenceCount: count } : {}),
  };
}

/**
 * The capture; live the interface, as a relative reference: who shows results leaves out those without any artifact.
 */
function locationOf(name: string, netns: string | undefined, file: string): Record<string, unknown> {
  const parts = [...(netns === undefined ? [] : ['netns', netns]), 'interface', name === '' ? 'host' : name];
  const uri = file === '' ? parts.map(encodeSegment).join('/') : uriOfPath(file);
  const fullyQualifiedName = [netns, name].filter((part) => part).join('/');
  const logical =
    fullyQualifiedName === '' ? [] : [{ name: name || netns, fullyQualifiedName, kind: 'resource' }];
  return {
    physicalLocation: { artifactLocation: { uri } },
    ...(logical.length === 0 ? {} : { logicalLocations: logical }),
  };
}

function uriOfPath(path: string): string {
  const encoded = path.split('/').map(encodeSegment).join('/');
  // A colon in the first segment would make it a scheme (RFC 3986 4.2).
  return path.startsWith('/') ? `file://${encoded}` : encoded;
}

/** Text with half of a surrogate pair has no UTF-8. */
function encodeSegment(text: string): string {
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));
}
