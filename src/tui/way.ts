/**
 * The ways that the opening view draws, and which localities each stands for. Together they hold every locality
 * once, so that what is shown adds up to the frames.
 * Reference: Stevens, TCP/IP Illustrated vol. 1, 2.7 (the three ways onto loopback are numbered as there).
 */
import type { InterfaceReport, Snapshot, SourceReport, ViewFilter } from '../analysis/port.js';
import { InterfaceRole } from '../capture/source.js';
import { Locality, localityName } from '../classify/locality.js';
import type { StyleName } from './styled.js';

export interface Way {
  readonly id: string;
  readonly label: string;
  readonly locality: Locality;
  /** 1 to 3 of the book's three ways onto loopback; 0 for the rest. */
  readonly number: 0 | 1 | 2 | 3;
  readonly side: 'loopback' | 'wire' | 'neither';
  readonly style: StyleName;
}

const way = (
  id: string,
  label: string,
  locality: Locality,
  number: Way['number'],
  side: Way['side'],
  style: StyleName,
): Way => ({ id, label, locality, number, side, style });

export const everyWay: readonly Way[] = [
  way('loopback', 'to 127/8, ::1', Locality.loopback, 1, 'loopback', 'loopback'),
  way('own', 'to own addresses', Locality.selfAddressed, 3, 'loopback', 'own'),
  way('broadcast', 'broadcast copies', Locality.broadcastCopy, 2, 'loopback', 'copy'),
  way('multicast', 'multicast copies', Locality.multicastCopy, 2, 'loopback', 'copy'),
  way('stray', 'stray', Locality.stray, 0, 'loopback', 'warn'),
  way('originals', 'originals', Locality.castOriginal, 0, 'wire', 'wire'),
  way('external', 'external', Locality.external, 0, 'wire', 'wire'),
  way('leaks', 'LEAKS', Locality.leak, 0, 'wire', 'bad'),
  way('hairpins', 'hairpins', Locality.hairpin, 0, 'wire', 'warn'),
  way('not-ip', 'not IP', Locality.notIp, 0, 'neither', 'dim'),
  way('undecoded', 'undecoded', Locality.undecoded, 0, 'neither', 'warn'),
];

/** Interfaces that a title names. */
const mostNames = 3;

/** All but `stray`, which is shown only once there is one: most hosts never have any. */
export function shownWays(snapshot: Snapshot | null): readonly Way[] {
  const strays = snapshot?.localities[Locality.stray]?.frames ?? 0;
  return strays > 0 ? everyWay : everyWay.filter((one) => one.locality !== Locality.stray);
}

export function findWay(id: string | null): Way | null {
  return everyWay.find((one) => one.id === id) ?? null;
}

export function wayFilter(id: string | null): ViewFilter {
  const found = findWay(id);
  return found === null ? {} : { localities: [found.locality] };
}

/** An interface's name, or that of its file where a capture names none. */
export function interfaceLabel(source: SourceReport, { name }: InterfaceReport): string {
  return name === '' ? source.name.slice(source.name.lastIndexOf('/') + 1) : name;
}

/** Labels of the interfaces on one side; one of unknown role counts for both. */
export function interfacesOf(snapshot: Snapshot | null, side: 'loopback' | 'wire'): readonly string[] {
  const role = side === 'loopback' ? InterfaceRole.loopback : InterfaceRole.wire;
  const names: string[] = [];
  for (const source of snapshot?.sources ?? []) {
    for (const one of source.interfaces) {
      if (one.role === role || one.role === InterfaceRole.unknown) names.push(interfaceLabel(source, one));
    }
  }
  const different = [...new Set(names)];
  const further = different.length - mostNames;
  return further < 2 ? different : [...different.slice(0, mostNames), `${further} more`];
}

/** The colour of each Locality in lists. */
export function localityStyle(locality: Locality): StyleName {
  if (locality === Locality.external) return 'normal';
  return everyWay.find((one) => one.locality === locality)?.style ?? 'normal';
}

/** By Locality value; ten cells at most, for narrow lists. A leak stands out in words too. */
const shortName = [
  'loopback',
  'bcast copy',
  'mcast copy',
  'own addr',
  'STRAY',
  'LEAK',
  'HAIRPIN',
  'original',
  'external',
  'not IP',
  'undecoded',
];

/** The published name where there is room for it; what should not be there shouts at any width. */
export function localityText(locality: Locality, cells: number): string {
  const short = shortName[locality];
  return cells < 14 || short === short.toUpperCase() ? short : localityName[locality];
}
