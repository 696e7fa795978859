/**
 * Builds link headers and ARP. Every field has a default that makes a correct frame and may be overridden.
 */
import { addressBytes, macBytes, pack } from './build-bytes.js';

const zeroMac = '00:00:00:00:00:00';

export interface EthernetFields {
  readonly destination?: string;
  readonly source?: string;
  readonly etherType?: number;
  readonly payload?: Uint8Array;
}

/** As Linux's lo makes it: both addresses zero. */
export function ethernet(fields: EthernetFields = {}): Uint8Array {
  const { destination = zeroMac, source = zeroMac, etherType = 0x0800, payload = new Uint8Array(0) } = fields;
  return pack(macBytes(destination), macBytes(source), [2, etherType], payload);
}

export interface VlanFields {
  readonly priority?: number;
  readonly dropEligible?: number;
  readonly id?: number;
  readonly etherType?: number;
  readonly payload?: Uint8Array;
}

/** The four bytes that stand before an EtherType's payload: for an Ethernet frame of type 0x8100. */
export function vlan(fields: VlanFields = {}): Uint8Array {
  const { priority = 0, dropEligible = 0, id = 1, etherType = 0x0800, payload = new Uint8Array(0) } = fields;
  return pack([2, (priority << 13) | (dropEligible << 12) | id], [2, etherType], payload);
}

export interface SnapFields {
  readonly oui?: number;
  readonly protocol?: number;
  readonly payload?: Uint8Array;
}

/** LLC with SNAP: for an Ethernet frame whose type is its length. */
export function snap(fields: SnapFields = {}): Uint8Array {
  const { oui = 0, protocol = 0x0800, payload = new Uint8Array(0) } = fields;
  return pack([1, 0xaa], [1, 0xaa], [1, 3], [3, oui], [2, protocol], payload);
}

export interface LoopbackFields {
  /** 2 is IPv4; 24, 28, 30, 10 and 23 are IPv6. */
  readonly family?: number;
  readonly littleEndian?: boolean;
  readonly payload?: Uint8Array;
}

/** LINKTYPE_NULL. */
export function nullLink(fields: LoopbackFields = {}): Uint8Array {
  const { family = 2, littleEndian = true, payload = new Uint8Array(0) } = fields;
  const header = pack([4, family]);
  return pack(littleEndian ? header.reverse() : header, payload);
}

/** LINKTYPE_LOOP. */
export function loop(fields: LoopbackFields = {}): Uint8Array {
  return nullLink({ ...fields, littleEndian: false });
}

export interface CookedFields {
  readonly packetType?: number;
  readonly arphrd?: number;
  readonly address?: string;
  readonly protocol?: number;
  /** LINUX_SLL2 only. */
  readonly interfaceIndex?: number;
  readonly payload?: Uint8Array;
}

/** LINKTYPE_LINUX_SLL. */
export function sll(fields: CookedFields = {}): Uint8Array {
  const { packetType = 0, arphrd = 772, address = zeroMac, protocol = 0x0800 } = fields;
  const mac = macBytes(address);
  return pack(
    [2, packetType],
    [2, arphrd],
    [2, 6],
    mac,
    [2, 0],
    [2, protocol],
    fields.payload ?? new Uint8Array(0),
  );
}

/** LINKTYPE_LINUX_SLL2. */
export function sll2(fields: CookedFields = {}): Uint8Array {
  const { packetType = 0, arphrd = 772, address = zeroMac, protocol = 0x0800, interfaceIndex = 1 } = fields;
  return pack(
    [2, protocol],
    [2, 0],
    [4, interfaceIndex],
    [2, arphrd],
    [1, packetType],
    [1, 6],
    macBytes(address),
    [2, 0],
    fields.payload ?? new Uint8Array(0),
  );
}

export interface ArpFields {
  readonly operation?: number;
  readonly protocolType?: number;
  readonly hardwareLen?: number;
  readonly protocolLen?: number;
  readonly senderMac?: string;
  readonly sender?: string;
  readonly targetMac?: string;
  readonly target?: string;
}

export function arp(fields: ArpFields = {}): Uint8Array {
  const { operation = 1, protocolType = 0x0800, hardwareLen = 6, protocolLen = 4 } = fields;
  const { senderMac = '02:00:00:00:00:01', sender = '10.0.0.2' } = fields;
  const { targetMac = zeroMac, target = '10.0.0.1' } = fields;
  return pack(
    [2, 1],
    [2, protocolType],
    [1, hardwareLen],
    [1, protocolLen],
    [2, operation],
    macBytes(senderMac),
    addressBytes(sender),
    macBytes(targetMac),
    addressBytes(target),
  );
}
