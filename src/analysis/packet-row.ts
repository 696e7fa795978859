/**
 * One packet of the batch in hand as a line for people: the cold path, for packets that are shown or printed.
 */
import { Direction, FrameFlag } from '../capture/frame-batch.js';
import type { InterfaceRole } from '../capture/source.js';
import { isLoopbackIpv4, isUnicastIpv4 } from '../classify/address-scope.js';
import { roleOfFrame } from '../classify/classify.js';
import { type CopyFate, explain } from '../classify/explain.js';
import { type Evidence, Locality } from '../classify/locality.js';
import { packetInfo, protocolName } from '../decode/info.js';
import { Fact, IpProtocol, Network, type PacketBatch } from '../decode/packet-batch.js';
import { firstSequences, flowInitiator } from '../flow/flow-report.js';
import type { FlowTable } from '../flow/flow-table.js';
import { formatIpv4, formatIpv6 } from '../format/address.js';
import type { HostLookup } from '../host/host-lookup.js';
import { isKernelsOwn } from './copies.js';
import type { StoredFrame } from './frame-keeper.js';
import type { PacketRow } from './port.js';

/** What a row needs besides the packet's columns. */
export interface RowContext {
  readonly number: number;
  readonly interface: string;
  readonly role: InterfaceRole;
  readonly locality: Locality;
  readonly evidence: Evidence;
  /** The host that the verdict is about. */
  readonly host: HostLookup;
  /** Flow id, or 0. */
  readonly flow: number;
  readonly flows: FlowTable;
  /** Of a copy: the number of the frame that it is one of; absent or 0 where that is not known. */
  readonly original?: number;
}

export function packetRow(packets: PacketBatch, i: number, context: RowContext): PacketRow {
  const { frames } = packets;
  const src = addressOf(packets, i, packets.srcIpv4[i], 8);
  const dst = addressOf(packets, i, packets.dstIpv4[i], 24);
  const hasPorts = (packets.facts[i] & Fact.ports) !== 0 && !isIcmp(packets.ipProtocol[i]);
  const dstPort = hasPorts ? packets.dstPort[i] : 0;
  const { locality, evidence } = context;
  const role = roleOfFrame(packets, i, context.role);
  const info = packetInfo(packets, i, sequencesOf(packets, i, src, context));
  const isArp = packets.network[i] === Network.arp;
  const direction = leakDirection(packets, i, context);
  const udpDstPort = packets.ipProtocol[i] === IpProtocol.udp ? dstPort : 0;
  return {
    number: context.number,
    timeNs: frames.tsNs[i],
    isTimeApproximate: (frames.flags[i] & FrameFlag.approximateTime) !== 0,
    interface: context.interface,
    capLen: frames.capLen[i],
    origLen: frames.origLen[i],
    protocol: protocolName(packets, i),
    src,
    dst,
    srcPort: hasPorts ? packets.srcPort[i] : 0,
    dstPort,
    info,
    locality,
    evidence,
    why: explain({
      ...{ locality, evidence, role, direction, isArp, src, dst, udpDstPort, stop: info },
      original: context.original ?? 0,
      ...copyOf(packets, i, dst, context),
    }),
    flow: context.flow,
  };
}

/** The row of a frame whose bytes cannot be read again. */
export function lostRow(
  number: number,
  { loss, locality, evidence, flow }: StoredFrame,
  name: string,
): PacketRow {
  return {
    number,
    timeNs: 0n,
    interface: name,
    capLen: 0,
    origLen: 0,
    protocol: '',
    src: '',
    dst: '',
    srcPort: 0,
    dstPort: 0,
    info: loss,
    locality,
    evidence,
    why: loss,
    flow,
    loss,
  };
}

function addressOf(packets: PacketBatch, i: number, ipv4: number, ipv6Offset: number): string {
  if ((packets.facts[i] & Fact.addresses) === 0) return '';
  if (packets.network[i] !== Network.ipv6) return formatIpv4(ipv4);
  return formatIpv6(packets.frames.view, packets.networkOffset[i] + ipv6Offset);
}

/**
 * Which way a leak goes: as the capture says, else by the end that is no loopback address. What leaves the host has
 * an own address there as source or a foreign one as destination.
 */
function leakDirection(packets: PacketBatch, i: number, { locality, host }: RowContext): number {
  const recorded = packets.direction[i];
  if (locality !== Locality.leak || recorded !== Direction.unknown || !host.known) return recorded;
  if (packets.network[i] !== Network.ipv4) return recorded;
  const isToLoopback = isLoopbackIpv4(packets.dstIpv4[i]);
  const outside = isToLoopback ? packets.srcIpv4[i] : packets.dstIpv4[i];
  if (isLoopbackIpv4(outside) || !isUnicastIpv4(outside)) return recorded;
  return host.isOwnIpv4(outside) === isToLoopback ? Direction.out : Direction.in;
}

/** Of an original to a group: memberships are known of the host that runs this program. */
function copyOf(
  packets: PacketBatch,
  i: number,
  group: string,
  { locality, host, interface: name }: RowContext,
): { copy?: CopyFate } {
  if (locality !== Locality.castOriginal || host.origin !== 'live') return {};
  if (isKernelsOwn(packets, i)) return { copy: 'turned-off' };
  return { copy: host.isMember(group, name) ? 'joined' : 'not-joined' };
}

/** ICMP's identifier stands in the port columns, for the flow table only. */
function isIcmp(protocol: number): boolean {
  return protocol === IpProtocol.icmp || protocol === IpProtocol.icmpv6;
}

/** Sequence numbers are shown from each direction's first. */
function sequencesOf(packets: PacketBatch, i: number, src: string, { flow, flows }: RowContext) {
  if (flow === 0 || packets.tcpFlags[i] === 0) return undefined;
  const initiator = flowInitiator(flows, flow);
  const isForward = initiator.address === src && initiator.port === packets.srcPort[i];
  return firstSequences(flows, flow, isForward);
}
