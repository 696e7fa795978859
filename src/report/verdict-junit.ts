/**
 * The verdict as JUnit's XML, which every CI server reads: for each interface that was watched one test for leaks, one for
 * hairpins, and one whether it was seen in whole; the rest of the findings is a suite of its own.
 * Reference: the jenkinsci/xunit-plugin schema junit-10.xsd, which the dialects have in common.
 */
import { InterfaceRole } from '../capture/source.js';
import { printable } from '../format/printable.js';
import { formatCount } from '../format/units.js';
import { type Finding, settingEvidence } from '../verify/finding.js';
import { countOutcome, type ProbeResult, probeBlindness } from '../verify/probe-result.js';
import type { Verdict, Watched } from '../verify/verdict.js';
import { evidenceParts } from './evidence-text.js';
import { probeLines } from './probe-text.js';
import { remedyLines } from './remedy-text.js';

/** One test: passed where nothing is said of it. */
interface TestCase {
  readonly className: string;
  readonly name: string;
  readonly failures: readonly Finding[];
  /** Why it could not be done, or null. */
  readonly error: string | null;
  /** Why there was nothing to do, or null. */
  readonly skipped: string | null;
  /** Warnings and notes, which fail nothing. */
  readonly remarks: readonly Finding[];
}

const suiteName = 'loscope verify';

export function verdictJunit(verdict: Verdict): string {
  const cases = casesOf(verdict);
  const failures = cases.filter((each) => each.failures.length > 0).length;
  const errors = cases.filter(isError).length;
  const seconds = verdict.seconds.toFixed(3);
  const skipped = cases.filter((each) => each.skipped !== null).length;
  const counts = `tests="${cases.length}" failures="${failures}" errors="${errors}" time="${seconds}"`;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${suiteName}" ${counts}>`,
    `  <testsuite name="${suiteName}" ${counts} skipped="${skipped}">`,
    ...cases.flatMap(caseLines),
    '  </testsuite>',
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function casesOf({ watched, findings, blindBecause, probe }: Verdict): TestCase[] {
  const cases = watched.flatMap((each) => casesOfInterface(each, findings));
  const told = new Set(cases.flatMap(({ failures, remarks }) => [...failures, ...remarks]));
  const others = findings.filter((finding) => !told.has(finding));
  const failures = others.filter(({ severity }) => severity === 'error');
  const remarks = others.filter(({ severity }) => severity !== 'error');
  return [
    ...cases,
    ...(probe === null ? [] : [caseOfProbe(probe)]),
    { className: suiteName, name: 'the host', failures, error: blindBecause, skipped: null, remarks },
  ];
}

function casesOfInterface(watched: Watched, findings: readonly Finding[]): TestCase[] {
  const { interface: name, netns = '', file, blindBecause } = watched;
  const className = [suiteName, netns, file, name].filter((part) => part !== '').join(' ');
  const here = findings.filter(
    (finding) => finding.interface === name && (finding.netns ?? '') === netns && fileOf(finding) === file,
  );
  const failed = (isWanted: (id: string) => boolean): Finding[] =>
    here.filter(({ id, severity }) => severity === 'error' && isWanted(id));
  const isHairpin = (id: string): boolean => id === 'hairpin';
  const plain = { className, failures: [], error: null, skipped: null, remarks: [] };
  // A network namespace, for a reason that is no interface's.
  if (name === '' && netns !== '') return [{ ...plain, name: 'seen in whole', error: blindBecause }];
  if (watched.role === InterfaceRole.loopback)
    return [{ ...plain, name: 'no loopback address', skipped: 'a loopback interface' }];
  if (watched.isDown) return [{ ...plain, name: 'no loopback address', skipped: 'down all the time' }];
  return [
    { ...plain, name: 'no loopback address', failures: failed((id) => !isHairpin(id)) },
    { ...plain, name: 'no own address to an own address', failures: failed(isHairpin) },
    {
      ...plain,
      name: 'seen in whole',
      error: blindBecause,
      remarks: here.filter(({ severity }) => severity !== 'error'),
    },
  ];
}

/** Fails with the attempts that the watch saw; the findings have their frames. */
function caseOfProbe(probe: ProbeResult): TestCase {
  const [title, ...lines] = probeLines(probe);
  const count = countOutcome(probe, 'leaked');
  const evidence = lines.map(settingEvidence);
  const told: Finding = { id: 'probe', severity: 'note', title, interface: '', evidence, count: 0, fix: '' };
  return {
    className: suiteName,
    name: 'nothing of the probe reached a wire',
    failures: count > 0 ? [{ ...told, id: 'probe-leaked', severity: 'error', count }] : [],
    error: probeBlindness(probe),
    skipped: null,
    remarks: count > 0 ? [] : [told],
  };
}

/** '' live, and for a finding that has no frame. */
function fileOf({ evidence }: Finding): string {
  return evidence[0]?.file ?? '';
}

function isError({ failures, error }: TestCase): boolean {
  return failures.length === 0 && error !== null;
}

function caseLines(test: TestCase): string[] {
  const { className, name, failures, error, skipped, remarks } = test;
  const inner: string[] = [];
  if (failures.length > 0) inner.push(...failureLines(failures));
  else if (error !== null) inner.push(`      <error type="blind" message="${escapeXml(error)}"/>`);
  else if (skipped !== null) inner.push(`      <skipped message="${escapeXml(skipped)}"/>`);
  if (remarks.length > 0)
    inner.push(`      <system-out>${escapeXml(remarks.map(describe).join('\n'))}</system-out>`);
  const open = `    <testcase classname="${escapeXml(className)}" name="${escapeXml(name)}" time="0"`;
  return inner.length === 0 ? [`${open}/>`] : [`${open}>`, ...inner, '    </testcase>'];
}

/** A test has one failure: the dialects differ in more. */
function failureLines(failures: readonly Finding[]): string[] {
  const message = failures.map(({ title }) => title).join('; ');
  const { id } = failures[0];
  const text = failures.map(describe).join('\n');
  return [
    `      <failure type="${escapeXml(id)}" message="${escapeXml(message)}">${escapeXml(text)}</failure>`,
  ];
}

function describe(finding: Finding): string {
  const { severity, id, title, netns, count, evidence } = finding;
  const counted = count > 0 ? ` (${formatCount(count)})` : '';
  const where = netns === undefined ? '' : ` in ${netns}`;
  const lines = [
    `${severity} ${id}${where}: ${title}${counted}`,
    ...[...evidence.map((each) => evidenceParts(each).join(' ')), ...remedyLines(finding)].map(
      (line) => `  ${line}`,
    ),
  ];
  return lines.join('\n');
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** XML 1.0 has no way to write most control characters: they are made visible, line by line. */
function escapeXml(text: string): string {
  const lines = text.split('\n').map((line) => printable(line).replace(loneSurrogate, '\uFFFD'));
  return lines.join('\n').replace(/[&<>"']/g, (character) => entities[character]);
}

const loneSurrogate =
  /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]|[\uFFFE\uFFFF]/g;
