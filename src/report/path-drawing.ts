/**
 * The way of one datagram through the host as a small drawing: the first column is what sends, the last what receives,
 * and every interface that it passes is a box. Its width depends on interface names only (15 characters at most), so
 * that it always fits 80 columns.
 *
 *             ┌───────────┐    ╭─ copy ─────────────────────╮   ┌──────────┐
 *      send ─▶│ IP output ├─②─▶│ no packet socket sees it ◌ ├──▶│ IP input ├─▶ receive
 *             └─────┬─────┘    ╰────────────────────────────╯   └──────────┘
 *                   │          ┌─ eth0 ─────────────────────┐
 *                   └─────────▶│ the original             ● ├──▶ link
 *                              └────────────────────────────┘
 */
import type { PathReport } from '../classify/path.js';
import { printable } from '../format/printable.js';

/** Inside a box, between its walls. */
const innerLen = 28;
/** What stands left of the first box. */
const leftLen = 25;
const wayMarks = ['─', '①', '②', '③'] as const;

interface Box {
  readonly title: string;
  readonly text: string;
  /** Does a packet socket see it there? */
  readonly isSeen: boolean;
  readonly isRound: boolean;
}

/** Lines, without colour. @param isAscii draw with ASCII only */
export function drawPath(report: PathReport, isAscii: boolean): string[] {
  const lines = linesOf(report);
  return isAscii ? lines.map(toAscii) : lines;
}

function linesOf(report: PathReport): string[] {
  const { way, copy, facts, wayNumber, refusal } = report;
  const out = facts.out?.name ?? '';
  if (way === 'refused') {
    return output(false, `├──✗ ${refusal?.code || 'dropped'}`);
  }
  if (way === 'wire') return [...output(true), ...exit(outBox(out, nextHop(report)), destination(report))];
  const mark = wayMarks[wayNumber ?? 0];
  if (copy === null || copy.isVisible) {
    return throughLoopback({ title: out, text: reason(report), isSeen: true, isRound: true }, mark, false);
  }
  const box = { title: 'copy', text: 'no packet socket sees it', isSeen: false, isRound: true };
  if (!copy.leaves) return throughLoopback(box, mark, false);
  return [...throughLoopback(box, mark, true), ...exit(outBox(out, 'the original'), 'link')];
}

function reason({ way, copy, facts }: PathReport): string {
  if (way === 'loopback') return facts.question.version === 4 ? 'to 127/8' : 'to ::1';
  return copy === null ? 'to an own address' : `${copy.kind}`;
}

function outBox(title: string, text: string): Box {
  return { title, text, isSeen: true, isRound: false };
}

function nextHop({ facts, copy }: PathReport): string {
  if (copy !== null) return 'the original, no copy';
  return facts.answer.route?.gateway ? 'to the gateway' : 'direct, no gateway';
}

function destination({ facts }: PathReport): string {
  return facts.out?.isLoopback ? 'nobody' : 'link';
}

/** Sender and IP output; `after` stands behind the output on its middle line. */
function output(isLeavingBelow: boolean, after = '│'): string[] {
  return [
    '        ┌───────────┐',
    ` send ─▶│ IP output ${after}`,
    isLeavingBelow ? '        └─────┬─────┘' : '        └───────────┘',
  ];
}

function throughLoopback(box: Box, mark: string, isLeavingBelow: boolean): string[] {
  const left = output(isLeavingBelow, `├─${mark}─▶`);
  const middle = boxLines(box);
  const right = ['┌──────────┐', '│ IP input ├─▶ receive', '└──────────┘'];
  return left.map((line, i) => `${line.padEnd(leftLen)}${middle[i]}${i === 1 ? '──▶' : '   '}${right[i]}`);
}

function exit(box: Box, end: string): string[] {
  const middle = boxLines(box);
  const left = ['              │', '              └─────────▶', ''];
  return middle.map((line, i) => `${left[i].padEnd(leftLen)}${line}${i === 1 ? `──▶ ${end}` : ''}`);
}

function boxLines({ title, text, isSeen, isRound }: Box): [string, string, string] {
  const [topLeft, topRight, bottomLeft, bottomRight] = isRound ? '╭╮╰╯' : '┌┐└┘';
  const heading = `─ ${printable(title).slice(0, innerLen - 4)} `.padEnd(innerLen, '─');
  return [
    `${topLeft}${heading}${topRight}`,
    `│ ${text.padEnd(innerLen - 4)} ${isSeen ? '●' : '◌'} ├`,
    `${bottomLeft}${'─'.repeat(innerLen)}${bottomRight}`,
  ];
}

const asciiFor = new Map(
  Object.entries({
    '─': '-',
    '│': '|',
    '┌': '+',
    '┐': '+',
    '└': '+',
    '┘': '+',
    '├': '+',
    '┬': '+',
    '╭': '.',
    '╮': '.',
    '╰': "'",
    '╯': "'",
    '▶': '>',
    '●': '*',
    '◌': 'o',
    '✗': 'x',
    '①': '1',
    '②': '2',
    '③': '3',
  }),
);

/** Lines drawn with ASCII of lines drawn with boxes: one character for one, so that nothing moves. */
export function toAscii(line: string): string {
  return [...line].map((character) => asciiFor.get(character) ?? character).join('');
}
