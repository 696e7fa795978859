/**
 * A walk's steps over tunnels that carry frames or name an EtherType. IP in IP needs none: one header follows the other.
 * Reference: RFC 7348 (VXLAN); RFC 2784 and RFC 2890 (GRE).
 */
import { Header, type LeakWalk } from './leak-walk.js';
import { afterEtherType, mostLengthField } from './link-headers.js';

/** Without its I flag it is another protocol on that port. */
export function passVxlan(walk: LeakWalk): Header {
  if (!walk.has(8)) return Header.end;
  const hasNetwork = (walk.view.getUint8(walk.at) & 0x08) !== 0;
  walk.at += 8;
  return hasNetwork ? Header.ethernet : Header.end;
}

/** Version 0 only; each flag adds four bytes, and the routing of RFC 1701 is no longer sent. */
export function passGre(walk: LeakWalk): Header {
  const { view, at } = walk;
  if (!walk.has(4)) return Header.end;
  const flags = view.getUint16(at);
  if ((flags & 0x4007) !== 0) return Header.end;
  const etherType = view.getUint16(at + 2);
  walk.at += 4;
  for (const flag of [0x8000, 0x2000, 0x1000]) if ((flags & flag) !== 0) walk.at += 4;
  if (etherType === 0x6558) return Header.ethernet;
  return etherType > mostLengthField ? afterEtherType(walk, etherType) : Header.end;
}
