/**
 * The characters that views draw with: Unicode, or ASCII for a terminal or locale that has no more.
 */
export interface Glyphs {
  readonly horizontal: string;
  readonly vertical: string;
  /** Corners: top left, top right, bottom left, bottom right. */
  readonly corners: readonly [string, string, string, string];
  readonly roundCorners: readonly [string, string, string, string];
  /** Tees, named by the side the branch leaves to. */
  readonly teeRight: string;
  readonly teeLeft: string;
  readonly teeDown: string;
  readonly teeUp: string;
  readonly right: string;
  readonly left: string;
  readonly up: string;
  readonly down: string;
  /** The three ways of TCP/IP Illustrated 2.7. */
  readonly ways: readonly [string, string, string];
  readonly observed: string;
  readonly inferred: string;
  readonly mixed: string;
  readonly live: string;
  readonly folded: string;
  readonly open: string;
  readonly descending: string;
  readonly ascending: string;
  /** Sparkline steps from zero to full. */
  readonly spark: string;
  readonly forward: string;
  readonly reverse: string;
  readonly enter: string;
  readonly dot: string;
  readonly dash: string;
  /** Marks the selected row beside its colour. */
  readonly pointer: string;
}

const unicode: Glyphs = {
  horizontal: '─',
  vertical: '│',
  corners: ['┌', '┐', '└', '┘'],
  roundCorners: ['╭', '╮', '╰', '╯'],
  teeRight: '├',
  teeLeft: '┤',
  teeDown: '┬',
  teeUp: '┴',
  right: '▶',
  left: '◀',
  up: '▲',
  down: '▼',
  ways: ['①', '②', '③'],
  observed: '●',
  inferred: '◌',
  mixed: '◐',
  live: '●',
  folded: '▸',
  open: '▾',
  descending: '▼',
  ascending: '▲',
  spark: '▁▂▃▄▅▆▇█',
  forward: '→',
  reverse: '←',
  enter: '⏎',
  dot: '·',
  dash: '–',
  pointer: '▶',
};

const ascii: Glyphs = {
  horizontal: '-',
  vertical: '|',
  corners: ['+', '+', '+', '+'],
  roundCorners: ['.', '.', "'", "'"],
  teeRight: '+',
  teeLeft: '+',
  teeDown: '+',
  teeUp: '+',
  right: '>',
  left: '<',
  up: '^',
  down: 'v',
  ways: ['1', '2', '3'],
  observed: '*',
  inferred: 'o',
  mixed: '%',
  live: '*',
  folded: '+',
  open: '-',
  descending: 'v',
  ascending: '^',
  spark: '_.:-=+*#@',
  forward: '->',
  reverse: '<-',
  enter: 'Enter',
  dot: '-',
  dash: '-',
  pointer: '>',
};

export function glyphsFor(asciiOnly: boolean): Glyphs {
  return asciiOnly ? ascii : unicode;
}
