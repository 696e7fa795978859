/**
 * Linux cooked captures, what libpcap makes of the device `any`.
 * Reference: LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2 in the tcpdump group's registry.
 *
 *     SLL    0 packet type  2 ARPHRD  4 address length  6 address, 8 bytes  14 protocol  16
 *     SLL2   0 protocol  2 reserved  4 interface index  8 ARPHRD  10 packet type  11 address length
 *            12 address, 8 bytes  20
 *
 * Both name the device's hardware type, so each frame says itself whether it was seen on loopback.
 */
import { Direction } from '../capture/frame-batch.js';
import type { Cursor } from './cursor.js';
import { EtherType, layerOfEtherType } from './ethernet.js';
import { Layer } from './layer.js';
import { Fact } from './packet-batch.js';

const sllLen = 16;
const sll2Len = 20;

/** ARPHRD_LOOPBACK (linux/if_arp.h). */
export const arphrdLoopback = 772;
/** ARPHRD_NETLINK: the protocol field is a netlink family, not an EtherType. */
const arphrdNetlink = 824;
/** The protocol value of 802.2 frames: LLC follows. */
const protocolLlc = 4;

/** Direction of a PACKET_ type (linux/if_packet.h): host, broadcast, multicast, other host, outgoing. */
const directions = [Direction.in, Direction.broadcast, Direction.multicast, Direction.other, Direction.out];

export function decodeSll(cursor: Cursor): Layer {
  if (cursor.left < sllLen) return cursor.truncated(Layer.sll);
  const { view, offset } = cursor;
  cursor.lastLayer = Layer.sll;
  cursor.offset += sllLen;
  const arphrd = view.getUint16(offset + 2);
  return layerOfCooked(cursor, view.getUint16(offset + 14), arphrd, view.getUint16(offset));
}

export function decodeSll2(cursor: Cursor): Layer {
  if (cursor.left < sll2Len) return cursor.truncated(Layer.sll2);
  const { view, offset } = cursor;
  cursor.lastLayer = Layer.sll2;
  cursor.offset += sll2Len;
  return layerOfCooked(
    cursor,
    view.getUint16(offset),
    view.getUint16(offset + 8),
    view.getUint8(offset + 10),
  );
}

function layerOfCooked(cursor: Cursor, protocol: number, arphrd: number, packetType: number): Layer {
  cursor.facts |= arphrd === arphrdLoopback ? Fact.loopbackLink : Fact.wireLink;
  if (cursor.direction === Direction.unknown && packetType < directions.length) {
    cursor.direction = directions[packetType];
  }
  if (arphrd === arphrdNetlink) return cursor.unsupported(cursor.lastLayer);
  if (protocol === protocolLlc) return Layer.llc;
  // Below 0x600 are Linux's own numbers (ETH_P_802_3, ETH_P_CAN …), none of them with IP behind.
  return protocol < EtherType.ipv4 - 0x200
    ? cursor.unsupported(cursor.lastLayer)
    : layerOfEtherType(cursor, protocol);
}
