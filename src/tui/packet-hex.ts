/**
 * The bytes of the selected packet, as hex and text, with the bytes of the selected field lit.
 */
import type { FrameDetail } from '../analysis/port.js';
import { printableAscii } from '../format/printable.js';
import { fieldAt } from './field-tree.js';
import { hexByteColumn, hexTextColumn, type PacketsLayout, type Rect } from './layout.js';
import type { DashboardState } from './state.js';
import { type Line, type Span, type StyleName, span } from './styled.js';

/** Styles of the bytes: the selected one, those of the selected field, the rest. */
type ByteStyle = (offset: number) => StyleName;

/** Lines of the hex pane, without its title. */
export function renderHex(
  state: DashboardState,
  at: Rect,
  bytesPerRow: PacketsLayout['bytesPerRow'],
): Line[] {
  const { packets } = state;
  const { detail } = packets;
  if (detail === null) return [];
  const style = byteStyle(state, detail);
  const rows = Math.ceil(detail.bytes.length / bytesPerRow);
  const lines: Line[] = [];
  for (let row = packets.hexTop; row < Math.min(rows, packets.hexTop + at.rows - 1); row++) {
    lines.push(hexLine(detail.bytes, row * bytesPerRow, bytesPerRow, style));
  }
  return lines;
}

function byteStyle(state: DashboardState, detail: FrameDetail): ByteStyle {
  const { path, focus, byte } = state.packets;
  const field = path === '' ? null : fieldAt(detail.fields, path);
  const from = field?.offset ?? 0;
  const to = from + (field?.len ?? 0);
  return (offset) => {
    if (focus === 'hex' && offset === byte) return 'cursor';
    return offset >= from && offset < to ? 'lit' : 'normal';
  };
}

function hexLine(bytes: Uint8Array, start: number, bytesPerRow: number, style: ByteStyle): Line {
  const end = Math.min(bytes.length, start + bytesPerRow);
  const spans: Span[] = [span(` ${start.toString(16).padStart(4, '0')}`.padEnd(7), 'dim')];
  let column = hexByteColumn(0);
  for (let offset = start; offset < end; offset++) {
    const own = style(offset);
    const at = hexByteColumn(offset - start);
    // The space between two bytes of the lit field is lit as well, so that the field reads as one.
    if (at > column)
      spans.push(
        span(' '.repeat(at - column), own === 'lit' && style(offset - 1) === 'lit' ? 'lit' : 'normal'),
      );
    spans.push(span(bytes[offset].toString(16).padStart(2, '0'), own));
    column = at + 2;
  }
  spans.push(span(' '.repeat(hexTextColumn(bytesPerRow) - column)));
  const text = printableAscii(bytes.subarray(start, end));
  for (let i = 0; i < text.length; i++) spans.push(span(text[i], style(start + i)));
  return spans;
}

/** Offset of the byte at a cell of the hex pane (relative to its first line of bytes), or null. */
export function byteAt(x: number, row: number, bytesPerRow: number): number | null {
  const text = x - hexTextColumn(bytesPerRow);
  if (text >= 0 && text < bytesPerRow) return row * bytesPerRow + text;
  for (let i = 0; i < bytesPerRow; i++) {
    const at = hexByteColumn(i);
    if (x >= at && x < at + 3) return row * bytesPerRow + i;
  }
  return null;
}
