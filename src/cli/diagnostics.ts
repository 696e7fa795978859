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
export function closingLine(snapshot: Snapshot): string {
  const isLive = snapshot.sources.some((source) => source.format === 'live');
  const frames = `${formatCount(snapshot.frames)} frames, ${formatCount(snapshot.originalBytes)} bytes`;
  return `${frames}, ${droppedText(droppedFrames(snapshot), isLive)}`;
}

/** As the system counts, or as the files recorded; null where nothing tells. */
export function droppedFrames(snapshot: Snapshot): number | null {
  if (snapshot.dropped !== null) return snapshot.dropped;
  const recorded = snapshot.sources.flatMap(({ interfaces }) =>
    interfaces.flatMap(({ dropped }) => dropped ?? []),
  );
  return recorded.length === 0 ? null : recorded.reduce((sum, dropped) => sum + dropped, 0);
}

/** Reading a file drops nothing; what a live engine cannot count is unknown, not none. */
function droppedText(dropped: number | null, isLive: boolean): string {
  if (dropped !== null) return `${formatCount(dropped)} dropped`;
  return isLive ? 'drops unknown' : '0 dropped';
}
