/**
 * The summary for people. It begins with the verdicts, and says before anything else when it is incomplete.
 */

import type { SourceReport } from '../analysis/port.js';
import type { Summary } from '../analysis/summary.js';
import { linkTypeName } from '../capture/link-type.js';
import { roleName } from '../capture/source.js';
import { evidenceName, Locality, localityName } from '../classify/locality.js';
import { stopName } from '../decode/layer.js';
import type { FlowRecord } from '../flow/flow-record.js';
import { formatEndpoint } from '../format/address.js';
import type { Paint } from '../format/color.js';
import { printable } from '../format/printable.js';
import { formatTable } from '../format/table.js';
import { formatRfc3339 } from '../format/time.js';
import { formatBytes, formatCount, formatDuration } from '../format/units.js';
import { inferredCopiesText } from './inferred-copies-text.js';

const listedFlows = 10;
const listedAddresses = 10;
const listedInterfaces = 20;

/** What a verdict means, in a few words. */
const meaningOfLocality: Record<Locality, string> = {
  [Locality.loopback]: 'to 127/8 or ::1, over loopback',
  [Locality.broadcastCopy]: 'a broadcast’s copy for this host',
  [Locality.multicastCopy]: 'a multicast’s copy for members on this host',
  [Locality.selfAddressed]: 'to one of the host’s own addresses',
  [Locality.stray]: 'on loopback though no rule puts it there',
  [Locality.leak]: 'A LOOPBACK ADDRESS ON A WIRE',
  [Locality.hairpin]: 'OWN TO OWN, BUT ON A WIRE: a route is missing',
  [Locality.castOriginal]: 'own broadcast or multicast, on its way out',
  [Locality.external]: 'everything else on a wire',
  [Locality.notIp]: 'no IP header',
  [Locality.undecoded]: 'cut or broken before the addresses',
};

