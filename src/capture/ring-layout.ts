/**
 * The kernel's numbers: options of packet sockets and the layout of a TPACKET_V3 ring.
 * Reference: packet(7); linux/if_packet.h; Documentation/networking/packet_mmap.rst.
 *
 *     ring    [ block 0 | block 1 | … ]                       blocks of equal size
 *     block   [ 48 bytes of header | frame | frame | … ]
 *     frame   [ tpacket3_hdr, 48 | sockaddr_ll, 20 | gap | the frame's bytes, at tp_mac ]
 */
export const solPacket = 263;

export const PacketOption = {
  rxRing: 5,
  statistics: 6,
  version: 10,
  reserve: 12,
  ignoreOutgoing: 23,
} as const;

export const tpacketV3 = 2;
export const ethPAll = 3;

/** Bytes from the start of a block. */
export const Block = {
  status: 8,
  frames: 12,
  firstFrame: 16,
  usedLen: 20,
  headerLen: 48,
} as const;

/** The block is ours until its status word is 0 again. */
export const blockForUser = 1;

/** The block was closed by the timeout, not because it was full. */
export const blockTimedOut = 32;

/** Bytes from the start of a frame's header; `address` fields are those of sockaddr_ll behind it. */
export const Frame = {
  next: 0,
  seconds: 4,
  nanoseconds: 8,
  capLen: 12,
  origLen: 16,
  status: 20,
  mac: 24,
  vlanTci: 32,
  vlanTpid: 36,
  addressProtocol: 50,
  addressIndex: 52,
  addressHardware: 56,
  addressPacketType: 58,
  addressLen: 59,
  address: 60,
  headerLen: 68,
} as const;

/** Bits of a frame's status. */
export const FrameStatus = { checksumNotReady: 8, vlanValid: 16, vlanTpidValid: 64 } as const;

export const PacketType = { outgoing: 4 } as const;

/** ARPHRD_ numbers (linux/if_arp.h). */
export const Hardware = {
  ethernet: 1,
  tunnel: 768,
  tunnel6: 769,
  loopback: 772,
  sit: 776,
  ipGre: 778,
  ip6Gre: 823,
  rawIp: 519,
  none: 0xfffe,
  ppp: 512,
} as const;
