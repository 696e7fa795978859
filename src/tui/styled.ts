/**
 * Styled text: what a view returns. A line is a list of spans, each with the name of a style; what the style
 * looks like is the palette's affair. Nothing in a span is markup, so no text from the wire can become markup.
 */
import { displayWidth, fitText } from './width.js';

export type StyleName =
  | 'normal'
  | 'dim'
  | 'bold'
  | 'title'
  | 'border'
  | 'key'
  | 'good'
  | 'warn'
  | 'bad'
  | 'alarm'
  | 'tab'
  | 'selected'
  | 'idle'
  | 'lit'
  | 'cursor'
  | 'spark'
  | 'loopback'
  | 'own'
  | 'copy'
  | 'wire';

export interface Span {
  readonly text: string;
  readonly style: StyleName;
}

export type Line = readonly Span[];

export function span(text: string, style: StyleName = 'normal'): Span {
  return { text, style };
}

/** Cells that the line takes. */
export function lineWidth(line: Line): number {
  return line.reduce((cells, part) => cells + displayWidth(part.text), 0);
}

/** The line in exactly `cells`: cut at the end, or filled with spaces. */
export function fitLine(line: Line, cells: number): Line {
  const fitted: Span[] = [];
  let left = cells;
  for (const part of line) {
    if (left <= 0) break;
    const width = displayWidth(part.text);
    fitted.push(width <= left ? part : { text: fitText(part.text, left), style: part.style });
    left -= Math.min(width, left);
  }
  if (left > 0) fitted.push(span(' '.repeat(left)));
  return fitted;
}

/** The whole line in one style: a selected row. */
export function restyle(line: Line, style: StyleName): Line {
  return line.map((part) => ({ text: part.text, style }));
}

export function plainText(line: Line): string {
  return line.map((part) => part.text).join('');
}
