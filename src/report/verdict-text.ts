/**
 * The verdict for people, made to be pasted into a ticket: the answer first, then each finding with what shows it and
 * what mends it, then what was watched and how well.
 */
import { InterfaceRole } from '../capture/source.js';
import type { ColorName, Paint } from '../format/color.js';
import { printable } from '../format/printable.js';
import { formatTable } from '../format/table.js';
import { formatCount, plural } from '../format/units.js';
import type { Finding, Severity } from '../verify/finding.js';
import type { Verdict, VerdictName, Watched } from '../verify/verdict.js';
import { copiesLines } from './copies-text.js';
import { evidenceParts } from './evidence-text.js';
import { probeLines } from './probe-text.js';
import { remedyLines } from './remedy-text.js';

const colorOfVerdict: Record<VerdictName, ColorName> = { clean: 'green', leak: 'red', blind: 'yellow' };
const colorOfSeverity: Record<Severity, ColorName> = { error: 'red', warning: 'yellow', note: 'dim' };

/** Network namespaces that one line names. */
const mostNames = 8;

const canaryLine =
  'A frame that leaks, sent on a veth pair of the program’s own, was seen leaving and coming in.';

export function verdictText(verdict: Verdict, paint: Paint): string {
  const sections = [
    [paint(colorOfVerdict[verdict.verdict], headline(verdict))],
    ...verdict.findings.map((finding) => findingLines(finding, paint)),
    watchedLines(verdict, paint),
    copiesSection(verdict, paint),
    probeSection(verdict, paint),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** `LEAK: 3 frames that …`: what a reader needs when the rest is cut off. */
export function headline(verdict: Verdict): string {
  const { verdict: name, findings } = verdict;
  if (name === 'clean') return `CLEAN: nothing of loopback on ${wiresOf(verdict)}${duration(verdict)}`;
  const blindness = printable(blindnessOf(verdict));
  if (name === 'blind') return `BLIND: ${blindness}; no leak in what was seen`;
  const count = findings
    .filter(({ severity }) => severity === 'error')
    .reduce((sum, finding) => sum + finding.count, 0);
  const also = blindness === '' ? '' : `; also blind: ${blindness}`;
  return `LEAK: ${frames(count)} that should have stayed on loopback${also}`;
}

/** Why not all was seen, '' where it was. */
function blindnessOf({ watched, blindBecause }: Verdict): string {
  if (blindBecause !== null) return blindBecause;
  const blind = watched.filter((each) => each.blindBecause !== null);
  if (blind.length === 0) return '';
  if (blind.length === 1) return `${nameOf(blind[0])}: ${blind[0].blindBecause}`;
  if (blind.some(isWhole)) return `${formatCount(blind.length)} places not seen in whole`;
  return `${formatCount(blind.length)} of ${interfaces(watched.length)} not seen in whole`;
}

/** An entry for a network namespace itself. */
function isWhole({ interface: name, netns }: Watched): boolean {
  return name === '' && netns !== undefined;
}

function wiresOf({ watched, namespaces }: Verdict): string {
  const wires = interfaces(
    watched.filter(({ role, isDown }) => role !== InterfaceRole.loopback && !isDown).length,
  );
  return namespaces === undefined ? wires : `${wires} of ${plural(namespaces.length, 'network namespace')}`;
}

function duration({ seconds, watched }: Verdict): string {
  return watched.some(({ file }) => file !== '') ? '' : ` in ${seconds.toFixed(1)} s`;
}

function findingLines(finding: Finding, paint: Paint): string[] {
  const { severity, id, title, netns, evidence, count } = finding;
  const where = netns === undefined ? '' : ` in ${printable(netns)}`;
  const lines = [
    `${paint(colorOfSeverity[severity], severity.toUpperCase())} ${id}${where}: ${printable(title)}`,
  ];
  if (evidence.some(({ timeNs }) => timeNs !== null)) {
    const shown = count > evidence.length ? `; the first ${evidence.length}` : '';
    lines.push(`  ${frames(count)}${shown}:`);
  }
  for (const each of evidence) lines.push(`    ${printable(evidenceParts(each).join('  '))}`);
  return [...lines, ...remedyLines(finding).map((line) => `  ${printable(line)}`)];
}

function watchedLines({ watched, canary, namespaces = [] }: Verdict, paint: Paint): string[] {
  if (watched.length === 0) return [];
  const busy = new Set(watched.map(({ netns }) => netns));
  const idle = namespaces.map(({ netns }) => netns).filter((netns) => !busy.has(netns));
  const rows = watched.map(watchedRow);
  const lines = formatTable(rows, [1, 2, 3]).map((line, i) =>
    watched[i].blindBecause === null ? `  ${line}` : `  ${paint('yellow', line)}`,
  );
  const proof = canary === 'seen' ? [`  ${canaryLine}`] : [];
  return [paint('bold', 'Watched'), ...lines, ...idleLines(idle), ...proof];
}

/** Network namespaces where there was nothing to watch. */
function idleLines(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, mostNames).map(printable).join(', ');
  const further = names.length > mostNames ? ` and ${formatCount(names.length - mostNames)} more` : '';
  return [`  with no interface but loopback: ${shown}${further}`];
}

function watchedRow(watched: Watched): string[] {
  const { role, framesSeen, framesMatched, dropped, excepted, isDown, blindBecause } = watched;
  if (isWhole(watched)) return [printable(nameOf(watched)), '', '', `BLIND: ${printable(blindBecause!)}`];
  const seen = [printable(nameOf(watched)), framesSeen === null ? 'frames unknown' : frames(framesSeen)];
  if (role === InterfaceRole.loopback) return [...seen, 'loopback: not checked'];
  if (isDown) return [...seen, 'down all the time'];
  return [
    ...seen,
    `${formatCount(framesMatched)} looked at`,
    dropped === null ? '' : `${formatCount(dropped)} dropped`,
    excepted === 0 ? '' : `${formatCount(excepted)} left out by --except`,
    blindBecause === null ? '' : `BLIND: ${printable(blindBecause)}`,
  ];
}

function copiesSection({ copies }: Verdict, paint: Paint): string[] {
  const lines = copiesLines(copies);
  return lines.length === 0 ? [] : [paint('bold', 'Copies'), ...lines.map((line) => `  ${line}`)];
}

function probeSection({ probe }: Verdict, paint: Paint): string[] {
  return probe === null ? [] : [paint('bold', 'Probe'), ...probeLines(probe).map((line) => `  ${line}`)];
}

function nameOf({ interface: name, netns = '', file }: Watched): string {
  return [netns, file, name].filter((part) => part !== '').join(' ');
}

function frames(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'frame' : 'frames'}`;
}

function interfaces(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'interface' : 'interfaces'}`;
}
