/**
 * A grid of characters to draw a diagram on, read back as styled lines.
 */
import type { Glyphs } from './glyphs.js';
import { type Line, type Span, type StyleName, span } from './styled.js';
import { displayWidth } from './width.js';

interface Cell {
  readonly character: string;
  readonly style: StyleName;
}

const empty: Cell = { character: ' ', style: 'normal' };
/** Right half of a character two cells wide. */
const covered: Cell = { character: '', style: 'normal' };

export class Canvas {
  readonly #cells: Cell[][];

  constructor(
    readonly columns: number,
    readonly rows: number,
    readonly glyphs: Glyphs,
  ) {
    this.#cells = Array.from({ length: rows }, () => new Array<Cell>(columns).fill(empty));
  }

  /** Writes `text` from column `x` of row `y`; what lies outside the canvas is lost. */
  put(x: number, y: number, text: string, style: StyleName = 'normal'): void {
    const row = this.#cells[y];
    if (row === undefined) return;
    let column = x;
    for (const character of text) {
      const width = displayWidth(character);
      if (column >= 0 && column + width <= this.columns) {
        row[column] = { character, style };
        if (width === 2) row[column + 1] = covered;
      }
      column += width;
    }
  }

  putLine(x: number, y: number, line: Line): void {
    let column = x;
    for (const part of line) {
      this.put(column, y, part.text, part.style);
      column += displayWidth(part.text);
    }
  }

  horizontal(x: number, y: number, cells: number, style: StyleName = 'border'): void {
    if (cells > 0) this.put(x, y, this.glyphs.horizontal.repeat(cells), style);
  }

  vertical(x: number, y: number, cells: number, style: StyleName = 'border'): void {
    for (let i = 0; i < cells; i++) this.put(x, y + i, this.glyphs.vertical, style);
  }

  /** A frame of lines, its outer size `columns` by `rows`. */
  box(x: number, y: number, columns: number, rows: number, round = false): void {
    const corners = round ? this.glyphs.roundCorners : this.glyphs.corners;
    this.horizontal(x + 1, y, columns - 2);
    this.horizontal(x + 1, y + rows - 1, columns - 2);
    this.vertical(x, y + 1, rows - 2);
    this.vertical(x + columns - 1, y + 1, rows - 2);
    this.put(x, y, corners[0], 'border');
    this.put(x + columns - 1, y, corners[1], 'border');
    this.put(x, y + rows - 1, corners[2], 'border');
    this.put(x + columns - 1, y + rows - 1, corners[3], 'border');
  }

  /** Text centred between columns `from` and `to` (exclusive) of row `y`. */
  centered(from: number, to: number, y: number, text: string, style: StyleName): void {
    this.put(from + Math.max(0, Math.floor((to - from - displayWidth(text)) / 2)), y, text, style);
  }

  lines(): Line[] {
    return this.#cells.map(toLine);
  }
}

function toLine(cells: readonly Cell[]): Line {
  const spans: Span[] = [];
  let text = '';
  let style: StyleName = cells[0]?.style ?? 'normal';
  for (const cell of cells) {
    if (cell.style !== style && cell !== covered) {
      spans.push(span(text, style));
      text = '';
      style = cell.style;
    }
    text += cell.character;
  }
  spans.push(span(text, style));
  return spans;
}
