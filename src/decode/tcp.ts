/**
 * The Transmission Control Protocol.
 * Reference: RFC 9293 3.1.
 *
 *      0                               2                               4
 *     | source port                   | destination port              |
 *     | sequence number                                               |
 *     | acknowledgment number                                         |
 *     | data offset · rsv | flags     | window                        |
 *     | checksum                      | urgent pointer                |
 *     | options, to data offset · 4 ...
 */
import type { Cursor } from './cursor.js';
import type { Dissector, FlagName } from './dissector.js';
import { Layer } from './layer.js';
import { dissectOptions } from './options.js';
import { Fact, IpProtocol } from './packet-batch.js';
import { serviceName } from './services.js';
import { tcpOptions } from './tcp-options.js';
import { transportChecksum } from './transport-checksum.js';

const minHeaderLen = 20;

/** Bits of the flag byte. */
export const TcpFlag = {
  fin: 1,
  syn: 2,
  rst: 4,
  psh: 8,
  ack: 16,
  urg: 32,
  ece: 64,
  cwr: 128,
} as const;

export function decodeTcp(cursor: Cursor): Layer {
  const { view, offset } = cursor;
  cursor.transportOffset = offset;
  if (cursor.left >= 4) notePorts(cursor);
  if (cursor.left < minHeaderLen) return cursor.truncated(Layer.tcp);
  cursor.lastLayer = Layer.tcp;
  const headerLen = (view.getUint8(offset + 12) >> 4) * 4;
  if (headerLen < minHeaderLen || offset + headerLen > cursor.limit) return cursor.malformed(Layer.tcp);
  // Not before: flags behind the datagram's end are padding.
  cursor.tcpFlags = view.getUint8(offset + 13);
  if (cursor.left < headerLen) return cursor.truncated(Layer.tcp);
  cursor.payloadLen = cursor.limit - offset - headerLen;
  cursor.offset = offset + headerLen;
  return Layer.end;
}

/** The two ports that TCP, UDP and SCTP all begin with. */
export function notePorts(cursor: Cursor): void {
  // What follows the datagram is padding, not ports.
  if (cursor.limit - cursor.offset < 4) return;
  cursor.srcPort = cursor.view.getUint16(cursor.offset);
  cursor.dstPort = cursor.view.getUint16(cursor.offset + 2);
  cursor.facts |= Fact.ports;
}

const flagNames: readonly FlagName[] = [
  [TcpFlag.fin, 'FIN'],
  [TcpFlag.syn, 'SYN'],
  [TcpFlag.rst, 'RST'],
  [TcpFlag.psh, 'PSH'],
  [TcpFlag.ack, 'ACK'],
  [TcpFlag.urg, 'URG'],
  [TcpFlag.ece, 'ECE'],
  [TcpFlag.cwr, 'CWR'],
];

/** `SYN, ACK`; `no flags` for none. */
export function tcpFlagsText(flags: number): string {
  const set = flagNames.filter(([bit]) => (flags & bit) !== 0);
  return set.map(([, name]) => name).join(', ') || 'no flags';
}

export function dissectTcp(dissector: Dissector): Layer {
  const { cursor } = dissector;
  const start = cursor.offset;
  const segmentLen = cursor.limit - start;
  dissector.layer('Transmission Control Protocol', minHeaderLen);
  dissectPorts(dissector);
  dissector.uint32('Sequence Number');
  dissector.uint32('Acknowledgment Number');
  const headerLen = (dissector.peek8() >> 4) * 4;
  if (dissector.left > 0) dissector.needs = Math.max(minHeaderLen, headerLen);
  dissector.part('Data Offset', `${headerLen} bytes`, '', dissector.at, 1);
  dissector.part('Reserved', dissector.peek8() & 15, '', dissector.at, 1);
  dissector.skip(1);
  dissector.flags('Flags', dissector.peek8(), dissector.at, 1, flagNames);
  dissector.skip(1);
  dissector.uint16('Window');
  dissector.hex16('Checksum', (field) =>
    transportChecksum(dissector, IpProtocol.tcp, start, segmentLen, field),
  );
  dissector.uint16('Urgent Pointer');
  if (headerLen <= segmentLen) dissectOptions(dissector, headerLen - minHeaderLen, tcpOptions);
  dissector.contradiction =
    headerLen < minHeaderLen
      ? `data offset ${headerLen} is below the minimum ${minHeaderLen}`
      : `data offset ${headerLen} is more than the ${segmentLen} bytes of the segment`;
  return decodeTcp(cursor);
}

/** Notes the ports of TCP, UDP and SCTP. */
export function dissectPorts(dissector: Dissector): void {
  const hasBoth = dissector.left >= 4;
  const source = dissector.uint16('Source Port', serviceName);
  const destination = dissector.uint16('Destination Port', serviceName);
  if (hasBoth) dissector.summary(`${source} → ${destination}`);
}
