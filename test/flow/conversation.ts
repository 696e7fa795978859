/**
 * Conversations as frames, and the flows that a table makes of them.
 */
import { LinkType } from '../../src/capture/link-type.js';
import { Locality } from '../../src/classify/locality.js';
import type { FlowRecord } from '../../src/flow/flow-record.js';
import { flowRecord } from '../../src/flow/flow-report.js';
import { FlowTable } from '../../src/flow/flow-table.js';
import { decoded, ipPacket, type TestFrame } from '../classify/frames.js';
import * as build from '../decode/frame-builder.js';

/** `127.0.0.1:40000`, `[::1]:80` as its parts. */
function endOf(text: string): [address: string, port: number] {
  const [, bracketed, plain, port] = /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(text)!;
  return [bracketed ?? plain, Number(port)];
}

const flagBits: Record<string, number> = { F: 1, S: 2, R: 4, P: 8, '.': 16 };

/** A segment as tcpdump writes its flags: `S`, `S.`, `.`, `P.`, `F.`, `R`, `R.`. */
export function segment(
  from: string,
  to: string,
  flags: string,
  fields: { seq?: number; ack?: number; len?: number } = {},
): TestFrame {
  const [source, sourcePort] = endOf(from);
  const [destination, destinationPort] = endOf(to);
  const bits = [...flags].reduce((sum, letter) => sum | flagBits[letter], 0);
  const { len = 0, ...numbers } = fields;
  const payload = new Uint8Array(len);
  const ports = { source, destination, sourcePort, destinationPort };
  return {
    bytes: ipPacket(source, destination, 6, build.tcp({ ...ports, ...numbers, flags: bits, payload })),
  };
}

export function datagram(from: string, to: string): TestFrame {
  const [source, sourcePort] = endOf(from);
  const [destination, destinationPort] = endOf(to);
  return {
    bytes: ipPacket(source, destination, 17, build.udp({ source, destination, sourcePort, destinationPort })),
  };
}

export interface Flows {
  readonly table: FlowTable;
  /** A frame. */
  readonly ids: readonly number[];
  readonly records: readonly FlowRecord[];
}

export function flowsOf(
  frames: readonly TestFrame[],
  linkType: LinkType = LinkType.raw,
  table = new FlowTable(),
): Flows {
  const ids = new Uint32Array(frames.length);
  const locality = new Uint8Array(frames.length).fill(Locality.loopback);
  table.add(decoded(frames, linkType), locality, ids);
  const records = Array.from({ length: table.size }, (_, i) => flowRecord(table, i + 1));
  return { table, ids: [...ids], records };
}

/** `tcp 127.0.0.1:40000 > 127.0.0.1:80 3/2`: protocol, initiator, responder, frames each way. */
export function flowLine({ protocol, initiator, responder, forward, reverse }: FlowRecord): string {
  const ends = [initiator, responder].map(({ address, port }) =>
    address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
  );
  return `${protocol} ${ends.join(' > ')} ${forward.frames}/${reverse.frames}`;
}
