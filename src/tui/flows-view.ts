/**
 * Flows: who talks to whom, in what state, how much each way.
 */
import type { FlowEnd, FlowRecord } from '../flow/flow-record.js';
import { formatEndpoint } from '../format/address.js';
import { formatTimeOfDay } from '../format/time.js';
import { formatBytes, formatDuration } from '../format/units.js';
import { type Column, headerLine, numberColumn, rowLine, sizeColumns, textColumn } from './columns.js';
import { type Glyphs, glyphsFor } from './glyphs.js';
import { bodyRect, nothingHere } from './layout.js';
import { type DashboardState, rowAt } from './state.js';
import { fitLine, type Line, restyle, type StyleName, span } from './styled.js';
import { localityStyle, localityText } from './way.js';
import { compactCount } from './ways-row.js';
import { cutMiddle, wireText } from './width.js';

function flowColumns(state: DashboardState, glyphs: Glyphs): Column<FlowRecord>[] {
  const { ascii } = state;
  // ICMP has no ports: its identifier tells flows apart and is no part of an end.
  const end = (protocol: string, { address, port }: FlowEnd, cells: number) =>
    cutMiddle(wireText(formatEndpoint(address, protocol.startsWith('icmp') ? 0 : port), ascii), cells);
  const { forward, reverse } = glyphs;
  return [
    numberColumn(
      'Flow',
      [5, 7],
      20,
      (flow) => `${flow.id}`,
      () => 'dim',
    ),
    textColumn('Proto', [6, 6], 80, (flow) => wireText(flow.protocol, ascii)),
    textColumn('Initiator', [17, 32], 99, (flow, cells) => end(flow.protocol, flow.initiator, cells)),
    textColumn('Responder', [17, 32], 99, (flow, cells) => end(flow.protocol, flow.responder, cells)),
    textColumn('State', [11, 12], 70, (flow) => flow.state, stateStyle),
    numberColumn(`Frames ${forward}`, [9, 11], 31, (flow, cells) => compactCount(flow.forward.frames, cells)),
    numberColumn(`${reverse} Frames`, [9, 11], 30, (flow, cells) => compactCount(flow.reverse.frames, cells)),
    numberColumn(`Bytes ${forward}`, [7, 9], 61, (flow) => formatBytes(flow.forward.originalBytes)),
    numberColumn(`${reverse} Bytes`, [7, 9], 60, (flow) => formatBytes(flow.reverse.originalBytes)),
    numberColumn('Duration', [9, 10], 40, (flow) => wireText(durationText(flow), ascii)),
    numberColumn(
      'Last',
      [15, 15],
      10,
      (flow) => formatTimeOfDay(flow.lastTimeNs),
      () => 'dim',
    ),
    textColumn(
      'Locality',
      state.columns >= 120 ? [14, 14] : [10, 10],
      85,
      (flow, cells) => localityText(flow.locality, cells),
      (flow) => localityStyle(flow.locality),
    ),
  ];
}

function durationText(flow: FlowRecord): string {
  return formatDuration(Number(flow.lastTimeNs - flow.firstTimeNs));
}

function stateStyle(flow: FlowRecord): StyleName {
  if (flow.state === 'established') return 'good';
  if (flow.state === 'reset') return 'bad';
  if (flow.state === 'syn-sent' || flow.state === 'syn-received') return 'warn';
  return 'dim';
}

export function renderFlows(state: DashboardState): readonly Line[] {
  const body = bodyRect(state);
  const glyphs = glyphsFor(state.ascii);
  const { flows } = state;
  const sized = sizeColumns(flowColumns(state, glyphs), body.columns - 2);
  const lines: Line[] = [[span('  '), ...headerLine(sized)]];
  if (flows.known && flows.total === 0)
    return [...lines, [span(`  ${nothingHere(state, flows, 'flows')}`, 'dim')]];
  for (let i = 0; i < body.rows - 1; i++) {
    const index = flows.top + i;
    const row = rowAt(flows, index);
    if (row === undefined) {
      if (flows.known && index < flows.total) lines.push([span(`  ${glyphs.dot}`, 'dim')]);
      continue;
    }
    const selected = index === flows.selected;
    const line = [span(selected ? `${glyphs.pointer} ` : '  '), ...rowLine(sized, row)];
    lines.push(selected ? restyle(fitLine(line, body.columns), 'selected') : line);
  }
  return lines;
}
