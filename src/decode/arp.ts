/**
 * ARP for IPv4: the protocol addresses are what a leak check looks at.
 * Reference: RFC 826.
 *
 *      0          2          4      5      6           8                14          18              24
 *     | hardware | protocol | hlen | plen | operation | sender hardware | sender IP | target hardware | target IP |
 */

import { formatIpv4 } from '../format/address.js';
import type { Cursor } from './cursor.js';
import type { Dissector } from './dissector.js';
import { describeEtherType, etherTypeName } from './ether-types.js';
import { EtherType } from './ethernet.js';
import { hardwareTypeName } from './hardware.js';
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

/** IANA arp-parameters. */
const operations = new Map<number, string>([
  [1, 'request'],
  [2, 'reply'],
  [3, 'reverse request'],
  [4, 'reverse reply'],
  [8, 'inverse request'],
  [9, 'inverse reply'],
  [10, 'NAK'],
]);

export const ArpOperation = { request: 1, reply: 2 } as const;

/** The name of an ARP operation, or `operation n`. */
export function arpOperationName(operation: number): string {
  return operations.get(operation) ?? `operation ${operation}`;
}

export function dissectArp(dissector: Dissector): Layer {
  dissector.layer('Address Resolution Protocol', fixedLen);
  dissector.uint16('Hardware Type', hardwareTypeName);
  const protocol = dissector.hex16('Protocol Type', etherTypeName);
  const hardwareLen = dissector.uint8('Hardware Address Length');
  const protocolLen = dissector.uint8('Protocol Address Length');
  const operation = dissector.uint16('Operation', arpOperationName);
  if (dissector.left > 0) dissector.needs = fixedLen + 2 * (hardwareLen + protocolLen);
  const isIpv4 = protocol === EtherType.ipv4 && protocolLen === 4;
  const sender = dissectArpAddresses(dissector, 'Sender', hardwareLen, isIpv4 ? -1 : protocolLen);
  const target = dissectArpAddresses(dissector, 'Target', hardwareLen, isIpv4 ? -1 : protocolLen);
  if (target.protocol !== '') dissector.summary(arpSummary(operation, sender, target.protocol));
  dissector.unknown = `ARP for ${describeEtherType(protocol)} with addresses of ${protocolLen} bytes`;
  dissector.payloadEnd = dissector.at;
  return decodeArp(dissector.cursor);
}

/** @param protocolLen -1 for an IPv4 address */
function dissectArpAddresses(dissector: Dissector, who: string, hardwareLen: number, protocolLen: number) {
  const hardware = hardwareLen === 0 ? '' : dissector.mac(`${who} Hardware Address`, hardwareLen);
  const name = `${who} Protocol Address`;
  if (protocolLen < 0) return { hardware, protocol: dissector.ipv4(name) };
  dissector.rest(name, protocolLen);
  return { hardware, protocol: '' };
}

function arpSummary(
  operation: number,
  sender: { hardware: string; protocol: string },
  target: string,
): string {
  if (operation === ArpOperation.request) return whoHas(sender.protocol, target);
  if (operation === ArpOperation.reply) return `${sender.protocol} is at ${sender.hardware}`;
  return arpOperationName(operation);
}

/** What a request asks, in words; a sender that asks for itself announces, one without an address probes (RFC 5227). */
export function whoHas(sender: string, target: string): string {
  if (sender === target) return `who has ${target}? tell ${sender} (announcement)`;
  return sender === formatIpv4(0) ? `who has ${target}? (probe)` : `who has ${target}? tell ${sender}`;
}
