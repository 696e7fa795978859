/**
 * What is known of the services of a network namespace at one moment, as plain data for classify/services.ts: sockets that
 * take traffic, those that are connected to them, and the settings that decide who reaches them. Nothing is sent.
 */
import { loadNative } from '../capture/native.js';
import { NetlinkProtocol, NetlinkSocket } from '../capture/netlink.js';
import { NetlinkError } from '../capture/netlink-error.js';
import { addressScope } from '../format/address-scope.js';
import type { GroupMembership } from './host-model.js';
import { type HostSettings, readHostSettings } from './host-settings.js';
import { type InetProtocolName, type InetSocket, readInetSockets, SocketStates } from './inet-sockets.js';
import { kernelFilesThrough, procNet, textOf } from './kernel-files.js';
import { linuxHostOf } from './linux-host.js';
import type { IpVersion } from './rtnetlink.js';
import type { Unseen } from './unseen.js';

export interface ServiceFacts {
  /** TCP listeners; UDP sockets with a port and without a peer: UDP knows no listening. */
  readonly listening: readonly InetSocket[];
  /** Sockets with a peer, on either side; null where they were not read. */
  readonly connected: readonly InetSocket[] | null;
  readonly settings: HostSettings;
  /** Memberships of the host in multicast groups; read only where a socket is bound to a group. */
  readonly groups: readonly GroupMembership[];
  /** Of the sockets; what of the settings was not seen is told there. */
  readonly unseen: readonly Unseen[];
}

const protocols = ['tcp', 'udp'] as const;
const versions = [4, 6] as const;

/** A peer that has closed its side (close-wait) still holds the connection. */
const connectedStates = SocketStates.established | SocketStates.closeWait;
const listeningStates: Record<InetProtocolName, number> = {
  tcp: SocketStates.listening,
  udp: SocketStates.closed,
};

/**
 * @param netns path of a network namespace, or null for this process's own
 * @param isWithPeers connected sockets are read too: a busy host has many
 * @throws CaptureError where the namespace cannot be entered, NetlinkError, NativeError
 */
export function readServiceFacts(netns: string | null, isWithPeers: boolean): ServiceFacts {
  const settings = readHostSettings(netns);
  const socket = NetlinkSocket.open(NetlinkProtocol.sockDiag, netns);
  const unseen: Unseen[] = [];
  try {
    const listening = protocols
      .flatMap((protocol) => readAll(socket, protocol, listeningStates[protocol], unseen) ?? [])
      .filter(({ port, peerPort }) => port !== 0 && peerPort === 0);
    const connected = isWithPeers
      ? protocols.map((protocol) => readAll(socket, protocol, connectedStates, unseen))
      : [null];
    const isIncomplete = connected.includes(null);
    return {
      settings,
      listening,
      connected: isIncomplete ? null : connected.flatMap((sockets) => sockets ?? []),
      groups: listening.some(({ address }) => addressScope(address) === 'multicast') ? readGroups(netns) : [],
      unseen,
    };
  } finally {
    socket.close();
  }
}

/** Of both versions of IP; null where they cannot be told, which `unseen` then says. */
function readAll(
  socket: NetlinkSocket,
  protocol: InetProtocolName,
  states: number,
  unseen: Unseen[],
): InetSocket[] | null {
  try {
    return versions.flatMap((version: IpVersion) => readInetSockets(socket, protocol, version, states));
  } catch (error) {
    const { code, message } = error as NetlinkError;
    const isMissing = code === 'ENOENT';
    if (!(error instanceof NetlinkError) || (!isMissing && code !== 'too-long')) throw error;
    unseen.push({
      area: 'sockets',
      what: `${states === connectedStates ? 'connections' : 'sockets'} of ${protocol}`,
      reason: isMissing ? `the kernel has no ${protocol}_diag` : message,
      fix: isMissing ? `modprobe ${protocol}_diag` : '',
    });
    return null;
  }
}

function readGroups(netns: string | null): readonly GroupMembership[] {
  const native = loadNative();
  if ('reason' in native) return [];
  const read = kernelFilesThrough(native, netns);
  const [igmp, igmp6] = read([`${procNet}/igmp`, `${procNet}/igmp6`]).map(textOf);
  return linuxHostOf({ fibTrie: '', ifInet6: '', ipv6Route: '', igmp, igmp6 }).groups;
}
