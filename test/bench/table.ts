/**
 * Tables as text for a terminal and as markdown for a file.
 */
import { formatTable } from '../../src/format/table.js';
import type { Table } from './suite.js';

export function tableText({ title, notes, columns, rows }: Table): string {
  const right = columns.map((_, column) => column).slice(1);
  const lines = formatTable([columns, ...rows], right);
  return [title, ...notes.map((note) => `  ${note}`), '', ...lines.map((line) => `  ${line}`), ''].join('\n');
}

export function tableMarkdown({ title, notes, columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  const rule = `|${columns.map((_, column) => (column === 0 ? '---' : '---:')).join('|')}|`;
  return [
    `## ${title}`,
    '',
    ...notes.flatMap((note) => [note, '']),
    line(columns),
    rule,
    ...rows.map(line),
    '',
  ].join('\n');
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|');
}
