/**
 * What goes to standard error: `loscope: WHERE: WHAT (what to do)`, and the closing line of every reading.
 */
import type { Snapshot } from '../analysis/port.js';
import { printable } from '../format/printable.js';
import { formatCount } from '../format/units.js';

/** One diagnostic line. File names and library messages in it may hold anything. */
export function complain(text: string): void {
  process.stderr.write(`loscope: ${printable(text)}\n`);
}

/** `1,000,000 frames, 106,000,000 bytes, 0 dropped`. */
export function closingLine({ frames, originalBytes, dropped }: Snapshot): string {
  const drops = dropped === null ? 'drops unknown' : `${formatCount(dropped)} dropped`;
  return `${formatCount(frames)} frames, ${formatCount(originalBytes)} bytes, ${drops}`;
}
