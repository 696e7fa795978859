/**
 * Tunnels over UDP that a host has as devices, by the port to which their datagrams go: which one is said of each device.
 * Reference: linux/if_link.h, IFLA_LINKINFO, IFLA_VXLAN_ and IFLA_GENEVE_ numbers; ports in network order.
 */
import { attributesByType, readText } from '../capture/netlink-attribute.js';
import { linkInfoKind } from './rtnetlink.js';

export type UdpTunnel = 'vxlan' | 'geneve';
export type UdpTunnels = ReadonlyMap<number, UdpTunnel>;

/** Wherever they are seen: IANA's ports, and for VXLAN the one that Linux took before there was one. */
export const usualTunnels: UdpTunnels = new Map<number, UdpTunnel>([
  [4789, 'vxlan'],
  [4790, 'vxlan'],
  [8472, 'vxlan'],
  [6081, 'geneve'],
]);

/** The usual ones, and those of a host's devices. */
export function tunnelsOf(devices: UdpTunnels | undefined): UdpTunnels {
  return devices === undefined ? usualTunnels : new Map([...usualTunnels, ...devices]);
}

/** IFLA_INFO_ numbers. */
const Info = { kind: linkInfoKind, data: 2 } as const;
const portAttribute: Readonly<Record<UdpTunnel, number>> = { vxlan: 15, geneve: 5 };

export interface TunnelPort {
  readonly tunnel: UdpTunnel;
  readonly port: number;
}

/** @param info what IFLA_LINKINFO says of a device. @returns null for any other. @throws NetlinkError `malformed` */
export function parseTunnelPort(info: Uint8Array): TunnelPort | null {
  const attributes = attributesByType(info);
  const kind = attributes.get(Info.kind);
  const data = attributes.get(Info.data);
  const tunnel = kind === undefined ? '' : readText(kind);
  if (data === undefined || (tunnel !== 'vxlan' && tunnel !== 'geneve')) return null;
  const port = attributesByType(data).get(portAttribute[tunnel]);
  return port?.length === 2 ? { tunnel, port: (port[0] << 8) | port[1] } : null;
}
