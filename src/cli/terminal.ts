/**
 * What the terminal can do, as the environment says.
 */
import { ansi, type Paint, plain } from '../format/color.js';
import type { Options } from './options.js';

/** Colours on standard output: a terminal without NO_COLOR (no-color.org), or as asked. */
export function paintFor(options: Options): Paint {
  if (options.color === 'always') return ansi;
  if (options.color === 'never') return plain;
  return process.stdout.isTTY === true && !isColorOff() ? ansi : plain;
}

function isColorOff(): boolean {
  return (process.env.NO_COLOR ?? '') !== '' || process.env.TERM === 'dumb';
}

export function dashboardColor(options: Options): 'none' | '16' | '256' {
  if (options.color === 'never' || (options.color === 'auto' && isColorOff())) return 'none';
  return /256|truecolor|direct/.test(`${process.env.TERM} ${process.env.COLORTERM}`) ? '256' : '16';
}

/** True where the locale has no UTF-8, so that lines are drawn in ASCII. */
export function isAsciiLocale(): boolean {
  const locale = process.env.LC_ALL || process.env.LC_CTYPE || process.env.LANG || '';
  return !/utf-?8/i.test(locale);
}

/** A dashboard is for a terminal, and for those who named no format. */
export function wantsDashboard(options: Options): boolean {
  return process.stdout.isTTY === true && options.format === null && options.captureFile !== '-';
}
