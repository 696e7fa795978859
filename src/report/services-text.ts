/**
 * `loscope services` for people: a table by port, under a row why its exposure is not what its address says, and a line
 * a change for `--watch`.
 */
import type { Exposure } from '../classify/exposure.js';
import type { OwnedPeer, OwnedService } from '../classify/owned-services.js';
import type { ServiceChange } from '../classify/service-changes.js';
import { formatEndpoint } from '../format/address.js';
import { printable } from '../format/printable.js';
import { formatTable } from '../format/table.js';
import { formatTimeOfDay } from '../format/time.js';
import { formatBytes, plural } from '../format/units.js';
import type { ProcessDetails } from '../host/process-details.js';
import type { Process } from '../host/socket-owners.js';
import type { Unseen } from '../host/unseen.js';

export interface ServicesReport {
  readonly services: readonly OwnedService[];
  readonly unseen: readonly Unseen[];
}

const heading = ['proto', 'address', 'reached by', 'process', 'user', 'connected', 'queue'];
const indent = '       ';
const mostNames = 3;
/** Peers that are shown of one service; the json report has more. */
const mostPeers = 20;

/** @param details of processes, for those who ask for more: with peers and command lines; null: without */
export function servicesText(
  { services, unseen }: ServicesReport,
  details: ((pid: number) => ProcessDetails) | null,
): string {
  const rows = formatTable([heading, ...services.map(tableRow)]);
  const lines = [rows[0]];
  for (const [i, service] of services.entries()) {
    lines.push(rows[i + 1], ...service.exposure.because.map((why) => `${indent}${printable(why)}`));
    if (details !== null) lines.push(...detailLines(service, details));
  }
  if (services.length === 0) lines.push('nothing listens here');
  if (unseen.length > 0) lines.push('', ...unseen.map(unseenLine));
  return `${lines.join('\n')}\n`;
}

function tableRow(service: OwnedService): string[] {
  return [
    service.protocol,
    endpointText(service),
    exposureText(service.exposure),
    processText(service),
    printable(list(service.users)),
    connectedText(service.peers),
    queueText(service),
  ];
}

function endpointText(service: OwnedService): string {
  const { address, port, interface: device, isDualStack } = service;
  const endpoint = formatEndpoint(device === '' ? address : `${address}%${printable(device)}`, port);
  return isDualStack ? `${endpoint} and IPv4` : endpoint;
}

/** Who reaches it, in words that the command's help explains. */
export function exposureText({ kind, through }: Exposure): string {
  const names = printable(list(through));
  switch (kind) {
    case 'host':
      return 'this host';
    case 'published':
      return 'published by a rule';
    case 'everyone':
      return names === '' ? 'everyone (no network is up)' : 'everyone';
    case 'link':
      return names === '' ? 'neighbours (network down)' : `neighbours on ${names}`;
    case 'network':
      return names === '' ? 'nobody else now' : `network of ${names}`;
  }
}

function list(names: readonly string[]): string {
  return names.length > mostNames ? `${names.slice(0, mostNames).join(', ')} …` : names.join(', ');
}

function processText({ processes, isOwnerHidden }: OwnedService): string {
  if (isOwnerHidden) return 'not visible (run as root)';
  if (processes.length === 0) return 'none found';
  return printable(list(processes.map(processName)));
}

function processName({ name, pid }: Process): string {
  return `${name}[${pid}]`;
}

/** `3 (1 remote)`. */
function connectedText(peers: readonly OwnedPeer[] | null): string {
  if (peers === null) return 'unknown';
  const remote = peers.filter(({ isLocal }) => !isLocal).length;
  return remote === 0 ? String(peers.length) : `${peers.length} (${remote} remote)`;
}

function queueText({ protocol, waiting, mostWaiting }: OwnedService): string {
  return protocol === 'tcp' ? `${waiting} of ${mostWaiting}` : formatBytes(waiting);
}

function detailLines(service: OwnedService, details: (pid: number) => ProcessDetails): string[] {
  const peers = service.peers ?? [];
  const lines = service.processes.slice(0, mostNames).map((process) => {
    const { commandLine, container } = details(process.pid);
    const within = container === null ? '' : ` (${container.runtime} ${container.id})`;
    return `${processName(process)}${within}: ${commandLine || 'no command line'}`;
  });
  for (const { address, port, isLocal, processes } of peers.slice(0, mostPeers)) {
    const who = isLocal ? processes.map(processName).join(', ') || 'this host' : 'remote';
    lines.push(`from ${formatEndpoint(address, port)}  ${who}`);
  }
  if (peers.length > mostPeers) lines.push(`and ${plural(peers.length - mostPeers, 'more peer')}`);
  return lines.map((line) => `${indent}${printable(line)}`);
}

function unseenLine({ what, reason, fix }: Unseen): string {
  return printable(`not seen: ${what}: ${reason}${fix === '' ? '' : ` (${fix})`}`);
}

/** `07:12:33 appeared  tcp 127.0.0.1:3000, this host, node[812]`. */
export function serviceChangeText(
  { change, service, before }: ServiceChange<OwnedService>,
  timeNs: bigint,
): string {
  const now = exposureText(service.exposure);
  const reached = before === null ? now : `${exposureText(before)} → ${now}`;
  const words = [
    formatTimeOfDay(timeNs).slice(0, 8),
    change.padEnd(8),
    `${service.protocol} ${endpointText(service)}, ${reached}, ${processText(service)}`,
  ];
  const because = service.exposure.because.map((why) => `; ${printable(why)}`).join('');
  return `${words.join('  ')}${change === 'gone' ? '' : because}\n`;
}