export function summaryText(summary: Summary, paint: Paint): string {
  const sections = [
    verdictLines(summary, paint),
    captureLines(summary, paint),
    protocolLines(summary),
    flowLines(summary),
    addressLines(summary),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function verdictLines(summary: Summary, paint: Paint): string[] {
  const rows: string[][] = [];
  const localities: Locality[] = [];
  for (const [value, { frames, originalBytes, inferred }] of summary.localities.entries()) {
    if (frames === 0) continue;
    localities.push(value as Locality);
    const share = `${((100 * frames) / summary.frames).toFixed(1)} %`;
    const note =
      inferred === 0 ? '' : inferred === frames ? ' (inferred)' : ` (${formatCount(inferred)} inferred)`;
    const meaning = `${meaningOfLocality[value as Locality]}${note}`;
    rows.push([localityName[value], formatCount(frames), share, formatBytes(originalBytes), meaning]);
  }
  if (rows.length === 0) return [paint('bold', 'Verdicts'), '  no frames'];
  const unseen = inferredCopiesText(summary.inferredCopies);
  const lines = formatTable(rows, [1, 2, 3]).map((line, i) => {
    const isBad = localities[i] === Locality.leak || localities[i] === Locality.hairpin;
    return `  ${isBad ? paint('red', line) : line}`;
  });
  const more = unseen === '' ? [] : [`  ${unseen}`];
  return [paint('bold', `Verdicts on ${formatCount(summary.frames)} frames`), ...lines, ...more];
}

function captureLines(summary: Summary, paint: Paint): string[] {
  const lines = [paint('bold', 'Capture')];
  for (const source of summary.sources) lines.push(...sourceLines(source, paint));
  const { firstTimeNs, lastTimeNs } = summary;
  if (firstTimeNs !== null && lastTimeNs !== null) {
    const duration = formatDuration(Number(lastTimeNs - firstTimeNs));
    lines.push(`  ${formatRfc3339(firstTimeNs)} to ${formatRfc3339(lastTimeNs)}, ${duration}`);
  }
  const cut = summary.originalBytes - summary.capturedBytes;
  const kept = cut > 0 ? `, ${formatBytes(summary.capturedBytes)} of them captured` : '';
  lines.push(`  ${formatBytes(summary.originalBytes)} on the link${kept}`);
  if (summary.ownAddresses.length > 0) lines.push(`  own addresses: ${summary.ownAddresses.join(', ')}`);
  return lines;
}

function sourceLines(source: SourceReport, paint: Paint): string[] {
  const lines = [`  ${printable(source.name)}: ${source.format}, ${source.engine} engine`];
  for (const { id, name, linkType, role, frames, dropped } of source.interfaces.slice(0, listedInterfaces)) {
    const drops =
      dropped === null
        ? source.format === 'live'
          ? ', drops unknown'
          : ''
        : `, ${formatCount(dropped)} dropped`;
    const label = name === '' ? `interface ${id}` : printable(name);
    lines.push(
      `    ${label}: ${linkTypeName(linkType)}, role ${roleName[role]}, ${formatCount(frames)} frames${drops}`,
    );
  }
  const further = source.interfaces.length - listedInterfaces;
  if (further > 0) lines.push(`    and ${formatCount(further)} more interfaces`);
  if (source.error === null && !source.complete && source.format !== 'live') {
    lines.push(paint('yellow', '    IN PART: stopped before the end of the file'));
  }
  if (source.error !== null) lines.push(paint('red', `    INCOMPLETE: ${printable(source.error)}`));
  return lines;
}

function protocolLines(summary: Summary): string[] {
  const counts = Object.entries(summary.protocols).filter(([, frames]) => frames > 0);
  const named = (names: readonly string[], values: readonly number[], skip: string): string =>
    names
      .flatMap((name, i) => (values[i] > 0 && name !== skip ? [`${name} ${formatCount(values[i])}`] : []))
      .join(', ');
  const stops = named(stopName, summary.stops, 'complete');
  const evidence = named(evidenceName, summary.evidence, 'none');
  return [
    'Protocols',
    `  ${counts.map(([name, frames]) => `${name} ${formatCount(frames)}`).join(', ') || 'none'}`,
    ...(stops === '' ? [] : [`  decoding stopped early: ${stops}`]),
    ...(evidence === '' ? [] : [`  evidence: ${evidence}`]),
  ];
}

function flowLines(summary: Summary): string[] {
  const { total, tcp, udp, icmp } = summary.flows;
  const title = `Flows: ${formatCount(total)} (tcp ${formatCount(tcp)}, udp ${formatCount(udp)}, icmp ${formatCount(icmp)})`;
  const rows = summary.topFlows.slice(0, listedFlows).map(flowRow);
  const notKept = summary.flows.framesNotKept;
  const more =
    notKept === 0 ? [] : [`  ${formatCount(notKept)} frames belong to further flows, which are not kept`];
  return [title, ...formatTable(rows, [3, 4]).map((line) => `  ${line}`), ...more];
}

function flowRow({
  protocol,
  initiator,
  responder,
  state,
  forward,
  reverse,
  locality,
}: FlowRecord): string[] {
  return [
    protocol,
    protocol.startsWith('icmp')
      ? `${initiator.address} → ${responder.address}${initiator.port === 0 ? '' : ` id ${initiator.port}`}`
      : `${formatEndpoint(initiator.address, initiator.port)} → ${formatEndpoint(responder.address, responder.port)}`,
    state,
    `${formatCount(forward.frames)} → ${formatCount(reverse.frames)} ← frames`,
    `${formatBytes(forward.originalBytes + reverse.originalBytes)}`,
    localityName[locality],
  ];
}

function addressLines(summary: Summary): string[] {
  const rows = summary.addresses
    .slice(0, listedAddresses)
    .map(({ address, scope, frames, originalBytes }) => [
      address,
      scope,
      `${formatCount(frames)} ${frames === 1 ? 'frame' : 'frames'}`,
      formatBytes(originalBytes),
    ]);
  const title = `Addresses: ${formatCount(summary.addressCount)}`;
  return [title, ...formatTable(rows, [2, 3]).map((line) => `  ${line}`)];
}
