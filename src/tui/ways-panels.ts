/**
 * What stands below the diagram where there is room: interfaces, protocols, and what the verdicts rest on.
 */
import type { Snapshot } from '../analysis/port.js';
import { roleName } from '../capture/source.js';
import { evidenceName } from '../classify/locality.js';
import { formatBytes, formatCount } from '../format/units.js';
import type { Canvas } from './canvas.js';
import type { Rect } from './layout.js';
import type { DashboardState } from './state.js';
import { type Line, type StyleName, span } from './styled.js';
import { interfaceLabel } from './way.js';
import { fitText, wireText } from './width.js';

/** What a verdict rests on, in words for people. */
const evidenceWords: Readonly<Record<string, string>> = {
  none: 'the packet alone',
  given: '--host',
  recorded: 'the capture',
  live: 'this host',
  inferred: 'the traffic (inferred)',
  observed: 'the copy, observed',
};

export function drawPanels(canvas: Canvas, state: DashboardState, at: Rect): void {
  const { snapshot } = state.shown;
  if (snapshot === null) return;
  const panels: [string, (cells: number) => Line[]][] = [
    ['Interfaces', (cells) => interfaceLines(snapshot, cells, state.ascii)],
    ['Protocols', (cells) => protocolLines(snapshot, cells)],
    ['Verdicts rest on', (cells) => evidenceLines(snapshot, cells)],
    ['Own addresses', (cells) => addressLines(snapshot, cells, at.rows - 1, state.ascii)],
  ];
  const shown = panels.slice(0, at.columns >= 140 ? 4 : at.columns >= 110 ? 3 : 2);
  const left = 4;
  const pitch = Math.floor((at.columns - 2 * left + 3) / shown.length);
  shown.forEach(([title, lines], i) => {
    const x = left + i * pitch;
    const cells = pitch - 3;
    canvas.horizontal(x, at.y, cells);
    canvas.put(x, at.y, `${title} `, 'title');
    lines(cells)
      .slice(0, at.rows - 1)
      .forEach((line, row) => {
        canvas.putLine(x, at.y + 1 + row, line);
      });
  });
}

/** `name` at the left edge, `value` at the right. */
function pair(name: string, value: string, cells: number, style: StyleName = 'normal'): Line {
  return [span(fitText(name, cells - value.length - 1), style), span(` ${value}`, style)];
}

function interfaceLines(snapshot: Snapshot, cells: number, ascii: boolean): Line[] {
  const lines: Line[] = [];
  for (const source of snapshot.sources) {
    for (const one of source.interfaces) {
      const drops = one.dropped === null ? 'drops unknown' : `${formatCount(one.dropped)} dropped`;
      const name = `${wireText(interfaceLabel(source, one), ascii)} (${roleName[one.role]})`;
      lines.push(pair(name, `${formatCount(one.frames)}`, cells));
      if (one.dropped === null && source.format !== 'live') continue;
      lines.push(pair(`  ${drops}`, '', cells, one.dropped !== null && one.dropped > 0 ? 'bad' : 'dim'));
    }
  }
  return lines;
}

function protocolLines(snapshot: Snapshot, cells: number): Line[] {
  const counts = Object.entries(snapshot.protocols).filter(([, frames]) => frames > 0);
  const lines = counts.map(([name, frames]) => pair(name, formatCount(frames), cells));
  lines.push(pair('flows', formatCount(snapshot.flows.total), cells, 'dim'));
  lines.push(pair('on the link', formatBytes(snapshot.originalBytes), cells, 'dim'));
  return lines;
}

function evidenceLines(snapshot: Snapshot, cells: number): Line[] {
  return snapshot.evidence.flatMap((frames, i) =>
    frames === 0 ? [] : [pair(evidenceWords[evidenceName[i]], formatCount(frames), cells)],
  );
}

function addressLines(snapshot: Snapshot, cells: number, rows: number, ascii: boolean): Line[] {
  const { ownAddresses } = snapshot;
  if (ownAddresses.length === 0) return [[span('none known', 'dim')]];
  const lines: Line[] = ownAddresses.map((address) => [span(fitText(wireText(address, ascii), cells))]);
  if (lines.length <= rows) return lines;
  return [...lines.slice(0, rows - 1), [span(`and ${lines.length - rows + 1} more`, 'dim')]];
}
