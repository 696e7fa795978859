/**
 * `loscope path` for people: the verdict in a sentence, the drawing, then why.
 */
import type { PathReport } from '../classify/path.js';
import type { Paint } from '../format/color.js';
import { printable } from '../format/printable.js';
import { tableName } from '../host/policy-rules.js';
import type { Route } from '../host/route-message.js';
import { drawPath, toAscii } from './path-drawing.js';

export interface PathTextOptions {
  readonly paint: Paint;
  readonly isAscii: boolean;
  /** The name that was resolved, or '' where the address was given. */
  readonly name: string;
}

const wayMark = ['', '①', '②', '③'] as const;
const labelLen = 12;
const mostColumns = 80;
/** Rules and listeners that are shown; the json report has all. */
const mostShown = 8;

/** @param reports in the resolver's order, at least one */
export function pathText(reports: readonly PathReport[], options: PathTextOptions): string {
  const lines: string[] = [];
  if (options.name !== '') {
    const addresses = reports.map(({ facts }) => facts.question.address).join(', then ');
    lines.push(`${printable(options.name)} is ${addresses}`, '');
  }
  for (const [i, report] of reports.entries()) {
    if (i > 0) lines.push('');
    lines.push(...reportLines(report, options));
  }
  const ascii = options.isAscii ? lines.map(plainAscii) : lines;
  return `${ascii.join('\n')}\n`;
}

/** Sentences have typographic apostrophes. */
function plainAscii(line: string): string {
  return toAscii(line).replaceAll('’', "'").replaceAll('–', '-');
}

function reportLines(report: PathReport, { paint, isAscii }: PathTextOptions): string[] {
  const { facts, locality } = report;
  const color = locality === 'leak' || report.way === 'refused' ? 'red' : 'bold';
  const mark = report.wayNumber === null ? '' : `way ${wayMark[report.wayNumber]}, `;
  return [
    `${facts.question.address}${zoneText(report)}: ${mark}${paint(color, printable(headline(report)))}`,
    '',
    ...drawPath(report, isAscii).map((line) => printable(line).trimEnd()),
    '',
    ...explanation(report).flatMap(([label, text]) => hanging(label, printable(text))),
  ];
}

/** A label and its text, in lines of at most 80 columns where words allow it. */
function hanging(label: string, text: string): string[] {
  const lines: string[] = [];
  let line = `  ${label}`.padEnd(labelLen - 1);
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > mostColumns && line.trim() !== '') {
      lines.push(line);
      line = ' '.repeat(labelLen - 1);
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

function zoneText({ facts: { zone } }: PathReport): string {
  return zone === null ? '' : `%${printable(zone.name)}`;
}

/** The way in words. */
function headline(report: PathReport): string {
  const { way, copy, locality, facts } = report;
  const out = facts.out?.name ?? '';
  if (way === 'refused') {
    return `${report.refusal?.code === '' ? 'dropped' : 'refused'}: ${refusalText(report)}`;
  }
  if (way === 'loopback')
    return `to ${facts.question.version === 4 ? '127/8' : '::1'}, loops back over ${out}`;
  if (way === 'own-address') return `to an own address, loops back over ${out}`;
  if (copy !== null) return castText(report, copy.kind, out);
  if (locality === 'leak') return `LEAKS: a loopback address that goes out by ${out}`;
  if (locality === 'hairpin') return `an own address that goes out by ${out} instead of looping back`;
  if (facts.out?.isLoopback) return `none of the three ways: to ${out}, where nobody takes it`;
  return `none of the three ways: it goes out by ${out}`;
}

function castText({ copy, facts }: PathReport, kind: string, out: string): string {
  if (facts.out?.isLoopback) return `a ${kind}, looping back over ${out}`;
  if (copy?.loops && !copy.leaves) return `a ${kind} that ends at ${out}: only its copy loops back`;
  if (copy?.loops) return `a ${kind}: the original goes out by ${out}, a copy loops back`;
  return `a ${kind}: it goes out by ${out}, no copy loops back`;
}

const refusalWords: Record<string, string> = {
  ENETUNREACH: 'no route',
  EHOSTUNREACH: 'a route says unreachable',
  EACCES: 'a route or rule prohibits it',
  EINVAL: 'a route or rule swallows it (blackhole)',
};

function refusalText({ refusal, rule, entry }: PathReport): string {
  if (refusal === null) return '';
  const { code, text } = refusal;
  if (code === '') return text;
  if (code === 'ENETUNREACH' && rule !== null) return `a rule says ${rule.action} (${code})`;
  const isExplained = rule !== null || entry !== null || code === 'ENETUNREACH';
  const words = isExplained ? refusalWords[code] : undefined;
  return `${words ?? text} (${code})`;
}

/** Labels and values. */
function explanation(report: PathReport): [label: string, text: string][] {
  const { facts, rule, entry, seen, copy } = report;
  const { route } = facts.answer;
  const rows: [string, string][] = [];
  for (const each of report.conditional.slice(0, mostShown)) {
    rows.push(['rule', `${each.text} (for some sockets only)`]);
  }
  if (rule !== null) rows.push(['rule', rule.text]);
  if (entry !== null) rows.push(['route', formatRoute(entry, facts.names)]);
  // The kernel's choice of several next hops.
  if (route?.gateway && route.gateway !== entry?.gateway)
    rows.push(['gateway', `${route.gateway} on ${facts.out?.name}`]);
  if (report.source !== '') rows.push(['source', report.source]);
  if (report.mtu > 0) rows.push(['mtu', String(report.mtu)]);
  for (const each of seen) rows.push(['seen', `on ${each.interface}, as ${each.locality}`]);
  if (copy !== null && !copy.isVisible) rows.push(['copy', copyText(report)]);
  if (copy?.kind === 'multicast') rows.push(['joined', report.joined.join(', ') || 'by nobody on this host']);
  rows.push(...listenerRows(report));
  if (copy?.kind === 'broadcast')
    rows.push(['note', `broadcasts of this host: ${facts.broadcasts.join(', ')}`]);
  return [...rows, ...report.notes.map((text): [string, string] => ['note', text])];
}

function copyText({ copy, facts }: PathReport): string {
  if (copy === null || !copy.loops) return `none: nobody here has joined on ${facts.out?.name}`;
  if (copy.kind === 'broadcast') return 'to every socket here that takes it';
  return 'by default; a sender may turn it off (IP_MULTICAST_LOOP, per socket)';
}

function listenerRows({ listeners }: PathReport): [string, string][] {
  const rows = listeners.slice(0, mostShown).map(({ port, processes }): [string, string] => {
    const owners = processes.map(({ pid, name }) => `${name} (${pid})`).join(', ');
    return ['bound', `port ${port}, ${owners || 'process unknown'}`];
  });
  const more = listeners.length - rows.length;
  return more > 0 ? [...rows, ['bound', `and ${more} more`]] : rows;
}

/** `local 127.0.0.0/8 dev lo table local`, in the words of ip-route(8). */
function formatRoute(route: Route, names: ReadonlyMap<number, string>): string {
  const words: string[] = [route.type, route.prefix];
  if (route.gateway !== '') words.push('via', route.gateway);
  if (route.outInterface !== 0) {
    words.push('dev', names.get(route.outInterface) ?? `interface ${route.outInterface}`);
  }
  if (route.hops > 1) words.push(`(first of ${route.hops} next hops)`);
  words.push('table', tableName(route.table));
  return words.join(' ');
}
