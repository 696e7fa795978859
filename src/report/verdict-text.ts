/**
 * The verdict for people, made to be pasted into a ticket: the answer first, then each finding with what shows it and
 * what mends it, then what was watched and how well.
 */
import type { ColorName, Paint } from '../format/color.js';
import { printable } from '../format/printable.js';
import { formatTable } from '../format/table.js';
import { formatCount } from '../format/units.js';
import type { Finding, Severity } from '../verify/finding.js';
import type { Verdict, VerdictName, Watched } from '../verify/verdict.js';
import { evidenceParts } from './evidence-text.js';

const colorOfVerdict: Record<VerdictName, ColorName> = { clean: 'green', leak: 'red', blind: 'yellow' };
const colorOfSeverity: Record<Severity, ColorName> = { error: 'red', warning: 'yellow', note: 'dim' };

const canaryLine =
  'A frame that leaks, sent on a veth pair of the program’s own, was seen leaving and coming in.';

export function verdictText(verdict: Verdict, paint: Paint): string {
  const sections = [
    [paint(colorOfVerdict[verdict.verdict], headline(verdict))],
    ...verdict.findings.map((finding) => findingLines(finding, paint)),
    watchedLines(verdict, paint),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** `LEAK: 3 frames with loopback addresses …`: what a reader needs when the rest is cut off. */
function headline(verdict: Verdict): string {
  const { verdict: name, findings, watched, blindBecause } = verdict;
  const blind = watched.filter((each) => each.blindBecause !== null).length;
  const blindness =
    blindBecause ?? (blind === 0 ? '' : `${blind} of ${interfaces(watched.length)} not seen in whole`);
  if (name === 'leak') {
    const count = findings
      .filter(({ severity }) => severity === 'error')
      .reduce((sum, f) => sum + f.count, 0);
    const also = blindness === '' ? '' : `; also blind: ${blindness}`;
    return `LEAK: ${frames(count)} that should have stayed on loopback${also}`;
  }
  if (name === 'blind') return `BLIND: ${printable(blindness)}; no leak in what was seen`;
  return `CLEAN: nothing of loopback on ${interfaces(watched.length)}${duration(verdict)}`;
}

function duration({ seconds, watched }: Verdict): string {
  return watched.some(({ file }) => file !== '') ? '' : ` in ${seconds.toFixed(1)} s`;
}

function findingLines(finding: Finding, paint: Paint): string[] {
  const { severity, id, title, evidence, count, fix } = finding;
  const lines = [`${paint(colorOfSeverity[severity], severity.toUpperCase())} ${id}: ${printable(title)}`];
  if (evidence.some(({ timeNs }) => timeNs !== null)) {
    const shown = count > evidence.length ? `, the first ${evidence.length} of them` : '';
    lines.push(`  ${frames(count)}${shown}:`);
  }
  for (const each of evidence) lines.push(`    ${printable(evidenceParts(each).join('  '))}`);
  if (fix !== '') lines.push(`  fix: ${printable(fix)}`);
  return lines;
}

function watchedLines({ watched, canary }: Verdict, paint: Paint): string[] {
  if (watched.length === 0) return [];
  const rows = watched.map((each) => [
    printable(nameOf(each)),
    each.framesSeen === null ? 'frames unknown' : frames(each.framesSeen),
    `${formatCount(each.framesMatched)} looked at`,
    each.dropped === null ? '' : `${formatCount(each.dropped)} dropped`,
    each.excepted === 0 ? '' : `${formatCount(each.excepted)} left out by --except`,
    each.blindBecause === null ? '' : `BLIND: ${printable(each.blindBecause)}`,
  ]);
  const lines = formatTable(rows, [1, 2, 3]).map((line, i) =>
    watched[i].blindBecause === null ? `  ${line}` : `  ${paint('yellow', line)}`,
  );
  const proof = canary === 'seen' ? [`  ${canaryLine}`] : [];
  return [paint('bold', 'Watched'), ...lines, ...proof];
}

function nameOf({ interface: name, file }: Watched): string {
  if (file === '') return name;
  return name === '' ? file : `${file} ${name}`;
}

function frames(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'frame' : 'frames'}`;
}

function interfaces(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'interface' : 'interfaces'}`;
}
