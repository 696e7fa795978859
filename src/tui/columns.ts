/**
 * The columns of a table, chosen and sized for the width there is: those of least weight go first.
 */
import { type Line, type Span, type StyleName, span } from './styled.js';
import { fitText } from './width.js';

export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Cells below which the column is dropped rather than shown. */
  readonly least: number;
  /** Cells beyond which it gains nothing. */
  readonly most: number;
  /** The column of lowest weight goes first. */
  readonly weight: number;
  text(row: Row, cells: number): string;
  style(row: Row): StyleName;
}

type Cells = readonly [least: number, most: number];

/** A column of text; its style is that of the row unless given. */
export function textColumn<Row>(
  title: string,
  [least, most]: Cells,
  weight: number,
  text: Column<Row>['text'],
  style: Column<Row>['style'] = () => 'normal',
): Column<Row> {
  return { title, align: 'left', least, most, weight, text, style };
}

/** A column of numbers, at their right edge. */
export function numberColumn<Row>(
  title: string,
  [least, most]: Cells,
  weight: number,
  text: Column<Row>['text'],
  style: Column<Row>['style'] = () => 'normal',
): Column<Row> {
  return { title, align: 'right', least, most, weight, text, style };
}

export interface SizedColumn<Row> {
  readonly column: Column<Row>;
  readonly cells: number;
}

/** Columns that fit into `width` with one space between, in the order given. */
export function sizeColumns<Row>(columns: readonly Column<Row>[], width: number): SizedColumn<Row>[] {
  const kept = [...columns];
  const needed = () => kept.reduce((sum, column) => sum + column.least, kept.length - 1);
  while (kept.length > 1 && needed() > width) {
    const lightest = kept.reduce((a, b) => (b.weight < a.weight ? b : a));
    kept.splice(kept.indexOf(lightest), 1);
  }
  const cells = kept.map((column) => column.least);
  let spare = width - needed();
  // One cell at a time to whichever column still wants one: columns grow together and none is starved.
  while (spare > 0) {
    let grown = false;
    for (let i = 0; i < kept.length && spare > 0; i++) {
      if (cells[i] >= kept[i].most) continue;
      cells[i]++;
      spare--;
      grown = true;
    }
    if (!grown) break;
  }
  return kept.map((column, i) => ({ column, cells: cells[i] }));
}

export function headerLine<Row>(sized: readonly SizedColumn<Row>[]): Line {
  return [
    span(sized.map(({ column, cells }) => fitText(column.title, cells, column.align)).join(' '), 'dim'),
  ];
}

export function rowLine<Row>(sized: readonly SizedColumn<Row>[], row: Row): Line {
  const spans: Span[] = [];
  for (const { column, cells } of sized) {
    if (spans.length > 0) spans.push(span(' '));
    spans.push(span(fitText(column.text(row, cells), cells, column.align), column.style(row)));
  }
  return spans;
}
