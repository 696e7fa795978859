/**
 * ARP for IPv4: the protocol addresses are what a leak check looks at.
 * Reference: RFC 826.
 *
 *      0          2          4      5      6           8                14          18              24
 *     | hardware | protocol | hlen | plen | operation | sender hardware | sender IP | target hardware | target IP |
 */
import type { Cursor } from './cursor.js';
import { EtherType } from './ethernet.js';
import { Layer } from './layer.js';
import { Fact, Network } from './packet-batch.js';

const fixedLen = 8;

export function decodeArp(cursor: Cursor): Layer {
  const { view, offset } = cursor;
  cursor.network = Network.arp;
  cursor.networkOffset = offset;
  if (cursor.left < fixedLen) return cursor.truncated(Layer.arp);
  const hardwareLen = view.getUint8(offset + 4);
  const protocolLen = view.getUint8(offset + 5);
  if (cursor.left < fixedLen + 2 * (hardwareLen + protocolLen)) return cursor.truncated(Layer.arp);
  cursor.lastLayer = Layer.arp;
  if (view.getUint16(offset + 2) !== EtherType.ipv4 || protocolLen !== 4)
    return cursor.unsupported(Layer.arp);
  const sender = offset + fixedLen + hardwareLen;
  cursor.srcIpv4 = view.getInt32(sender);
  cursor.dstIpv4 = view.getInt32(sender + 4 + hardwareLen);
  cursor.facts |= Fact.addresses;
  return Layer.end;
}
