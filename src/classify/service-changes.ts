/**
 * What became of services between one look and the next: those that came, went, or are reached by others than before.
 */
import type { Exposure } from './exposure.js';
import type { Service } from './services.js';

export interface ServiceChange<Known extends Service> {
  /** `present`: there at the first look. */
  readonly change: 'present' | 'appeared' | 'gone' | 'exposure';
  readonly service: Known;
  /** What its exposure was; null unless that is the change. */
  readonly before: Exposure | null;
}

/** Which service it is, whoever holds it. */
export function nameOf({ protocol, address, port, interface: device }: Service): string {
  return `${protocol} ${address} ${port} ${device}`;
}

/**
 * Those gone first, so that a server that was started again is gone and appears.
 * @param before null: there was no look before
 */
export function changesBetween<Known extends Service>(
  before: readonly Known[] | null,
  now: readonly Known[],
): ServiceChange<Known>[] {
  const earlier = new Map((before ?? []).map((service) => [nameOf(service), service]));
  const later = new Map(now.map((service) => [nameOf(service), service]));
  const changes: ServiceChange<Known>[] = [];
  for (const [name, service] of earlier) {
    const same = later.get(name);
    if (same === undefined || !sharesSocket(service, same)) {
      changes.push({ change: 'gone', service, before: null });
    }
  }
  for (const [name, service] of later) {
    const same = earlier.get(name);
    if (same === undefined || !sharesSocket(service, same)) {
      changes.push({ change: before === null ? 'present' : 'appeared', service, before: null });
    } else if (!isSameExposure(service.exposure, same.exposure)) {
      changes.push({ change: 'exposure', service, before: same.exposure });
    }
  }
  return changes;
}

/** Workers come and go; a service all of whose sockets are others is another one. */
function sharesSocket(a: Service, b: Service): boolean {
  const inodes = new Set(b.inodes);
  return a.inodes.some((inode) => inodes.has(inode));
}

/** One more interface is no news of what everyone reaches. */
function isSameExposure(a: Exposure, b: Exposure): boolean {
  return a.kind === b.kind && (a.kind === 'everyone' || a.through.join(' ') === b.through.join(' '));
}
