/**
 * The hot path from bytes to columns: decode a header, ask for the next layer, until there is none.
 * Total: any bytes give a Stop, nothing throws, nothing outside the frame is read, nothing is allocated.
 */
import type { FrameBatch } from '../capture/frame-batch.js';
import { LinkType } from '../capture/link-type.js';
import { decodeArp } from './arp.js';
import { Cursor } from './cursor.js';
import { decodeEthernet } from './ethernet.js';
import { decodeIcmp } from './icmp.js';
import { decodeIcmpv6 } from './icmpv6.js';
import { decodeIgmp } from './igmp.js';
import { decodeIpv4 } from './ipv4.js';
import { decodeIpv6, decodeIpv6Extension } from './ipv6.js';
import { Layer, Stop } from './layer.js';
import { decodeLlc } from './llc.js';
import { decodeNflog } from './nflog.js';
import { decodeLoop, decodeNull } from './null.js';
import type { PacketBatch } from './packet-batch.js';
import { decodePlain } from './plain.js';
import { decodeRaw } from './raw.js';
import { decodeSctp } from './sctp.js';
import { decodeSll, decodeSll2 } from './sll.js';
import { decodeTcp } from './tcp.js';
import { decodeUdp } from './udp.js';
import { decodeVlan } from './vlan.js';

/** The layer that frames of a linktype begin with; Layer.end for one that is not decoded. */
export function firstLayer(linkType: LinkType): Layer {
  switch (linkType) {
    case LinkType.ethernet:
      return Layer.ethernet;
    case LinkType.null:
      return Layer.null;
    case LinkType.loop:
      return Layer.loop;
    case LinkType.raw:
    case LinkType.rawDlt:
    case LinkType.rawDltOpenbsd:
      return Layer.raw;
    case LinkType.linuxSll:
      return Layer.sll;
    case LinkType.linuxSll2:
      return Layer.sll2;
    case LinkType.nflog:
      return Layer.nflog;
    case LinkType.ipv4:
      return Layer.ipv4;
    case LinkType.ipv6:
      return Layer.ipv6;
    default:
      return Layer.end;
  }
}

function decodeLayer(cursor: Cursor, layer: Layer): Layer {
  switch (layer) {
    case Layer.ethernet:
      return decodeEthernet(cursor);
    case Layer.ipv4:
      return decodeIpv4(cursor);
    case Layer.tcp:
      return decodeTcp(cursor);
    case Layer.udp:
      return decodeUdp(cursor);
    case Layer.ipv6:
      return decodeIpv6(cursor);
    case Layer.ipv6Extension:
      return decodeIpv6Extension(cursor);
    case Layer.vlan:
      return decodeVlan(cursor);
    case Layer.llc:
      return decodeLlc(cursor);
    case Layer.arp:
      return decodeArp(cursor);
    case Layer.icmp:
      return decodeIcmp(cursor);
    case Layer.icmpv6:
      return decodeIcmpv6(cursor);
    case Layer.igmp:
      return decodeIgmp(cursor);
    case Layer.sctp:
      return decodeSctp(cursor);
    case Layer.null:
      return decodeNull(cursor);
    case Layer.loop:
      return decodeLoop(cursor);
    case Layer.raw:
      return decodeRaw(cursor);
    case Layer.sll:
      return decodeSll(cursor);
    case Layer.sll2:
      return decodeSll2(cursor);
    case Layer.nflog:
      return decodeNflog(cursor);
    default:
      return Layer.end;
  }
}

const cursor = new Cursor();

/**
 * Decodes frames of a batch: all, or those from `from` up to `to`.
 * @param frames lent by its source
 * @param packets receives the columns; its capacity must be at least `frames.count`
 */
export function decode(frames: FrameBatch, packets: PacketBatch, from = 0, to = frames.count): void {
  const first = firstLayer(frames.linkType);
  packets.frames = frames;
  packets.first = from;
  packets.count = to;
  const isEthernet = first === Layer.ethernet;
  for (let i = from; i < to; i++) {
    if (!isEthernet || !decodePlain(frames, packets, i)) decodeLayers(frames, packets, i, first);
  }
}

/** Decodes frame i layer by layer. */
export function decodeLayers(frames: FrameBatch, packets: PacketBatch, i: number, first: Layer): void {
  cursor.view = frames.view;
  cursor.begin(frames.offset[i], frames.capLen[i], frames.origLen[i], frames.direction[i]);
  if (first === Layer.end) cursor.stop = Stop.unsupported;
  let layer: Layer = first;
  while (layer !== Layer.end) layer = decodeLayer(cursor, layer);
  store(packets, i);
}

function store(packets: PacketBatch, i: number): void {
  packets.network[i] = cursor.network;
  packets.networkOffset[i] = cursor.networkOffset;
  packets.ipProtocol[i] = cursor.ipProtocol;
  packets.transportOffset[i] = cursor.transportOffset;
  packets.srcIpv4[i] = cursor.srcIpv4;
  packets.dstIpv4[i] = cursor.dstIpv4;
  packets.srcPort[i] = cursor.srcPort;
  packets.dstPort[i] = cursor.dstPort;
  packets.tcpFlags[i] = cursor.tcpFlags;
  packets.fragmentId[i] = cursor.fragmentId;
  packets.payloadLen[i] = cursor.payloadLen;
  packets.direction[i] = cursor.direction;
  packets.facts[i] = cursor.facts;
  packets.stop[i] = cursor.stop;
  packets.lastLayer[i] = cursor.lastLayer;
}
