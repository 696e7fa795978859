/**
 * A walk's steps over tunnels that carry frames or name an EtherType. IP in IP needs none: one header follows the other.
 * Reference: RFC 7348 (VXLAN); RFC 1701, 2784 and 2890 (GRE); RFC 2637 (PPTP), RFC 1661 and 1662 (PPP).
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

const GreFlag = {
  checksum: 0x8000,
  routing: 0x4000,
  key: 0x2000,
  sequence: 0x1000,
  acknowledgement: 0x0080,
} as const;
/** Each adds four bytes; the first two share theirs. */
const greFields = [
  GreFlag.checksum | GreFlag.routing,
  GreFlag.key,
  GreFlag.sequence,
  GreFlag.acknowledgement,
];
const greVersion = 0x0007;
const pppInGre = 0x880b;

export function passGre(walk: LeakWalk): Header {
  const { view, at } = walk;
  if (!walk.has(4)) return Header.end;
  const flags = view.getUint16(at);
  const etherType = view.getUint16(at + 2);
  const version = flags & greVersion;
  walk.at += 4;
  // In version 0 the acknowledgement's bit is a reserved one.
  const fields = version === 0 ? flags & ~GreFlag.acknowledgement : flags;
  for (const field of greFields) if ((fields & field) !== 0) walk.at += 4;
  if (version !== 0) return version === 1 && etherType === pppInGre ? Header.ppp : Header.end;
  if ((flags & GreFlag.routing) !== 0 && !passRouting(walk)) return Header.end;
  if (etherType === 0x6558) return Header.ethernet;
  return etherType > mostLengthField ? afterEtherType(walk, etherType) : Header.end;
}

/** RFC 1701: source route entries, each an address family, an offset and its length, up to one without either. */
function passRouting(walk: LeakWalk): boolean {
  while (walk.has(4)) {
    const family = walk.view.getUint16(walk.at);
    const len = walk.view.getUint8(walk.at + 3);
    walk.at += 4 + len;
    if (family === 0 && len === 0) return true;
  }
  return false;
}

/** Address and control field, unless left out; a protocol of one byte where that is odd. What is encrypted stays closed. */
export function passPpp(walk: LeakWalk): Header {
  if (walk.has(2) && walk.view.getUint16(walk.at) === 0xff03) walk.at += 2;
  if (!walk.has(2)) return Header.end;
  const isShort = (walk.view.getUint8(walk.at) & 1) !== 0;
  const protocol = isShort ? walk.view.getUint8(walk.at) : walk.view.getUint16(walk.at);
  walk.at += isShort ? 1 : 2;
  if (protocol === 0x21) return Header.ipv4;
  return protocol === 0x57 ? Header.ipv6 : Header.end;
}
