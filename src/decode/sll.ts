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
import type { Dissector } from './dissector.js';
import { dissectEtherType, layerOfEtherType } from './ethernet.js';
import { hardwareTypeName } from './hardware.js';
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
/** Below are Linux's own numbers (ETH_P_802_3, ETH_P_CAN …), none of them with IP behind. */
const leastEtherType = 0x600;

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
  return protocol < leastEtherType
    ? cursor.unsupported(cursor.lastLayer)
    : layerOfEtherType(cursor, protocol);
}

const packetTypeNames = ['to this host', 'broadcast', 'multicast', 'to another host', 'outgoing'];
const addressFieldLen = 8;

export function dissectSll(dissector: Dissector): Layer {
  dissector.layer('Linux cooked capture v1', sllLen);
  const packetType = dissector.uint16('Packet Type', packetTypeName);
  const arphrd = dissector.uint16('ARPHRD Type', hardwareTypeName);
  const addressLen = dissector.uint16('Link-Layer Address Length');
  dissectAddress(dissector, addressLen);
  dissectProtocol(dissector, arphrd);
  dissector.summary(packetTypeName(packetType));
  return decodeSll(dissector.cursor);
}

export function dissectSll2(dissector: Dissector): Layer {
  dissector.layer('Linux cooked capture v2', sll2Len);
  const arphrd = dissector.peek16(8);
  dissectProtocol(dissector, arphrd);
  dissector.hex16('Reserved');
  dissector.uint32('Interface Index', (index) => (index === 0 ? 'unknown' : ''));
  dissector.uint16('ARPHRD Type', hardwareTypeName);
  const packetType = dissector.uint8('Packet Type', packetTypeName);
  dissectAddress(dissector, dissector.uint8('Link-Layer Address Length'));
  dissector.summary(packetTypeName(packetType));
  return decodeSll2(dissector.cursor);
}

/** The address field always has eight bytes; longer addresses are cut to them. */
function dissectAddress(dissector: Dissector, addressLen: number): void {
  const shown = Math.min(addressLen, addressFieldLen);
  if (shown > 0) dissector.mac('Link-Layer Address', shown);
  dissector.rest('Unused', Math.min(addressFieldLen - shown, dissector.left));
}

function dissectProtocol(dissector: Dissector, arphrd: number): void {
  if (arphrd !== arphrdNetlink) {
    dissectEtherType(dissector, 'Protocol');
    return;
  }
  dissector.unknown = `netlink family ${dissector.uint16('Netlink Family')}`;
}

function packetTypeName(packetType: number): string {
  return packetTypeNames[packetType] ?? '';
}
