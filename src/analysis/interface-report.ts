/**
 * The interfaces of a source with what was seen of each.
 */
import { InterfaceRole, type Source } from '../capture/source.js';
import type { InterfaceReport } from './port.js';

export interface SeenInterfaces {
  readonly source: Source;
  /** By interface id, as far as frames have told of it; so the other two. */
  readonly roles: readonly InterfaceRole[];
  readonly frames: readonly number[];
  /** Frames whose link header says loopback. */
  readonly loopbackLinks: readonly number[];
}

export function reportInterfaces({
  source,
  roles,
  frames,
  loopbackLinks,
}: SeenInterfaces): InterfaceReport[] {
  return source.interfaces.flatMap(({ id, name, linkType, role, dropped, isOnlyDescribed }) => {
    const seen = frames[id] ?? 0;
    // To say that it had no frames would be to say that it was looked at.
    if (isOnlyDescribed === true && seen === 0) return [];
    const isAllLoopback = seen > 0 && loopbackLinks[id] === seen;
    const stated = roles[id] ?? role;
    const concluded = stated === InterfaceRole.unknown && isAllLoopback ? InterfaceRole.loopback : stated;
    return [{ id, name, linkType, role: concluded, frames: seen, dropped }];
  });
}
