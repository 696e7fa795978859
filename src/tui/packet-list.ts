/**
 * The packet list and the line under it that says why the selected packet is where it was seen.
 */
import type { PacketRow } from '../analysis/port.js';
import { evidenceName, localityName } from '../classify/locality.js';
import { formatEndpoint } from '../format/address.js';
import { formatTimeOfDay } from '../format/time.js';
import { formatCount } from '../format/units.js';
import {
  type Column,
  headerLine,
  numberColumn,
  rowLine,
  type SizedColumn,
  sizeColumns,
  textColumn,
} from './columns.js';
import { glyphsFor } from './glyphs.js';
import { nothingHere, type Rect } from './layout.js';
import { type DashboardState, rowAt } from './state.js';
import { fitLine, type Line, restyle, type Span, span } from './styled.js';
import { localityStyle, localityText } from './way.js';
import { cutMiddle, wireText } from './width.js';

/** Seconds since the first frame of the capture, in at most nine cells. */
function relativeTime(timeNs: bigint, firstNs: bigint): string {
  const seconds = Number(timeNs - firstNs) / 1e9;
  const whole = Math.trunc(Math.abs(seconds)).toString().length;
  return seconds.toFixed(Math.max(1, 7 - whole));
}

function packetColumns(state: DashboardState): Column<PacketRow>[] {
  const { ascii } = state;
  const firstNs = state.shown.snapshot?.firstTimeNs ?? 0n;
  const last = state.packets.rows.at(-1)?.number ?? 0;
  const digits = Math.max(5, formatCount(last).length);
  const roomy = state.columns >= 120;
  const end = (address: string, port: number, cells: number) =>
    cutMiddle(wireText(formatEndpoint(address, port), ascii), cells);
  return [
    numberColumn(
      'No.',
      [digits, digits],
      90,
      (row) => formatCount(row.number),
      () => 'dim',
    ),
    numberColumn('Time', roomy ? [16, 16] : [10, 10], 60, (row) => {
      if (row.loss !== undefined) return '';
      const time = roomy ? formatTimeOfDay(row.timeNs) : relativeTime(row.timeNs, firstNs);
      return row.isTimeApproximate === true ? `~${time}` : time;
    }),
    textColumn('Source', [15, 27], 95, (row, cells) => end(row.src, row.srcPort, cells)),
    textColumn('Destination', [15, 27], 95, (row, cells) => end(row.dst, row.dstPort, cells)),
    textColumn('Proto', [6, 6], 80, (row) => wireText(row.protocol, ascii)),
    numberColumn('Length', [6, 6], 40, (row) => (row.loss === undefined ? formatCount(row.origLen) : '')),
    textColumn(
      'Locality',
      roomy ? [14, 14] : [10, 10],
      85,
      (row, cells) => localityText(row.locality, cells),
      (row) => localityStyle(row.locality),
    ),
    textColumn('Info', [9, 400], 50, (row) => wireText(row.info, ascii)),
  ];
}

/** Header and rows, one line each; the first two cells hold the mark of the selected row. */
export function renderPacketList(state: DashboardState, at: Rect): Line[] {
  const { packets } = state;
  const sized = sizeColumns(packetColumns(state), at.columns - 2);
  const header = headerLine(sized);
  const lines: Line[] = [[span('  '), ...(packets.focus === 'list' ? restyle(header, 'key') : header)]];
  if (packets.known && packets.total === 0)
    return [...lines, [span(`  ${nothingHere(state, packets, 'packets')}`, 'dim')]];
  for (let i = 0; i < at.rows - 1; i++) {
    const index = packets.top + i;
    if (packets.known && index >= packets.total) break;
    lines.push(listLine(state, sized, index, at.columns));
  }
  return lines;
}

function listLine(
  state: DashboardState,
  sized: readonly SizedColumn<PacketRow>[],
  index: number,
  columns: number,
): Line {
  const { packets } = state;
  const glyphs = glyphsFor(state.ascii);
  const row = rowAt(packets, index);
  if (row === undefined)
    return packets.known || index === packets.top ? [span(`  ${glyphs.dot}`, 'dim')] : [];
  const selected = index === packets.selected;
  const line = [span(selected ? `${glyphs.pointer} ` : '  '), ...rowLine(sized, row)];
  if (!selected) return line;
  return restyle(fitLine(line, columns), packets.focus === 'list' ? 'selected' : 'idle');
}

/** `self-addressed: the destination is an address of this host (evidence: inferred)`. */
export function renderWhy(state: DashboardState, columns: number): Line {
  const row = rowAt(state.packets, state.packets.selected);
  if (row === undefined) return [];
  const style = localityStyle(row.locality);
  const spans: Span[] = [
    span('  why ', 'dim'),
    span(localityName[row.locality], style === 'normal' ? 'bold' : style),
    span(`: ${wireText(row.why, state.ascii)}`),
  ];
  if (evidenceName[row.evidence] !== 'none')
    spans.push(span(`  (evidence: ${evidenceName[row.evidence]})`, 'dim'));
  return fitLine(spans, columns);
}
