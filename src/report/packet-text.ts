/**
 * A line a packet, for people:
 *
 *     1  05:13:21.123456  lo  loopback  tcp  127.0.0.88:40669 → 127.0.0.87:8087  SYN seq 0 win 65495
 *
 * Everything from the wire in it was made printable where the row was made.
 */

import type { PacketRow } from '../analysis/port.js';
import { Evidence, Locality, localityName } from '../classify/locality.js';
import { formatEndpoint } from '../format/address.js';
import type { ColorName, Paint } from '../format/color.js';
import { printable } from '../format/printable.js';
import { formatTimeOfDay } from '../format/time.js';

const numberWidth = 6;
const protocolWidth = 6;
const localityWidth = Math.max(...localityName.map((name) => name.length)) + 1;

const colorOfLocality: Record<Locality, ColorName> = {
  [Locality.loopback]: 'green',
  [Locality.broadcastCopy]: 'cyan',
  [Locality.multicastCopy]: 'cyan',
  [Locality.selfAddressed]: 'blue',
  [Locality.stray]: 'yellow',
  [Locality.leak]: 'red',
  [Locality.hairpin]: 'red',
  [Locality.castOriginal]: 'magenta',
  [Locality.external]: 'dim',
  [Locality.notIp]: 'dim',
  [Locality.undecoded]: 'yellow',
};

/**
 * @param row to print
 * @param paint colours, or plain
 * @param isVerbose adds why, on a line of its own
 */
export function packetText(row: PacketRow, paint: Paint, isVerbose: boolean): string {
  // A tilde before the time says approximate, a question mark after the verdict inferred.
  const time = `${row.isTimeApproximate === true ? '~' : ' '}${formatTimeOfDay(row.timeNs)}`;
  const verdict = `${localityName[row.locality]}${row.evidence === Evidence.inferred ? '?' : ''}`;
  const parts = [
    String(row.number).padStart(numberWidth),
    time,
    ...(row.interface === '' ? [] : [printable(row.interface).padEnd(4)]),
    paint(colorOfLocality[row.locality], verdict.padEnd(localityWidth)),
    row.protocol.padEnd(protocolWidth),
    ...(row.src === ''
      ? []
      : [`${formatEndpoint(row.src, row.srcPort)} → ${formatEndpoint(row.dst, row.dstPort)} `]),
    row.info,
  ];
  const line = parts.join(' ').trimEnd();
  return isVerbose ? `${line}\n${' '.repeat(numberWidth + 1)}${paint('dim', row.why)}` : line;
}
