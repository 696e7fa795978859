/**
 * Ways, the opening view: how packets came to this host's loopback interface, and what went to the wire.
 * Reference: Stevens, TCP/IP Illustrated vol. 1, 2.7, figure 2.4.
 */
import { Canvas } from './canvas.js';
import { glyphsFor } from './glyphs.js';
import { bodyRect } from './layout.js';
import type { DashboardState } from './state.js';
import { type Line, restyle, span } from './styled.js';
import { everyWay, interfacesOf } from './way.js';
import { type Diagram, type WaysLayout, waysLayout } from './ways-layout.js';
import { drawPanels } from './ways-panels.js';
import { compactCount, wayRow } from './ways-row.js';
import { cutText, displayWidth, wireText } from './width.js';

export function renderWays(state: DashboardState): readonly Line[] {
  const body = bodyRect(state);
  const layout = waysLayout(state);
  // Drawn in the screen's coordinates, so that places mean the same here and for the mouse.
  const canvas = new Canvas(body.columns, body.y + body.rows, glyphsFor(state.ascii));
  if (layout.diagram === null) drawList(canvas, state, layout);
  else drawDiagram(canvas, state, layout, layout.diagram);
  return canvas.lines().slice(body.y);
}

function drawDiagram(canvas: Canvas, state: DashboardState, layout: WaysLayout, at: Diagram): void {
  drawBoxes(canvas, state, at);
  drawHostSide(canvas, at);
  drawArrows(canvas, layout, at);
  for (const { way, y } of layout.places) {
    const selected = way.id === state.way;
    const line = wayRow(state, way, at.rowColumns);
    canvas.putLine(at.rowX, y, selected ? restyle(line, 'selected') : line);
    if (selected) canvas.put(at.rowX - 1, y, canvas.glyphs.pointer, 'key');
  }
  canvas.putLine(4, at.sumY, sumLine(state, at.wire.columns));
  canvas.put(4, at.sumY + 1, legendText(state), 'dim');
  if (at.panels.rows >= 5) drawPanels(canvas, state, at.panels);
}

function drawBoxes(canvas: Canvas, state: DashboardState, at: Diagram): void {
  canvas.box(at.output.x, at.output.y, at.output.columns, at.output.rows);
  canvas.box(at.input.x, at.input.y, at.input.columns, at.input.rows);
  canvas.box(at.driver.x, at.driver.y, at.driver.columns, at.driver.rows, true);
  canvas.box(at.wire.x, at.wire.y, at.wire.columns, at.wire.rows);
  const { driver, wire } = at;
  const loopback = ` ${sideTitle(state, 'loopback')} `;
  canvas.centered(
    driver.x,
    driver.x + driver.columns,
    driver.y,
    cutText(loopback, driver.columns - 4),
    'title',
  );
  const outside = ` ${sideTitle(state, 'wire')} `;
  // Right of the arrow that comes down from IP output.
  canvas.put(at.rowX - 1, wire.y, cutText(outside, wire.columns - 26), 'title');
}

function sideTitle(state: DashboardState, side: 'loopback' | 'wire'): string {
  if (state.shown.snapshot === null) return side;
  const names = interfacesOf(state.shown.snapshot, side);
  if (names.length === 0) return `${side}: not captured`;
  return `${side} ${names.map((name) => wireText(name, state.ascii)).join(', ')}`.trimEnd();
}

/** IP output and input, with the applications' side of them. */
function drawHostSide(canvas: Canvas, at: Diagram): void {
  const { output, input } = at;
  const { glyphs } = canvas;
  const middle = output.y + Math.floor(output.rows / 2);
  const words = output.columns >= 13 ? ['IP output'] : ['IP', 'output'];
  words.forEach((word, i) => {
    canvas.centered(output.x, output.x + output.columns, middle - words.length + 1 + i, word, 'bold');
  });
  const inWords = input.columns >= 12 ? ['IP input'] : ['IP', 'input'];
  inWords.forEach((word, i) => {
    canvas.centered(input.x, input.x + input.columns, middle - inWords.length + 1 + i, word, 'bold');
  });
  const joinY = output.y + (output.rows > 8 ? 3 : 2);
  const right = input.x + input.columns;
  canvas.put(1, output.y - 1, 'send', 'dim');
  canvas.vertical(1, output.y, joinY - output.y);
  canvas.put(1, joinY, glyphs.corners[2] + glyphs.horizontal, 'border');
  canvas.put(output.x - 1, joinY, glyphs.right, 'border');
  canvas.put(right - 5, output.y - 1, 'receive', 'dim');
  canvas.put(right + 1, output.y, glyphs.up, 'border');
  canvas.vertical(right + 1, output.y + 1, joinY - output.y - 1);
  canvas.put(right - 1, joinY, glyphs.teeRight + glyphs.horizontal + glyphs.corners[3], 'border');
}

