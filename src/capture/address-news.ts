/**
 * Tells at once that an interface of a network namespace got or lost an address: the kernel's own notices (rtnetlink(7)).
 * What changed is for others to read: notices may be lost, and then all that is known is that there were some.
 */
import { NetlinkProtocol, NetlinkSocket } from './netlink.js';

const solNetlink = 270;
const addMembership = 1;
/** RTNLGRP_IPV4_IFADDR and RTNLGRP_IPV6_IFADDR (linux/rtnetlink.h). */
const groups = [5, 9];
/** Notices taken at a time; behind them come the next time. */
const mostTaken = 64;

export class AddressNews {
  private constructor(readonly socket: NetlinkSocket) {}

  /**
   * @param netns path of a network namespace, or null for this one
   * @returns null where this user may not enter it, or where there is no addon
   */
  static open(netns: string | null): AddressNews | null {
    let socket: NetlinkSocket | null = null;
    try {
      socket = NetlinkSocket.open(NetlinkProtocol.route, netns);
      for (const group of groups)
        socket.native.setOption(socket.fd, solNetlink, addMembership, Uint8Array.of(group, 0, 0, 0));
      return new AddressNews(socket);
    } catch {
      socket?.close();
      return null;
    }
  }

  /** Was there any since the last call? Does not wait. */
  take(): boolean {
    for (let taken = 0; taken < mostTaken; taken++) {
      try {
        if (this.socket.receive(0) === null) return taken > 0;
      } catch {
        return true; // Some were lost.
      }
    }
    return true;
  }

  close(): void {
    this.socket.close();
  }
}
