/**
 * The Internet Group Management Protocol: who joins which IPv4 multicast group.
 * Reference: RFC 1112 appendix I, RFC 2236 2, RFC 3376 4.
 *
 *      0      1                   2          4               8
 *     | type | max response time | checksum | group address | IGMPv3: sources or group records ...
 */
import { formatHex } from '../format/units.js';

import { checksumVerdict, sumOfWords } from './checksum.js';
import type { Cursor } from './cursor.js';
import type { Dissector } from './dissector.js';
import { dissectGroupRecords, dissectQuerySources } from './group-records.js';
import { Layer } from './layer.js';
import { Fact } from './packet-batch.js';

const headerLen = 8;

export function decodeIgmp(cursor: Cursor): Layer {
  const { offset } = cursor;
  cursor.transportOffset = offset;
  if (cursor.left < headerLen) return cursor.truncated(Layer.igmp);
  if (cursor.limit - offset < headerLen) return cursor.malformed(Layer.igmp);
  cursor.lastLayer = Layer.igmp;
  cursor.payloadLen = cursor.limit - offset - headerLen;
  cursor.offset = offset + headerLen;
  return Layer.end;
}

export const IgmpType = { query: 0x11, v1Report: 0x12, v2Report: 0x16, leave: 0x17, v3Report: 0x22 } as const;

const types = new Map<number, string>([
  [IgmpType.query, 'membership query'],
  [IgmpType.v1Report, 'membership report v1'],
  [0x13, 'DVMRP'],
  [0x14, 'PIM v1'],
  [0x15, 'Cisco trace'],
  [IgmpType.v2Report, 'membership report v2'],
  [IgmpType.leave, 'leave group'],
  [0x1e, 'multicast traceroute response'],
  [0x1f, 'multicast traceroute'],
  [IgmpType.v3Report, 'membership report v3'],
  [0x30, 'multicast router advertisement'],
  [0x31, 'multicast router solicitation'],
  [0x32, 'multicast router termination'],
]);

/** The name of an IGMP type, or `type 0xnn`. */
export function igmpTypeName(type: number): string {
  return types.get(type) ?? `type ${formatHex(type, 1)}`;
}

export function dissectIgmp(dissector: Dissector): Layer {
  const { cursor, view } = dissector;
  const start = cursor.offset;
  const messageLen = cursor.limit - start;
  dissector.layer('Internet Group Management Protocol', headerLen);
  dissector.contradiction = `${headerLen} bytes of header are more than the ${messageLen} of the message`;
  const type = dissector.hex8('Type', igmpTypeName);
  dissector.summary(igmpTypeName(type));
  const isV3Query = type === IgmpType.query && messageLen > headerLen;
  if (type === IgmpType.v3Report) dissector.hex8('Reserved');
  else dissector.uint8('Max Response Time', (code) => responseTime(code, isV3Query));
  dissector.hex16('Checksum', (field) => {
    const isWhole = start + messageLen <= cursor.end && (cursor.facts & Fact.fragment) === 0;
    return isWhole ? checksumVerdict(sumOfWords(view, start, start + messageLen), field) : 'not verified';
  });
  if (type === IgmpType.v3Report) {
    dissector.hex16('Reserved');
    dissectGroupRecords(dissector, dissector.uint16('Number of Group Records'), 'ipv4');
  } else {
    dissector.ipv4('Group Address');
    if (isV3Query) dissectQuerySources(dissector, 'ipv4');
  }
  const next = decodeIgmp(cursor);
  if (!dissector.isBroken) cursor.offset = Math.max(cursor.offset, dissector.at);
  return next;
}

/** Tenths of a second; from 128 on a floating-point code (RFC 3376 4.1.1). */
function responseTime(code: number, isV3: boolean): string {
  const tenths = isV3 && code >= 128 ? ((code & 15) | 16) * 2 ** (((code >> 4) & 7) + 3) : code;
  return `${(tenths / 10).toFixed(1)} s`;
}
