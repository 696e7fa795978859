/**
 * `loscope.services/1`: what listens here, whose it is, who is connected and who can reach it; `loscope.service-change/1`, a line
 * a change for `--watch`. Fields once published keep their meaning.
 */
import type { Exposure } from '../classify/exposure.js';
import type { OwnedPeer, OwnedService } from '../classify/owned-services.js';
import type { ServiceChange } from '../classify/service-changes.js';
import { formatRfc3339 } from '../format/time.js';
import type { ProcessDetails } from '../host/process-details.js';
import type { Process } from '../host/socket-owners.js';
import type { ServicesReport } from './services-text.js';

/** Of one service; how many there are is told. */
const mostPeers = 1000;

/**
 * @param netns as it was written, or null
 * @param details of processes, for those who ask for more: command lines may hold what is nobody else's business
 */
export function servicesJson(
  netns: string | null,
  { services, unseen }: ServicesReport,
  exitCode: number,
  details: ((pid: number) => ProcessDetails) | null,
): string {
  const record = {
    schema: 'loscope.services/1',
    netns,
    exitCode,
    services: services.map((service) => serviceRecord(service, details)),
    unseen: unseen.map(({ what, reason, fix }) => ({ what, reason, fix: fix === '' ? null : fix })),
  };
  return `${JSON.stringify(record, null, 2)}\n`;
}

export function serviceChangeJson(
  { change, service, before }: ServiceChange<OwnedService>,
  timeNs: bigint,
): string {
  const record = {
    schema: 'loscope.service-change/1',
    time: formatRfc3339(timeNs),
    change,
    before: before && exposureRecord(before),
    service: serviceRecord(service, null),
  };
  return `${JSON.stringify(record)}\n`;
}

function serviceRecord(service: OwnedService, details: ((pid: number) => ProcessDetails) | null) {
  const { protocol, address, port, processes, uids, users, inodes, waiting, mostWaiting, peers } = service;
  return {
    protocol,
    address,
    port,
    interface: service.interface === '' ? null : service.interface,
    dualStack: service.isDualStack,
    exposure: exposureRecord(service.exposure),
    processes: processes.map((process) => ({ ...processRecord(process), ...detailRecord(process, details) })),
    processesVisible: !service.isOwnerHidden,
    uids,
    users,
    sockets: inodes.length,
    queue: protocol === 'tcp' ? { waiting, most: mostWaiting } : { waitingBytes: waiting },
    connected: peers && connectedRecord(peers),
    peers:
      peers?.slice(0, mostPeers).map((peer) => ({
        address: peer.address,
        port: peer.port,
        local: peer.isLocal,
        processes: peer.processes.map(processRecord),
      })) ?? null,
  };
}

function connectedRecord(peers: readonly OwnedPeer[]) {
  const local = peers.filter(({ isLocal }) => isLocal).length;
  return { local, remote: peers.length - local };
}

function exposureRecord({ kind, through, because }: Exposure) {
  return { kind, through, because };
}

function processRecord({ pid, name }: Process) {
  return { pid, name };
}

function detailRecord({ pid }: Process, details: ((pid: number) => ProcessDetails) | null) {
  if (details === null) return {};
  const { commandLine, container } = details(pid);
  return { commandLine, container };
}
