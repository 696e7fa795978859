/**
 * Where a walk through a frame's headers is, and what it found: made once, used for each frame.
 */

import { type UdpTunnels, usualTunnels } from '../host/udp-tunnels.js';

/** What a header is, by which the walk goes on. */
export const Header = {
  end: 0,
  ethernet: 1,
  vlan: 2,
  arp: 3,
  ipv4: 4,
  ipv6: 5,
  extension: 6,
  icmp: 7,
  gre: 8,
  vxlan: 9,
  geneve: 10,
  ppp: 11,
  sll: 12,
  sll2: 13,
} as const;
export type Header = (typeof Header)[keyof typeof Header];

export const Outcome = {
  none: 0,
  leak: 1,
  /** The capture ends before the headers do. */
  cut: 2,
  /** More headers in each other than are followed. */
  deep: 3,
  /** The frame announces IP or ARP, and what follows is neither. */
  malformed: 4,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** Headers of one frame that are followed; VXLAN in VXLAN behind VLAN tags needs eleven. */
export const mostHeaders = 16;

/** Where a walk is and what it found; made once and used for each frame. */
export class LeakWalk {
  /** Headers passed so far, outermost first, and where each begins. */
  readonly headers = new Uint8Array(mostHeaders);
  readonly offsets = new Uint32Array(mostHeaders);
  headerCount = 0;
  /** Of the datagram or the ARP or neighbor discovery message with the loopback address; 4 or 16 bytes each. */
  srcOffset = 0;
  dstOffset = 0;
  addressLen: 4 | 16 = 4;
  outcome: Outcome = Outcome.none;
  view: DataView = new DataView(new ArrayBuffer(0));
  at = 0;
  /** One past the last byte that may be read. */
  end = 0;
  /** The frame went on where `end` is. */
  isCut = false;
  /** Of the IP header passed last, and the protocol number that led here: both versions share the numbers, not the uses. */
  version: 4 | 6 = 4;
  protocol = 0;
  /** What is opened, by UDP port. */
  udpTunnels: UdpTunnels = usualTunnels;

  /** Are there `len` more bytes? Where a capture ends too early, the outcome says so. */
  has(len: number): boolean {
    if (this.at + len <= this.end) return true;
    if (this.isCut) this.outcome = Outcome.cut;
    return false;
  }

  /**
   * The header that was announced is none. Inside of a datagram that is for whoever unwraps it to find out: nothing leaks
   * before.
   */
  isNone(): typeof Header.end {
    const around = this.headers.subarray(0, this.headerCount - 1);
    const isWithin = around.includes(Header.ipv4) || around.includes(Header.ipv6);
    if (this.outcome === Outcome.none && !isWithin) this.outcome = Outcome.malformed;
    return Header.end;
  }

  /** What is left ends with this datagram, `len` bytes from here; padding behind it is nobody's. */
  endAfter(len: number): void {
    if (this.at + len > this.end) return;
    this.end = this.at + len;
    this.isCut = false;
  }

  leaks(srcOffset: number, dstOffset: number, addressLen: 4 | 16): Header {
    this.srcOffset = srcOffset;
    this.dstOffset = dstOffset;
    this.addressLen = addressLen;
    this.outcome = Outcome.leak;
    return Header.end;
  }
}

/** Where the header is that a finding is about: of a datagram, of ARP or of neighbor discovery. */
export interface FoundHeader {
  readonly view: DataView;
  readonly header: Header;
  readonly at: number;
  /** One past the last captured byte. */
  readonly end: number;
}
