/**
 * What decoding makes of a FrameBatch: one typed array per fact, index for index with the frames.
 * Offsets are absolute into the frames' shared `bytes`. IPv6 addresses are not copied: they lie at
 * networkOffset + 8 (source) and + 24 (destination).
 */
import type { FrameBatch } from '../capture/frame-batch.js';

/** The outermost network header. */
export const Network = { none: 0, ipv4: 4, ipv6: 6, arp: 1 } as const;
export type Network = (typeof Network)[keyof typeof Network];

/** IP protocol numbers that are decoded here (IANA protocol-numbers). */
export const IpProtocol = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  ah: 51,
  icmpv6: 58,
  noNext: 59,
  sctp: 132,
} as const;

/** Bits of PacketBatch.facts. */
export const Fact = {
  /** Both MAC addresses are zero, or the link header says ARPHRD_LOOPBACK: seen on loopback. */
  loopbackLink: 1,
  /** The link header names a device that is not loopback. */
  wireLink: 2,
  /** At least one VLAN tag. */
  vlan: 4,
  /** A fragment, first or later. */
  fragment: 8,
  /** A fragment that is not the first: it has no transport header. */
  laterFragment: 16,
  /** The source and destination addresses are present. */
  addresses: 32,
  /** The source and destination ports (or the ICMP identifier) are present. */
  ports: 64,
  /** The IP length field was 0 and the captured length decided (segmentation offload, BIG TCP). */
  lengthFromCapture: 128,
  /** Behind an authentication header: the outermost header itself leads to no transport. */
  authenticated: 256,
} as const;

/** Decoded columns over one FrameBatch; valid as long as that batch is. */
export class PacketBatch {
  frames!: FrameBatch;
  /** First packet in hand: the stages look at those from `first` to `count`. */
  first = 0;
  /** One past the last packet in hand. */
  count = 0;
  /** Network. */
  readonly network: Uint8Array;
  /** Bytes from the start of `frames.bytes` to the outermost network header; 0 when there is none. */
  readonly networkOffset: Uint32Array;
  /** IP protocol that the header chain leads to; meaningful when `network` is ipv4 or ipv6. */
  readonly ipProtocol: Uint8Array;
  /** Bytes from the start of `frames.bytes` to the transport header; 0 when there is none. */
  readonly transportOffset: Uint32Array;
  /** IPv4 or ARP protocol addresses as 32-bit numbers; 0 for IPv6. */
  readonly srcIpv4: Int32Array;
  readonly dstIpv4: Int32Array;
  /** Ports of TCP, UDP and SCTP; the identifier in both for ICMP echo. 0 elsewhere. */
  readonly srcPort: Uint16Array;
  readonly dstPort: Uint16Array;
  /** The flag byte of TCP. */
  readonly tcpFlags: Uint8Array;
  /** The datagram's identification; meaningful with Fact.fragment only. */
  readonly fragmentId: Int32Array;
  /** Bytes after the transport header, as the length fields say. */
  readonly payloadLen: Uint32Array;
  /** Direction: the capture's own, else the link header's. */
  readonly direction: Uint8Array;
  /** Fact bits. */
  readonly facts: Uint16Array;
  /** Stop. */
  readonly stop: Uint8Array;
  /** Layer that was decoded last. */
  readonly lastLayer: Uint8Array;

  /** @param capacity frames of the largest batch */
  constructor(readonly capacity: number) {
    this.network = new Uint8Array(capacity);
    this.networkOffset = new Uint32Array(capacity);
    this.ipProtocol = new Uint8Array(capacity);
    this.transportOffset = new Uint32Array(capacity);
    this.srcIpv4 = new Int32Array(capacity);
    this.dstIpv4 = new Int32Array(capacity);
    this.srcPort = new Uint16Array(capacity);
    this.dstPort = new Uint16Array(capacity);
    this.tcpFlags = new Uint8Array(capacity);
    this.fragmentId = new Int32Array(capacity);
    this.payloadLen = new Uint32Array(capacity);
    this.direction = new Uint8Array(capacity);
    this.facts = new Uint16Array(capacity);
    this.stop = new Uint8Array(capacity);
    this.lastLayer = new Uint8Array(capacity);
  }
}

/**
 * Leaves some packets in the columns, those at the places `selected`, from the first place on. What the columns are about
 * has to be left in the frames as well.
 * @param selected places in order
 */
export function compactPackets(packets: PacketBatch, selected: Uint32Array, count: number): void {
  for (const column of columnsOf(packets)) {
    for (let k = 0; k < count; k++) column[k] = column[selected[k]];
  }
  packets.first = 0;
  packets.count = count;
}

function columnsOf(packets: PacketBatch) {
  const { network, networkOffset, ipProtocol, transportOffset, srcIpv4, dstIpv4, srcPort, dstPort } = packets;
  const { tcpFlags, fragmentId, payloadLen, direction, facts, stop, lastLayer } = packets;
  const addresses = [network, networkOffset, ipProtocol, transportOffset, srcIpv4, dstIpv4, srcPort, dstPort];
  return [...addresses, tcpFlags, fragmentId, payloadLen, direction, facts, stop, lastLayer];
}
