/**
 * Chunks of SCTP.
 * Reference: RFC 9260 3.2; IANA sctp-parameters for the types.
 *
 *      0      1       2        4
 *     | type | flags | length | value, to length; padded to 4 bytes ...
 */

import { plural } from '../format/units.js';
import type { Dissector } from './dissector.js';

const headerLen = 4;
const ChunkType = { data: 0, init: 1, initAck: 2, sack: 3, cookieEcho: 10 } as const;

const names = new Map<number, string>([
  [ChunkType.data, 'DATA'],
  [ChunkType.init, 'INIT'],
  [ChunkType.initAck, 'INIT ACK'],
  [ChunkType.sack, 'SACK'],
  [4, 'HEARTBEAT'],
  [5, 'HEARTBEAT ACK'],
  [6, 'ABORT'],
  [7, 'SHUTDOWN'],
  [8, 'SHUTDOWN ACK'],
  [9, 'ERROR'],
  [ChunkType.cookieEcho, 'COOKIE ECHO'],
  [11, 'COOKIE ACK'],
  [12, 'ECNE'],
  [13, 'CWR'],
  [14, 'SHUTDOWN COMPLETE'],
  [15, 'AUTH'],
  [64, 'I-DATA'],
  [128, 'ASCONF-ACK'],
  [130, 'RE-CONFIG'],
  [132, 'PAD'],
  [192, 'FORWARD TSN'],
  [193, 'ASCONF'],
  [194, 'I-FORWARD-TSN'],
]);

/** The name of a chunk type, or `chunk n`. */
export function chunkName(type: number): string {
  return names.get(type) ?? `chunk ${type}`;
}

/** Notes the chunks in the rest of the packet. */
export function dissectChunks(dissector: Dissector): void {
  while (dissector.left >= headerLen && !dissector.isFull) {
    const type = dissector.peek8();
    const chunkLen = dissector.peek16(2);
    if (chunkLen < headerLen) {
      const why = `${chunkName(type)}: length ${chunkLen} is less than ${headerLen}`;
      dissector.rest('Malformed chunk', dissector.left, why);
      return;
    }
    dissector.group(chunkName(type), chunkLen, () => {
      dissector.uint8('Chunk Type');
      dissector.hex8('Chunk Flags');
      dissector.uint16('Chunk Length');
      return dissectChunk(dissector, type);
    });
    const padding = (4 - (chunkLen % 4)) % 4;
    dissector.rest('Padding', padding);
  }
}

function dissectChunk(dissector: Dissector, type: number): string {
  switch (type) {
    case ChunkType.data:
      dissector.uint32('Transmission Sequence Number');
      dissector.uint16('Stream Identifier');
      dissector.uint16('Stream Sequence Number');
      dissector.uint32('Payload Protocol Identifier');
      return plural(dissector.left, 'byte');
    case ChunkType.init:
    case ChunkType.initAck:
      dissector.hex32('Initiate Tag');
      dissector.uint32('Advertised Receiver Window Credit');
      dissector.uint16('Number of Outbound Streams');
      dissector.uint16('Number of Inbound Streams');
      dissector.uint32('Initial Transmission Sequence Number');
      dissector.rest('Parameters');
      return '';
    case ChunkType.sack: {
      const tsn = dissector.uint32('Cumulative TSN Ack');
      dissector.uint32('Advertised Receiver Window Credit');
      dissector.uint16('Number of Gap Ack Blocks');
      dissector.uint16('Number of Duplicate TSNs');
      return `up to ${tsn}`;
    }
    case ChunkType.cookieEcho:
      dissector.rest('Cookie');
      return '';
    default:
      return '';
  }
}
