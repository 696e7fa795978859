/**
 * One frame decoded to a plain object: the columns by name, offsets from the frame's start.
 */
import type { ExecutionContext } from 'ava';
import { Direction, FrameBatchBuffer } from '../../src/capture/frame-batch.js';
import type { LinkType } from '../../src/capture/link-type.js';
import { decode } from '../../src/decode/decode.js';
import { dissectFrame } from '../../src/decode/dissect.js';
import { packetInfo } from '../../src/decode/info.js';
import { layerName, stopName } from '../../src/decode/layer.js';
import { Fact, Network, PacketBatch } from '../../src/decode/packet-batch.js';
import { formatIpv4, formatIpv6 } from '../../src/format/address.js';

export interface Columns {
  network: string;
  /** From the frame's start; -1 for none. */
  networkOffset: number;
  transportOffset: number;
  ipProtocol: number;
  /** Addresses as text, '' where the columns have none. */
  source: string;
  destination: string;
  /** -1 where the columns have none. */
  srcPort: number;
  dstPort: number;
  tcpFlags: number;
  payloadLen: number;
  fragmentId: number;
  direction: string;
  /** Names of Fact bits. */
  facts: readonly string[];
  stop: string;
  lastLayer: string;
}

const packets = new PacketBatch(1);
const frames = new FrameBatchBuffer(1);

/** A batch that has the frame at `offset` of `bytes`, decoded; valid until the next call. */
export function batchOf(
  bytes: Uint8Array,
  linkType: LinkType,
  offset: number,
  capLen: number,
  origLen: number,
): PacketBatch {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  frames.rebind(bytes, view, 0, linkType);
  frames.count = 1;
  frames.offset[0] = offset;
  frames.capLen[0] = capLen;
  frames.origLen[0] = origLen;
  frames.direction[0] = Direction.unknown;
  decode(frames, packets);
  return packets;
}

/** The columns of one frame; in a buffer of its own, or at `offset` of `bytes`. */
export function decodeOne(
  bytes: Uint8Array,
  linkType: LinkType,
  origLen = bytes.length,
  offset = 0,
  capLen = bytes.length,
): Columns {
  batchOf(bytes, linkType, offset, capLen, origLen);
  const facts = Object.entries(Fact).filter(([, bit]) => (packets.facts[0] & bit) !== 0);
  const has = (bit: number): boolean => (packets.facts[0] & bit) !== 0;
  return {
    network: nameOf(Network, packets.network[0]),
    networkOffset: packets.network[0] === 0 ? -1 : packets.networkOffset[0] - offset,
    transportOffset: packets.transportOffset[0] === 0 ? -1 : packets.transportOffset[0] - offset,
    ipProtocol: packets.ipProtocol[0],
    source: has(Fact.addresses) ? addressText(8, packets.srcIpv4[0]) : '',
    destination: has(Fact.addresses) ? addressText(24, packets.dstIpv4[0]) : '',
    srcPort: has(Fact.ports) ? packets.srcPort[0] : -1,
    dstPort: has(Fact.ports) ? packets.dstPort[0] : -1,
    tcpFlags: packets.tcpFlags[0],
    payloadLen: packets.payloadLen[0],
    fragmentId: has(Fact.fragment) ? packets.fragmentId[0] : 0,
    direction: nameOf(Direction, packets.direction[0]),
    facts: facts.map(([name]) => name),
    stop: stopName[packets.stop[0]],
    lastLayer: layerName[packets.lastLayer[0]],
  };
}

/** The columns of one frame, after checking that nothing around it in the buffer shows in columns, tree or line. */
export function decodeSurrounded(
  t: ExecutionContext,
  frame: Uint8Array,
  linkType: LinkType,
  origLen: number,
): Columns {
  const [first, second] = [0x00, 0xff].map((pattern) => {
    const bytes = new Uint8Array(frame.length + 2 * margin).fill(pattern);
    bytes.set(frame, margin);
    const columns = decodeOne(bytes, linkType, origLen, margin, frame.length);
    const info = packetInfo(packets, 0);
    const tree = dissectFrame(bytes.subarray(margin, margin + frame.length), linkType, origLen);
    return { columns, info, tree };
  });
  t.deepEqual(first, second, 'the bytes around the frame make a difference');
  return first.columns;
}

/** More than any header, so that a read past the frame's end stays in the buffer and is seen. */
const margin = 2048;

function addressText(ipv6Offset: number, ipv4: number): string {
  if (packets.network[0] !== Network.ipv6) return formatIpv4(ipv4);
  return formatIpv6(packets.frames.view, packets.networkOffset[0] + ipv6Offset);
}

function nameOf(names: Readonly<Record<string, number>>, value: number): string {
  return Object.entries(names).find(([, known]) => known === value)?.[0] ?? String(value);
}
