/**
 * A group of the kernel's packet log (nfnetlink_log), which one socket may listen to. Reference:
 * linux/netfilter/nfnetlink_log.h.
 */
import type { NetlinkSocket } from './netlink.js';
import { attribute, be32, concatenate } from './netlink-attribute.js';
import { NetlinkError } from './netlink-error.js';
import { be16, NetfilterFamily, netfilterHeader, netfilterType, Subsystem } from './nfnetlink.js';

/** NFULNL_MSG_ numbers. */
const messagePacket = 0;
const messageConfig = 1;
export const packetType = netfilterType(Subsystem.log, messagePacket);

/** NFULA_CFG_ numbers. */
const Config = { command: 1, mode: 2, bufferSize: 3, timeout: 4, threshold: 5, flags: 6 } as const;
const commandBind = 1;
const copyPacket = 2;
/** NFULNL_CFG_F_SEQ: each packet has a number, so that lost ones are counted. */
const flagSequence = 1;

/** The kernel's NFULNL_COPY_RANGE_MAX: an attribute cannot be longer. */
export const mostPacketLen = 0xffff - 4;
/** Packets of one datagram at most, and the longest that one waits for others. */
export const groupThreshold = 64;
/** Bytes of one datagram: packets of the largest size fit. */
export const groupBufferBytes = 128 << 10;
const timeoutHundredths = 1;
export const flushMs = 10 * timeoutHundredths;

/** Groups that are tried; the low ones are those that people write into rules. */
const firstGroup = 0x4000;
const groupSpan = 0x8000;
const attempts = 64;

/**
 * Binds the socket to a group that is free.
 * @param keepLen most bytes kept of a packet
 * @param firstTry the group that is tried first; others follow where it is taken
 * @returns the group
 * @throws NetlinkError `taken` where all that were tried are; what else the kernel refused
 */
export function bindFreeGroup(socket: NetlinkSocket, keepLen: number, firstTry = groupOfProcess()): number {
  for (let i = 0; i < attempts; i++) {
    const group = (firstTry + i) & 0xffff;
    try {
      bindGroup(socket, group, keepLen);
      return group;
    } catch (error) {
      // Both say that somebody listens there: that this process may listen was found out before.
      const isTaken = error instanceof NetlinkError && (error.code === 'EPERM' || error.code === 'EBUSY');
      if (!isTaken) throw error;
    }
  }
  const range = `${firstTry} to ${firstTry + attempts - 1}`;
  throw new NetlinkError('taken', `the packet log's groups ${range} are all listened to`);
}

function groupOfProcess(): number {
  return firstGroup + (process.pid % groupSpan);
}

function bindGroup(socket: NetlinkSocket, group: number, keepLen: number): void {
  const settings = [
    attribute(Config.command, Uint8Array.of(commandBind)),
    attribute(
      Config.mode,
      concatenate([be32(Math.min(keepLen, mostPacketLen)), Uint8Array.of(copyPacket, 0)]),
    ),
    attribute(Config.bufferSize, be32(groupBufferBytes)),
    attribute(Config.timeout, be32(timeoutHundredths)),
    attribute(Config.threshold, be32(groupThreshold)),
    attribute(Config.flags, be16(flagSequence)),
  ];
  socket.request(netfilterType(Subsystem.log, messageConfig), 0, [
    netfilterHeader(NetfilterFamily.unspecified, group),
    ...settings,
  ]);
}
