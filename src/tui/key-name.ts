/**
 * Keys and mouse reports from the terminal, under the names that the keymap uses.
 * Reference: xterm control sequences, "SGR extended coordinates" (mode 1006).
 */
import type { MouseAction } from './event.js';

/** A key as blessed reports it. */
export interface TerminalKey {
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
  readonly shift?: boolean | undefined;
}

/** `j`, `G`, `C-c`, `tab`, `S-tab`, `escape` …; null for what is no key of its own. */
export function keyName(character: string | undefined, key: TerminalKey): string | null {
  const name = key.name;
  // blessed reports the Enter key twice, as `enter` and as `return`.
  if (name === 'return' || name === 'undefined') return null;
  if (name === 'linefeed') return 'enter';
  if (key.meta && name !== 'escape') return null;
  if (key.ctrl && name !== undefined) return `C-${name}`;
  if (name === 'tab' && key.shift) return 'S-tab';
  if (name === 'space') return 'space';
  if (character !== undefined && character >= ' ' && character !== '\x7f') return character;
  return name ?? null;
}

/** What a key types, or ''. */
export function keyText(character: string | undefined, key: TerminalKey): string {
  if (key.ctrl || key.meta || character === undefined) return '';
  return character >= ' ' && character !== '\x7f' ? character : '';
}

export interface MouseReport {
  readonly action: MouseAction;
  /** Cell, from 0. */
  readonly x: number;
  readonly y: number;
}

/** The presses of the left button and turns of the wheel in what the terminal sent; there may be many at once. */
export function mouseReports(sent: string): MouseReport[] {
  const reports: MouseReport[] = [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the report begins with the escape character
  for (const [, code, column, row, end] of sent.matchAll(/\x1b\[<(\d+);(\d+);(\d+)([Mm])/g)) {
    // Bits 2 to 4 are modifiers; 0 is the left button, 64 and 65 are the wheel.
    const button = Number(code) & ~28;
    const action = button === 0 ? 'click' : button === 64 ? 'wheel-up' : button === 65 ? 'wheel-down' : null;
    if (action === null || end === 'm') continue;
    reports.push({ action, x: Number(column) - 1, y: Number(row) - 1 });
  }
  return reports;
}
