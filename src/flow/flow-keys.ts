/**
 * The flow keys of a batch, one typed array a part: both ends in one order whichever of them sent.
 *
 * Keys are taken for the whole batch before any flow is looked up, so that the look-ups' cache misses overlap
 * (see FlowTable.add).
 */
import { batchCapacity } from '../capture/frame-batch.js';
import { Fact, IpProtocol, Network, type PacketBatch } from '../decode/packet-batch.js';
import { hashWords, type Ipv6Table } from '../host/ipv6-table.js';

/** Bits of the kind word that are part of a flow's identity; the lowest byte is the IP protocol. */
export const Identity = { protocolMask: 0xff, used: 1 << 8, ipv6: 1 << 9 } as const;

/** In place of an identity: the IPv6 table is full, so there is no flow to look for. */
export const unnumbered = -1;

export class FlowKeys {
  /** IPv4 addresses, or numbers of IPv6 ones: the smaller (as signed numbers) and the larger. */
  readonly low = new Int32Array(batchCapacity);
  readonly high = new Int32Array(batchCapacity);
  /** Port of the low end in the upper half, of the high end in the lower. */
  readonly ports = new Int32Array(batchCapacity);
  /** Identity bits; 0 for a packet that belongs to no flow. */
  readonly identity = new Int32Array(batchCapacity);
  /** 1 when the high end sent the packet. */
  readonly isSrcHigh = new Uint8Array(batchCapacity);
  readonly hash = new Int32Array(batchCapacity);

  /** @param ipv6 gives IPv6 addresses their numbers */
  constructor(readonly ipv6: Ipv6Table) {}

  /** Takes the keys of every packet of a batch. */
  take(packets: PacketBatch): void {
    const { first, count, network, facts, srcPort, dstPort, srcIpv4, dstIpv4, ipProtocol } = packets;
    for (let i = first; i < count; i++) {
      if (network[i] < Network.ipv4 || (facts[i] & Fact.addresses) === 0) {
        this.identity[i] = 0;
        continue;
      }
      let src = srcIpv4[i];
      let dst = dstIpv4[i];
      let identity = ipProtocol[i] | Identity.used;
      if (network[i] === Network.ipv6) {
        const { view } = packets.frames;
        src = this.ipv6.add(view, packets.networkOffset[i] + 8);
        dst = this.ipv6.add(view, packets.networkOffset[i] + 24);
        identity = src < 0 || dst < 0 ? unnumbered : identity | Identity.ipv6;
      }
      const isSrcHigh = src > dst || (src === dst && (srcPort[i] > dstPort[i] || isEchoReply(packets, i)));
      const low = isSrcHigh ? dst : src;
      const high = isSrcHigh ? src : dst;
      const ports = isSrcHigh ? (dstPort[i] << 16) | srcPort[i] : (srcPort[i] << 16) | dstPort[i];
      this.low[i] = low;
      this.high[i] = high;
      this.ports[i] = ports;
      this.identity[i] = identity;
      this.isSrcHigh[i] = isSrcHigh ? 1 : 0;
      this.hash[i] = hashWords(low, high, ports, identity);
    }
  }
}

/** Types of ICMP (RFC 792) and ICMPv6 (RFC 4443). */
const icmpEchoReply = 0;
const icmpv6EchoReply = 129;

/** Of an address that pings itself only the type tells the two directions apart. */
function isEchoReply(packets: PacketBatch, i: number): boolean {
  const protocol = packets.ipProtocol[i];
  if (protocol !== IpProtocol.icmp && protocol !== IpProtocol.icmpv6) return false;
  if ((packets.facts[i] & Fact.ports) === 0) return false;
  const type = packets.frames.view.getUint8(packets.transportOffset[i]);
  return type === (protocol === IpProtocol.icmp ? icmpEchoReply : icmpv6EchoReply);
}
