/**
 * Netfilter over netlink: the header that stands before the attributes, and batches, which take effect as a whole or
 * not at all. Reference: linux/netfilter/nfnetlink.h, struct nfgenmsg.
 *
 *      0        1         2             4
 *     | family | version | resource id | attributes ...       resource id in network order
 */
import type { NetlinkSocket } from './netlink.js';
import { NetlinkError } from './netlink-error.js';
import { buildMessage, MessageFlag, MessageType, readOutcome } from './netlink-message.js';

/** NFNL_SUBSYS_ numbers. */
export const Subsystem = { log: 4, tables: 10 } as const;

/** NFPROTO_ numbers, which for IP are those of address families. */
export const NetfilterFamily = {
  unspecified: 0,
  inet: 1,
  ipv4: 2,
  arp: 3,
  netdev: 5,
  bridge: 7,
  ipv6: 10,
} as const;

/** NFT_MSG_ numbers of the subsystem `tables`; NFTA_TABLE_ numbers. */
export const TablesMessage = {
  newTable: 0,
  getTable: 1,
  deleteTable: 2,
  newChain: 3,
  newRule: 6,
  getGeneration: 16,
} as const;
export const TableAttribute = { name: 1, flags: 2 } as const;
/** NFT_TABLE_F_ bits. */
export const TableFlag = { dormant: 1 } as const;

export interface NetfilterRequest {
  /** As netfilterType() makes it. */
  readonly type: number;
  readonly flags: number;
  readonly payload: readonly Uint8Array[];
}

const batchBegin = 0x10;
const batchEnd = 0x11;
const waitMs = 2000;

/** The type of a message: the subsystem in its high byte. */
export function netfilterType(subsystem: number, message: number): number {
  return (subsystem << 8) | message;
}

/** @param resourceId a log's group, or a batch's subsystem */
export function netfilterHeader(family: number, resourceId = 0): Uint8Array {
  return Uint8Array.of(family, 0, resourceId >> 8, resourceId & 0xff);
}

/** A value of 16 bits in network order. */
export function be16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

/**
 * Changes tables: all of the requests, or none.
 * @throws NetlinkError the first refusal
 */
export function changeTables(socket: NetlinkSocket, requests: readonly NetfilterRequest[]): void {
  const limits = [netfilterHeader(NetfilterFamily.unspecified, Subsystem.tables)];
  const first = socket.nextSequence();
  const parts = [buildMessage(batchBegin, MessageFlag.request, first, limits)];
  const waiting = new Set<number>();
  for (const { type, flags, payload } of requests) {
    const sequence = socket.nextSequence();
    waiting.add(sequence);
    parts.push(buildMessage(type, MessageFlag.request | MessageFlag.ack | flags, sequence, payload));
  }
  const last = socket.nextSequence();
  parts.push(buildMessage(batchEnd, MessageFlag.request, last, limits));
  socket.send(Buffer.concat(parts));
  while (waiting.size > 0) {
    const messages = socket.receive(waitMs);
    if (messages === null) throw new NetlinkError('timeout', `netlink: no answer in ${waitMs} ms`);
    for (const message of messages) {
      // A batch that is refused as a whole is answered with the number of its begin.
      const isOurs = message.sequence >= first && message.sequence <= last;
      if (!isOurs || message.type !== MessageType.error) continue;
      const failure = readOutcome(message);
      if (failure !== null) throw failure;
      waiting.delete(message.sequence);
    }
  }
}
