/**
 * The one line that a packet list shows of a packet, from its columns and the bytes that they say are there.
 * Printable ASCII but for `→`, whatever the wire says.
 */
import { formatIpv4, formatMac } from '../format/address.js';
import { formatHex } from '../format/units.js';
import { ArpOperation, arpOperationName, whoHas } from './arp.js';
import { dissectFrame } from './dissect.js';
import { icmpInfo, icmpv6Info } from './info-icmp.js';
import { igmpInfo } from './info-multicast.js';
import { Extension } from './ipv6.js';
import { extensionLen } from './ipv6-extension.js';
import { Layer, layerName, Stop } from './layer.js';
import { Fact, IpProtocol, Network, type PacketBatch } from './packet-batch.js';
import { chunkName } from './sctp-chunks.js';
import { TcpFlag, tcpFlagsText } from './tcp.js';

/** The first sequence number of a packet's own direction and of the other one: numbers are shown less these. */
export interface TcpBase {
  readonly seq: number;
  readonly ack: number;
}

/**
 * `SYN seq 0 win 65495`, `len 5`, `echo request id 4660 seq 1`, `who has 10.0.0.1? tell 10.0.0.2`, or why decoding
 * stopped: `truncated: Internet Protocol Version 4: 12 of 20 bytes`.
 */
export function packetInfo(packets: PacketBatch, i: number, tcpBase?: TcpBase): string {
  switch (packets.stop[i]) {
    case Stop.truncated:
    case Stop.malformed:
    case Stop.unsupported:
      return stopInfo(packets, i);
    case Stop.fragment:
      return fragmentInfo(packets, i);
    default:
      return layerInfo(packets, i, tcpBase);
  }
}

/** Transports by IP protocol number, as the records name them. */
export const transportNames: ReadonlyMap<number, string> = new Map([
  [IpProtocol.tcp, 'tcp'],
  [IpProtocol.udp, 'udp'],
  [IpProtocol.icmp, 'icmp'],
  [IpProtocol.icmpv6, 'icmpv6'],
  [IpProtocol.igmp, 'igmp'],
  [IpProtocol.sctp, 'sctp'],
]);

/**
 * The `protocol` of loscope.packet/1: the transport that the IP header leads to, for later fragments and other
 * transports the IP version, `arp`, the link layer's name, or `other` where no layer is known.
 */
export function protocolName(packets: PacketBatch, i: number): string {
  const network = packets.network[i];
  if (network === Network.arp) return 'arp';
  if (network === Network.none) return packets.lastLayer[i] === 0 ? 'other' : layerName[packets.lastLayer[i]];
  const isLater = (packets.facts[i] & Fact.laterFragment) !== 0;
  const transport = isLater ? undefined : transportNames.get(packets.ipProtocol[i]);
  return transport ?? (network === Network.ipv4 ? 'ipv4' : 'ipv6');
}

function layerInfo(packets: PacketBatch, i: number, tcpBase: TcpBase | undefined): string {
  const { view } = packets.frames;
  const start = packets.transportOffset[i];
  const end = endOfFrame(packets, i);
  switch (packets.lastLayer[i]) {
    case Layer.tcp:
      return withFragment(packets, i, tcpInfo(packets, i, tcpBase));
    case Layer.udp:
      return withFragment(packets, i, `len ${packets.payloadLen[i]}`);
    case Layer.icmp:
      return withFragment(packets, i, icmpInfo(view, start, end));
    case Layer.icmpv6:
      return withFragment(packets, i, icmpv6Info(view, start, end));
    case Layer.igmp:
      return withFragment(packets, i, igmpInfo(view, start, end, packets.payloadLen[i]));
    case Layer.sctp:
      return withFragment(packets, i, sctpInfo(packets, i));
    case Layer.arp:
      return arpInfo(packets, i);
    default:
      return packets.ipProtocol[i] === IpProtocol.noNext ? 'no next header' : '';
  }
}

function endOfFrame(packets: PacketBatch, i: number): number {
  return packets.frames.offset[i] + packets.frames.capLen[i];
}

