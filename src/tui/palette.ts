/**
 * What each style looks like: with 256 colours, with 16, and with attributes only (NO_COLOR).
 * The result is SGR sequences (ECMA-48 8.3.117), which blessed reads in the content of a box. Every state that
 * has a colour also has a word, a mark or reverse video, so that nothing is told by colour alone.
 */
import type { Line, StyleName } from './styled.js';

export type ColorDepth = 'none' | '16' | '256';

type Palette = Readonly<Record<StyleName, string>>;

const attributesOnly: Palette = {
  normal: '',
  dim: '',
  bold: '1',
  title: '1',
  border: '',
  key: '1',
  good: '',
  warn: '1',
  bad: '1',
  alarm: '1;7',
  tab: '1;7',
  selected: '7',
  idle: '4',
  lit: '7',
  cursor: '1;4;7',
  spark: '',
  loopback: '',
  own: '',
  copy: '',
  wire: '',
};

const sixteen: Palette = {
  ...attributesOnly,
  dim: '90',
  title: '1;36',
  border: '90',
  key: '36',
  good: '32',
  warn: '1;33',
  bad: '1;31',
  alarm: '1;7;31',
  spark: '36',
  loopback: '32',
  own: '36',
  copy: '35',
  wire: '33',
};

const many: Palette = {
  ...sixteen,
  dim: '38;5;245',
  title: '1;38;5;81',
  border: '38;5;240',
  key: '38;5;81',
  good: '38;5;78',
  warn: '1;38;5;221',
  bad: '1;38;5;203',
  alarm: '1;38;5;231;48;5;160',
  tab: '1;38;5;231;48;5;25',
  selected: '38;5;231;48;5;25',
  idle: '48;5;237',
  lit: '38;5;16;48;5;221',
  cursor: '1;4;38;5;16;48;5;81',
  spark: '38;5;74',
  loopback: '38;5;78',
  own: '38;5;81',
  copy: '38;5;176',
  wire: '38;5;215',
};

const palettes: Readonly<Record<ColorDepth, Palette>> = { none: attributesOnly, '16': sixteen, '256': many };

/** The line as text with SGR sequences; every span starts from the terminal's own colours. */
export function toSgr(line: Line, depth: ColorDepth): string {
  const palette = palettes[depth];
  let text = '';
  for (const part of line) {
    const code = palette[part.style];
    text += code === '' ? `\x1b[m${part.text}` : `\x1b[m\x1b[${code}m${part.text}`;
  }
  return `${text}\x1b[m`;
}
