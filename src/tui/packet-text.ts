/**
 * Rows of the lists as text, for searching and for the clipboard.
 */

import type { FrameDetail, PacketRow } from '../analysis/port.js';
import { localityName } from '../classify/locality.js';
import type { Field } from '../decode/field.js';
import type { FlowRecord } from '../flow/flow-record.js';
import { formatEndpoint } from '../format/address.js';
import { printable } from '../format/printable.js';
import { formatRfc3339 } from '../format/time.js';

/** What the list shows of a packet, in one line. */
export function packetText(row: PacketRow): string {
  const ends = `${formatEndpoint(row.src, row.srcPort)} ${formatEndpoint(row.dst, row.dstPort)}`;
  return `${ends} ${row.protocol} ${localityName[row.locality]} ${row.info}`;
}

/** A packet for the clipboard: number, time, ends, protocol, length, locality, info. */
export function packetLine(row: PacketRow): string {
  const ends = `${formatEndpoint(row.src, row.srcPort)} -> ${formatEndpoint(row.dst, row.dstPort)}`;
  const parts = [
    row.number,
    `${row.isTimeApproximate === true ? '~' : ''}${formatRfc3339(row.timeNs)}`,
    ends,
    row.protocol,
    row.origLen,
    localityName[row.locality],
  ];
  return printable(`${parts.join(' ')} ${row.info}`);
}

export function flowLine(flow: FlowRecord): string {
  const ends = [flow.initiator, flow.responder]
    .map((end) => formatEndpoint(end.address, end.port))
    .join(' -> ');
  const counts = [flow.forward, flow.reverse].map((way) => `${way.frames} frames ${way.originalBytes} bytes`);
  return printable(
    `${flow.protocol} ${ends} ${flow.state} ${counts.join(', ')} ${localityName[flow.locality]}`,
  );
}

/** `Time to Live: 64 (meaning)`. */
export function fieldText(field: Field): string {
  const value = field.value === '' ? field.name : `${field.name}: ${field.value}`;
  return printable(field.meaning === '' ? value : `${value} (${field.meaning})`);
}

/** The bytes of a field, or of the whole frame, as hex digits. */
export function hexText(detail: FrameDetail, field: Field | null): string {
  const bytes =
    field === null || field.len === 0
      ? detail.bytes
      : detail.bytes.subarray(field.offset, field.offset + field.len);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