function withFragment(packets: PacketBatch, i: number, text: string): string {
  if ((packets.facts[i] & Fact.fragment) === 0) return text;
  return `${text}, first fragment id ${fragmentId(packets, i)}`;
}

function fragmentId(packets: PacketBatch, i: number): string {
  const isIpv4 = packets.network[i] === Network.ipv4;
  return formatHex(packets.fragmentId[i] >>> 0, isIpv4 ? 2 : 4);
}

function tcpInfo(packets: PacketBatch, i: number, base: TcpBase | undefined): string {
  const { view } = packets.frames;
  const start = packets.transportOffset[i];
  const flags = packets.tcpFlags[i];
  const payloadLen = packets.payloadLen[i];
  let text = `${tcpFlagsText(flags)} seq ${(view.getUint32(start + 4) - (base?.seq ?? 0)) >>> 0}`;
  if ((flags & TcpFlag.ack) !== 0) text += ` ack ${(view.getUint32(start + 8) - (base?.ack ?? 0)) >>> 0}`;
  text += ` win ${view.getUint16(start + 14)}`;
  return payloadLen === 0 ? text : `${text} len ${payloadLen}`;
}

function sctpInfo(packets: PacketBatch, i: number): string {
  const { view } = packets.frames;
  const start = packets.transportOffset[i];
  const end = Math.min(endOfFrame(packets, i), start + 12 + packets.payloadLen[i]);
  const chunks: string[] = [];
  for (let at = start + 12; at + 4 <= end && chunks.length < 4; ) {
    chunks.push(chunkName(view.getUint8(at)));
    at += Math.max(4, (view.getUint16(at + 2) + 3) & ~3);
  }
  return `${chunks.join(', ') || 'no chunk'} tag ${formatHex(view.getUint32(start + 4), 4)}`;
}

function arpInfo(packets: PacketBatch, i: number): string {
  const { view, bytes } = packets.frames;
  const start = packets.networkOffset[i];
  const operation = view.getUint16(start + 6);
  const sender = formatIpv4(packets.srcIpv4[i]);
  if (operation === ArpOperation.request) return whoHas(sender, formatIpv4(packets.dstIpv4[i]));
  if (operation !== ArpOperation.reply) return arpOperationName(operation);
  const hardwareLen = Math.min(8, view.getUint8(start + 4));
  return `${sender} is at ${formatMac(bytes, start + 8, hardwareLen)}`;
}

function fragmentInfo(packets: PacketBatch, i: number): string {
  const isIpv4 = packets.network[i] === Network.ipv4;
  const field = fragmentField(packets, i);
  const fragmentOffset = isIpv4 ? (field & 0x1fff) * 8 : field & 0xfff8;
  const isLast = (field & (isIpv4 ? 0x2000 : 1)) === 0;
  const where = `fragment offset ${fragmentOffset} len ${packets.payloadLen[i]}`;
  return `${where} id ${fragmentId(packets, i)}, ${isLast ? 'last' : 'more follow'}`;
}

/** Decoding stopped at this frame's fragment header, so all of it is there. */
function fragmentField(packets: PacketBatch, i: number): number {
  const { view } = packets.frames;
  const network = packets.networkOffset[i];
  if (packets.network[i] === Network.ipv4) return view.getUint16(network + 6);
  let kind = view.getUint8(network + 6);
  for (let at = network + 40; ; ) {
    const lenField = view.getUint8(at + 1);
    const field = view.getUint16(at + 2);
    if (kind === Extension.fragment && (field & 0xfff8) !== 0) return field;
    const next = view.getUint8(at);
    at += extensionLen(kind, lenField);
    kind = next;
  }
}

/** The last field of the frame's tree says what is cut, contradicts itself or is unknown. */
function stopInfo(packets: PacketBatch, i: number): string {
  const { frames } = packets;
  const frame = frames.bytes.subarray(frames.offset[i], endOfFrame(packets, i));
  const last = dissectFrame(frame, frames.linkType, frames.origLen[i]).at(-1);
  if (last === undefined) return '';
  return packets.stop[i] === Stop.unsupported ? last.value : `${last.name.toLowerCase()}: ${last.value}`;
}
