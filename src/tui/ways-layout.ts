/**
 * Where the parts of the opening view stand, for drawing it and for reading clicks on it.
 *
 *     send          ╭──── loopback ────╮          receive
 *      │   ┌──────┐ │ rows             │ ┌─────┐   ▲
 *      └──▶│output├▶│                  ├▶│input├───┘
 *          └──┬───┘ ╰────────▲─────────╯ └──▲──┘
 *             ├───── copy ───┘              │
 *             ▼                             │
 *          ┌ wire ────────────────────────────┐
 *          │ rows                             │
 *          └──────────────────────────────────┘
 *     rows of neither side, sum, legend, panels
 */
import { bodyRect, type Rect } from './layout.js';
import type { DashboardState } from './state.js';
import { shownWays, type Way } from './way.js';

export interface WayPlace {
  readonly way: Way;
  /** Row of the screen. */
  readonly y: number;
}

/** All in cells of the screen. */
export interface Diagram {
  readonly output: Rect;
  readonly driver: Rect;
  readonly input: Rect;
  readonly wire: Rect;
  /** Column and width of the text of every row. */
  readonly rowX: number;
  readonly rowColumns: number;
  /** Row of the line that carries the copies. */
  readonly copyY: number;
  readonly sumY: number;
  /** What is left below. */
  readonly panels: Rect;
}

export interface WaysLayout {
  /** null where there is only room for a list. */
  readonly diagram: Diagram | null;
  readonly places: readonly WayPlace[];
}

export function waysLayout(state: DashboardState): WaysLayout {
  const body = bodyRect(state);
  const ways = shownWays(state.shown.snapshot);
  const inDriver = ways.filter((way) => way.side === 'loopback').length;
  for (const gap of [1, 0]) {
    // Labels, boxes and the lines between them, two rows of neither side, sum, legend.
    const height = 1 + driverRows(inDriver, gap) + 2 + gap + driverRows(4, gap) + gap + 2 + gap + 2;
    if (body.columns >= 78 && body.rows >= height) return diagramLayout(body, ways, inDriver, gap);
  }
  return { diagram: null, places: listPlaces(state, body, ways) };
}

/** Outer height of a box with `count` rows. */
function driverRows(count: number, gap: number): number {
  return 2 + count + (count + 1) * gap;
}

function diagramLayout(body: Rect, ways: readonly Way[], inDriver: number, gap: number): WaysLayout {
  const roomy = body.columns >= 100;
  const top = body.y + 1;
  const rows = driverRows(inDriver, gap);
  const output = { x: 4, y: top, columns: roomy ? 13 : 10, rows };
  const driverX = output.x + output.columns + (roomy ? 8 : 4);
  const inputColumns = roomy ? 12 : 9;
  const inputX = body.columns - 4 - inputColumns;
  const driver = { x: driverX, y: top, columns: inputX - (roomy ? 6 : 3) - driverX, rows };
  const input = { x: inputX, y: top, columns: inputColumns, rows };
  const copyY = top + rows;
  const wire = {
    x: output.x,
    y: copyY + 2 + gap,
    columns: inputX + inputColumns - output.x,
    rows: driverRows(4, gap),
  };
  const neitherY = wire.y + wire.rows + gap;
  const sumY = neitherY + 2 + gap;
  const panels = { x: 0, y: sumY + 3, columns: body.columns, rows: body.y + body.rows - sumY - 3 };
  const diagram = {
    output,
    driver,
    input,
    wire,
    rowX: driver.x + 2,
    rowColumns: driver.columns - 4,
    copyY,
    sumY,
    panels,
  };
  const start = { loopback: driver.y + 1 + gap, wire: wire.y + 1 + gap, neither: neitherY };
  return { diagram, places: placed(ways, start, gap) };
}

function placed(ways: readonly Way[], start: Record<Way['side'], number>, gap: number): WayPlace[] {
  const next = { ...start };
  return ways.map((way) => {
    const y = next[way.side];
    next[way.side] += way.side === 'neither' ? 1 : 1 + gap;
    return { way, y };
  });
}

/** One row each below a header, scrolled so that the selected one is seen. */
function listPlaces(state: DashboardState, body: Rect, ways: readonly Way[]): WayPlace[] {
  const rows = Math.max(1, body.rows - 2);
  const selected = ways.findIndex((way) => way.id === state.way);
  const top = Math.max(0, Math.min(selected - rows + 1, ways.length - rows));
  return ways.slice(top, top + rows).map((way, i) => ({ way, y: body.y + 1 + i }));
}
