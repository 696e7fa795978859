/**
 * A walk's steps over tunnels that carry frames or name an EtherType. IP in IP needs none: one header follows the other.
 * Reference: RFC 7348 (VXLAN); draft-ietf-nvo3-vxlan-gpe (what else it may carry); RFC 8926 (Geneve);
 * RFC 1701, 2784 and 2890 (GRE); RFC 2637 (PPTP), RFC 1661 and 1662 (PPP).
 */
import { Header, type LeakWalk } from './leak-walk.js';
import { afterEtherType, mostLengthField } from './link-headers.js';

const VxlanFlag = { network: 0x08, protocol: 0x04 } as const;
/** What the last byte before the network's number says where the header is that of the generic protocol extension. */
const vxlanProtocols: Readonly<Record<number, Header>> = {
  1: Header.ipv4,
  2: Header.ipv6,
  3: Header.ethernet,
};

/** Without its I flag it is another protocol on that port. */
export function passVxlan(walk: LeakWalk): Header {
  const { view, at } = walk;
  if (!walk.has(8)) return Header.end;
  const flags = view.getUint8(at);
  walk.at += 8;
  if ((flags & VxlanFlag.network) === 0) return Header.end;
  if ((flags & VxlanFlag.protocol) === 0) return Header.ethernet;
  return vxlanProtocols[view.getUint8(at + 3)] ?? Header.end;
}

/** Version 0; the length of its options in words, and an EtherType. */
export function passGeneve(walk: LeakWalk): Header {
  const { view, at } = walk;
  if (!walk.has(8)) return Header.end;
  const first = view.getUint8(at);
  const etherType = view.getUint16(at + 2);
  walk.at += 8 + 4 * (first & 0x3f);
  return first >> 6 === 0 ? inTunnel(walk, etherType) : Header.end;
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
  return inTunnel(walk, etherType);
}

/** A frame (transparent Ethernet bridging), or what an EtherType names. */
function inTunnel(walk: LeakWalk, etherType: number): Header {
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