function drawArrows(canvas: Canvas, layout: WaysLayout, at: Diagram): void {
  const { output, driver, input } = at;
  const { glyphs } = canvas;
  const outEdge = output.x + output.columns - 1;
  const inEdge = driver.x + driver.columns - 1;
  for (const { way, y } of layout.places) {
    if (way.side !== 'loopback') continue;
    canvas.put(inEdge, y, glyphs.teeRight, 'border');
    canvas.horizontal(inEdge + 1, y, input.x - inEdge - 2);
    canvas.put(input.x - 1, y, glyphs.right, 'border');
    if (way.number === 2) continue;
    canvas.put(outEdge, y, glyphs.teeRight, 'border');
    canvas.horizontal(outEdge + 1, y, driver.x - outEdge - 2);
    canvas.put(driver.x - 1, y, glyphs.right, 'border');
    if (way.number > 0)
      canvas.put(outEdge + Math.floor((driver.x - outEdge) / 2), y, glyphs.ways[way.number - 1], 'bold');
  }
  drawCopyAndWire(
    canvas,
    at,
    output.x + Math.floor(output.columns / 2),
    input.x + Math.floor(input.columns / 2),
  );
}

/** The copy of a broadcast or multicast that goes up into the driver, the original down to the wire, and back up. */
function drawCopyAndWire(canvas: Canvas, at: Diagram, downX: number, upX: number): void {
  const { driver, wire, copyY } = at;
  const { glyphs } = canvas;
  const copyX = driver.x + Math.floor(driver.columns / 2);
  canvas.put(downX, copyY - 1, glyphs.teeDown, 'border');
  canvas.put(downX, copyY, glyphs.teeRight, 'border');
  canvas.horizontal(downX + 1, copyY, copyX - downX - 1);
  canvas.put(copyX, copyY, glyphs.corners[3], 'border');
  canvas.put(copyX, copyY - 1, glyphs.up, 'border');
  const label = ` ${glyphs.ways[1]} copy `;
  canvas.centered(downX, copyX, copyY, label, 'bold');
  canvas.vertical(downX, copyY + 1, wire.y - copyY - 2);
  canvas.put(downX, wire.y - 1, glyphs.down, 'border');
  canvas.put(upX, copyY - 1, glyphs.up, 'border');
  canvas.vertical(upX, copyY, wire.y - copyY);
  canvas.put(upX, wire.y, glyphs.teeUp, 'border');
}

function legendText(state: DashboardState): string {
  const glyphs = glyphsFor(state.ascii);
  return `${glyphs.observed} observed  ${glyphs.inferred} inferred  ${glyphs.mixed} some of both`;
}

/** The frames and what they add up from; nothing captured is left out. */
function sumLine(state: DashboardState, cells: number): Line {
  const { snapshot } = state.shown;
  if (snapshot === null) return [span('waiting for the first counters', 'dim')];
  const sum = (side: string) =>
    everyWay.reduce(
      (n, way) => (way.side === side ? n + (snapshot.localities[way.locality]?.frames ?? 0) : n),
      0,
    );
  const parts: [number, string][] = [
    [sum('loopback'), 'on loopback'],
    [sum('wire'), 'on the wire'],
    ...everyWay
      .filter((way) => way.side === 'neither')
      .map((way): [number, string] => [snapshot.localities[way.locality]?.frames ?? 0, way.label]),
  ];
  const text = (shown: readonly [number, string][], digits: number): string => {
    const terms = shown.map(([frames, words]) => `${compactCount(frames, digits)} ${words}`);
    return `${compactCount(snapshot.frames, digits)} frames = ${terms.join(' + ')}`;
  };
  const counted = parts.filter(([frames]) => frames > 0);
  const choices = [text(parts, 99), text(counted, 99), text(counted, 5)];
  const best = choices.find((choice) => displayWidth(choice) <= cells) ?? choices[2];
  return [span(cutText(best, cells), 'dim')];
}

/** Without room for the diagram: the same ways as a table. */
function drawList(canvas: Canvas, state: DashboardState, layout: WaysLayout): void {
  const { glyphs } = canvas;
  const top = layout.places[0].y - 1;
  canvas.put(2, top, sideTitle(state, 'loopback'), 'title');
  canvas.put(
    2 + Math.max(26, displayWidth(sideTitle(state, 'loopback')) + 3),
    top,
    sideTitle(state, 'wire'),
    'title',
  );
  for (const { way, y } of layout.places) {
    const selected = way.id === state.way;
    const number = way.number === 0 ? ' ' : glyphs.ways[way.number - 1];
    const line: Line = [span(`${number} `, 'bold'), ...wayRow(state, way, canvas.columns - 6)];
    canvas.putLine(3, y, selected ? restyle(line, 'selected') : line);
    if (selected) canvas.put(1, y, glyphs.pointer, 'key');
  }
  canvas.putLine(3, layout.places.at(-1)!.y + 1, sumLine(state, canvas.columns - 4));
}
