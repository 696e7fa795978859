/**
 * `loscope doctor` for people: a line a check, and under what is not well what shows it and what mends it. The word in
 * front says the state; colour only repeats it.
 */
import type { ColorName, Paint } from '../format/color.js';
import { printable } from '../format/printable.js';
import type { CheckState, DoctorCheck, DoctorReport } from '../verify/doctor-check.js';
import { remedyLines } from './remedy-text.js';

const lineWidth = 100;
const stateWidth = 8;
const indent = ' '.repeat(2 + stateWidth);

const colors: Record<CheckState, ColorName> = { ok: 'green', note: 'cyan', warning: 'yellow', blind: 'red' };

export function doctorText({ netns, checks }: DoctorReport, paint: Paint): string {
  const lines = netns === null ? [] : [`network namespace ${printable(netns)}`, ''];
  let theme = '';
  for (const check of checks) {
    if (check.theme !== theme) lines.push(paint('bold', check.theme));
    theme = check.theme;
    lines.push(...linesOf(check, paint));
  }
  return `${[...lines, '', closing(checks)].join('\n')}\n`;
}

function linesOf({ state, title, finding }: DoctorCheck, paint: Paint): string[] {
  const where = finding === null || finding.interface === '' ? '' : `${finding.interface}: `;
  const [first, ...rest] = wrap(printable(`${where}${title}`));
  const lines = [
    `  ${paint(colors[state], state.padEnd(stateWidth))}${first}`,
    ...rest.map((line) => indent + line),
  ];
  if (finding === null) return lines;
  for (const { text } of finding.evidence) lines.push(`${indent}  ${printable(text)}`);
  const more = finding.count - finding.evidence.length;
  if (more > 0) lines.push(`${indent}  and ${more} more`);
  const remedy = remedyLines(finding).flatMap((line) =>
    line.startsWith('fix: ') ? [printable(line)] : wrap(printable(line)),
  );
  return [...lines, ...remedy.map((line) => indent + line)];
}

/** Words on lines; a word longer than a line stays whole. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > lineWidth - indent.length) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** `23 ok, 1 warning, 2 notes`. */
function closing(checks: readonly DoctorCheck[]): string {
  const count = (state: CheckState): number => checks.filter((check) => check.state === state).length;
  const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
  const parts = [`${count('ok')} ok`, plural(count('warning'), 'warning'), plural(count('note'), 'note')];
  if (count('blind') > 0) parts.push(`${count('blind')} blind`);
  return parts.join(', ');
}
