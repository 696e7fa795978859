/**
 * Which transport layer an IP protocol number leads to, for both versions of IP.
 * Reference: IANA protocol-numbers.
 */
import type { Cursor } from './cursor.js';
import { Layer } from './layer.js';
import { IpProtocol } from './packet-batch.js';

/** The layer of `protocol`, whose header starts at the cursor; ends the frame where it is not decoded. */
export function layerOfIpProtocol(cursor: Cursor, protocol: number): Layer {
  switch (protocol) {
    case IpProtocol.tcp:
      return Layer.tcp;
    case IpProtocol.udp:
      return Layer.udp;
    case IpProtocol.icmp:
      return Layer.icmp;
    case IpProtocol.icmpv6:
      return Layer.icmpv6;
    case IpProtocol.igmp:
      return Layer.igmp;
    case IpProtocol.sctp:
      return Layer.sctp;
    default:
      cursor.payloadLen = Math.max(0, cursor.limit - cursor.offset);
      return protocol === IpProtocol.noNext ? Layer.end : cursor.unsupported(cursor.lastLayer);
  }
}
