/**
 * BSD loopback: NULL, with the address family in the capturing host's byte order, and LOOP, in network order.
 * Reference: LINKTYPE_NULL and LINKTYPE_LOOP in the tcpdump group's registry.
 *
 *      0        4
 *     | family | IPv4 or IPv6 header ...
 *
 * The file does not say the capturing host's order, so the value decides: families are small.
 */
import { formatHex } from '../format/units.js';
import type { Cursor } from './cursor.js';
import type { Dissector } from './dissector.js';
import { EtherType } from './ethernet.js';
import { Layer } from './layer.js';
import { Fact } from './packet-batch.js';

const headerLen = 4;

/** AF_INET everywhere; AF_INET6 of NetBSD and OpenBSD, FreeBSD, macOS, and of Linux and Windows hosts. */
export const familyIpv4 = 2;
export const familiesIpv6: readonly number[] = [24, 28, 30, 10, 23];

/** The address family, read in the order in which it is a small number. */
export function familyOfNull(view: DataView, offset: number): number {
  const little = view.getUint32(offset, true);
  return little > 0xffff ? view.getUint32(offset, false) : little;
}

export function decodeNull(cursor: Cursor): Layer {
  if (cursor.left < headerLen) return cursor.truncated(Layer.null);
  const family = familyOfNull(cursor.view, cursor.offset);
  const etherType = cursor.view.getUint16(cursor.offset + 2);
  return layerOfFamily(
    cursor,
    isWrittenAsEtherType(family, etherType) ? familyOfEtherType(etherType) : family,
    Layer.null,
  );
}

/** Some programs put an EtherType in the last two bytes: Wireshark reads it where the family makes no sense. */
function isWrittenAsEtherType(family: number, etherType: number): boolean {
  return family > 0xffff && (etherType === EtherType.ipv4 || etherType === EtherType.ipv6);
}

function familyOfEtherType(etherType: number): number {
  return etherType === EtherType.ipv4 ? familyIpv4 : familiesIpv6[0];
}

export function decodeLoop(cursor: Cursor): Layer {
  if (cursor.left < headerLen) return cursor.truncated(Layer.loop);
  return layerOfFamily(cursor, cursor.view.getUint32(cursor.offset, false), Layer.loop);
}

function layerOfFamily(cursor: Cursor, family: number, layer: Layer): Layer {
  cursor.facts |= Fact.loopbackLink;
  cursor.lastLayer = layer;
  cursor.offset += headerLen;
  if (family === familyIpv4) return Layer.ipv4;
  return familiesIpv6.includes(family) ? Layer.ipv6 : cursor.unsupported(layer);
}

export function dissectNull(dissector: Dissector): Layer {
  dissector.layer('BSD Loopback (NULL)', headerLen);
  const { cursor, at, left } = dissector;
  if (left >= headerLen) {
    const family = familyOfNull(dissector.view, at);
    const etherType = dissector.view.getUint16(at + 2);
    if (isWrittenAsEtherType(family, etherType)) {
      dissector.part('EtherType', formatHex(etherType, 4), 'where an address family belongs', at + 2, 2);
      noteFamily(dissector, familyOfEtherType(etherType));
    } else {
      const isLittle = dissector.view.getUint32(at, true) === family;
      dissector.part('Byte Order', isLittle ? 'little endian' : 'big endian', '', at, headerLen);
      noteFamily(dissector, family);
    }
  }
  return decodeNull(cursor);
}

export function dissectLoop(dissector: Dissector): Layer {
  dissector.layer('OpenBSD Loopback (LOOP)', headerLen);
  if (dissector.left >= headerLen) noteFamily(dissector, dissector.view.getUint32(dissector.at, false));
  return decodeLoop(dissector.cursor);
}

function noteFamily(dissector: Dissector, family: number): void {
  let name = familiesIpv6.includes(family) ? 'IPv6' : '';
  if (family === familyIpv4) name = 'IPv4';
  dissector.part('Address Family', family, name, dissector.at, headerLen);
  dissector.skip(headerLen);
  dissector.summary(name);
  dissector.unknown = `address family ${family}`;
}
