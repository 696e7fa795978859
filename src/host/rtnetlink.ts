/**
 * Numbers of rtnetlink(7) that several questions share (linux/rtnetlink.h, linux/if_link.h, linux/socket.h).
 */

/** RTM_ numbers. */
export const RouteMessage = {
  newLink: 16,
  getLink: 18,
  setLink: 19,
  getAddress: 22,
  newRoute: 24,
  getRoute: 26,
  newRule: 32,
  getRule: 34,
} as const;

/** AF_ numbers. */
export const addressFamily = { 4: 2, 6: 10 } as const;
export type IpVersion = 4 | 6;

/** IFLA_ numbers, behind a struct ifinfomsg. */
export const LinkAttribute = { name: 3, mtu: 4, link: 5, master: 10, info: 18, linkNetnsid: 37 } as const;
/** IFLA_INFO_KIND, within `info`. */
export const linkInfoKind = 1;
export const linkHeaderLen = 16;
