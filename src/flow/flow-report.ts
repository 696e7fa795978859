/**
 * Flows as plain data: what the entries of a FlowTable mean.
 */

import { Locality } from '../classify/locality.js';
import { transportNames } from '../decode/info.js';
import { IpProtocol } from '../decode/packet-batch.js';
import { TcpFlag } from '../decode/tcp.js';
import { formatIpv4, formatIpv6 } from '../format/address.js';
import { Kind, responderFlagShift, Word, wordsPerEntry } from './flow-entry.js';
import type { FlowEnd, FlowRecord, TcpStateName } from './flow-record.js';
import type { FlowTable } from './flow-table.js';

/** The word index of flow `id`'s entry. */
export function entryOfFlow(id: number): number {
  return (id - 1) * wordsPerEntry;
}

/** What a flow is shown as when its packets differ: what should not be comes first. */
const gravestFirst: readonly Locality[] = [
  Locality.leak,
  Locality.hairpin,
  Locality.stray,
  Locality.loopback,
  Locality.selfAddressed,
  Locality.broadcastCopy,
  Locality.multicastCopy,
  Locality.castOriginal,
  Locality.external,
  Locality.notIp,
  Locality.undecoded,
];

/** The bit of the kind word that says a packet of the flow had this locality. */
export function localityBit(locality: Locality): number {
  return 1 << (Kind.localityShift + locality);
}

/** Flow `id` (from 1 to table.size) as it stands. */
export function flowRecord(table: FlowTable, id: number): FlowRecord {
  const { entries, doubles } = table;
  const at = entryOfFlow(id);
  const kind = entries[at + Word.kind];
  const ports = entries[at + Word.ports];
  const low = flowEnd(table, kind, entries[at + Word.low], ports >>> 16);
  const high = flowEnd(table, kind, entries[at + Word.high], ports & 0xffff);
  const hasHighBegun = (kind & Kind.highBegan) !== 0;
  const protocol = kind & Kind.protocolMask;
  const localities = gravestFirst.filter((value) => (kind & localityBit(value)) !== 0);
  return {
    id,
    protocol: flowProtocolName(protocol),
    initiator: hasHighBegun ? high : low,
    responder: hasHighBegun ? low : high,
    state: protocol === IpProtocol.tcp ? tcpState(entries[at + Word.flags]) : '',
    forward: {
      frames: entries[at + Word.forwardFrames] >>> 0,
      originalBytes: doubles[(at + Word.forwardBytes) >> 1],
    },
    reverse: {
      frames: entries[at + Word.reverseFrames] >>> 0,
      originalBytes: doubles[(at + Word.reverseBytes) >> 1],
    },
    firstTimeNs: timeOf(table.firstTime, 2 * id - 2),
    lastTimeNs: timeOf(entries, at + Word.lastTime),
    locality: localities[0],
    localities,
  };
}

/** The end that began flow `id`. */
export function flowInitiator(table: FlowTable, id: number): FlowEnd {
  const at = entryOfFlow(id);
  const kind = table.entries[at + Word.kind];
  const ports = table.entries[at + Word.ports];
  const hasHighBegun = (kind & Kind.highBegan) !== 0;
  const address = table.entries[at + (hasHighBegun ? Word.high : Word.low)];
  return flowEnd(table, kind, address, hasHighBegun ? ports & 0xffff : ports >>> 16);
}

function flowEnd(table: FlowTable, kind: number, address: number, port: number): FlowEnd {
  return { address: addressText(table, (kind & Kind.ipv6) !== 0, address), port };
}

const scratch = new DataView(new ArrayBuffer(16));

/** Text of an address as an entry holds it: an IPv4 number, or the number of an IPv6 one. */
export function addressText(table: FlowTable, isIpv6: boolean, address: number): string {
  if (!isIpv6) return formatIpv4(address);
  table.ipv6.write(address, scratch, 0);
  return formatIpv6(scratch, 0);
}

function timeOf(words: Int32Array, at: number): bigint {
  return (BigInt(words[at + 1]) << 32n) | BigInt(words[at] >>> 0);
}

/** `tcp`, `udp` …, or the protocol number as text. */
export function flowProtocolName(protocol: number): string {
  return transportNames.get(protocol) ?? String(protocol);
}

/** What the flags seen each way say of the connection. A connection met midway counts as established. */
export function tcpState(flagsSeen: number): TcpStateName {
  const initiator = flagsSeen & 0xff;
  const responder = (flagsSeen >> responderFlagShift) & 0xff;
  if (((initiator | responder) & TcpFlag.rst) !== 0) return 'reset';
  if ((initiator & responder & TcpFlag.fin) !== 0) return 'closed';
  if (((initiator | responder) & TcpFlag.fin) !== 0) return 'closing';
  const isAnswered = (responder & TcpFlag.ack) !== 0;
  if ((initiator & TcpFlag.syn) !== 0 && !isAnswered) return 'syn-sent';
  if ((responder & TcpFlag.syn) !== 0 && (initiator & TcpFlag.ack) === 0) return 'syn-received';
  return 'established';
}

/** First sequence numbers of both directions as packet list lines want them; null where one is not known. */
export function firstSequences(
  table: FlowTable,
  id: number,
  isForward: boolean,
): { seq: number; ack: number } | undefined {
  const at = entryOfFlow(id);
  const kind = table.entries[at + Word.kind];
  const bothKnown = Kind.forwardSeqKnown | Kind.reverseSeqKnown;
  const forward = table.entries[at + Word.forwardSeq] >>> 0;
  const reverse = table.entries[at + Word.reverseSeq] >>> 0;
  if ((kind & bothKnown) === 0) return undefined;
  // Before the other direction has spoken an acknowledgment number can only be 0.
  const other = (kind & bothKnown) === bothKnown;
  if (isForward) return { seq: forward, ack: other ? reverse : 0 };
  return { seq: reverse, ack: other ? forward : 0 };
}
