/**
 * Frames as batches and columns, for tests of what comes behind decoding.
 */
import { Direction, FrameBatchBuffer } from '../../src/capture/frame-batch.js';
import { LinkType } from '../../src/capture/link-type.js';
import { decode } from '../../src/decode/decode.js';
import { PacketBatch } from '../../src/decode/packet-batch.js';
import * as build from '../decode/frame-builder.js';

export interface TestFrame {
  readonly bytes: Uint8Array;
  readonly origLen?: number;
  readonly direction?: Direction;
  /** FrameFlag bits. */
  readonly flags?: number;
  readonly tsNs?: bigint;
}

/** The frames as a batch of a source's interface 0; unless they say when, a millisecond apart. */
export function batchOf(frames: readonly TestFrame[], linkType: LinkType = LinkType.raw): FrameBatchBuffer {
  const batch = new FrameBatchBuffer(frames.length);
  const bytes = build.concat(frames.map((frame) => frame.bytes));
  batch.rebind(bytes, new DataView(bytes.buffer), 0, linkType);
  let offset = 0;
  frames.forEach((frame, i) => {
    batch.offset[i] = offset;
    batch.capLen[i] = frame.bytes.length;
    batch.origLen[i] = frame.origLen ?? frame.bytes.length;
    batch.tsNs[i] = frame.tsNs ?? BigInt(i) * 1_000_000n;
    batch.direction[i] = frame.direction ?? Direction.unknown;
    batch.flags[i] = frame.flags ?? 0;
    offset += frame.bytes.length;
  });
  batch.count = frames.length;
  return batch;
}

/** The columns of the frames. */
export function decoded(frames: readonly TestFrame[], linkType: LinkType = LinkType.raw): PacketBatch {
  const packets = new PacketBatch(frames.length);
  decode(batchOf(frames, linkType), packets);
  return packets;
}

/** An IP packet of the version that the addresses are of. */
export function ipPacket(
  source: string,
  destination: string,
  protocol: number,
  payload: Uint8Array,
): Uint8Array {
  return source.includes(':')
    ? build.ipv6({ source, destination, nextHeader: protocol, payload })
    : build.ipv4({ source, destination, protocol, payload });
}

export function udpPacket(
  source: string,
  destination: string,
  sourcePort = 40000,
  destinationPort = 9,
): Uint8Array {
  return ipPacket(source, destination, 17, build.udp({ source, destination, sourcePort, destinationPort }));
}

export const otherMac = '02:00:00:00:00:02';

/** An IP packet in an Ethernet frame: with both addresses zero, as on lo, or with real ones. */
export function ethernetOf(packet: Uint8Array, isLo: boolean): Uint8Array {
  const etherType = packet[0] >> 4 === 6 ? 0x86dd : 0x0800;
  if (isLo) return build.ethernet({ etherType, payload: packet });
  return build.ethernet({ etherType, payload: packet, source: '02:00:00:00:00:01', destination: otherMac });
}
