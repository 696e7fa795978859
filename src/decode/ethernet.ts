/**
 * Ethernet II and IEEE 802.3 with LLC/SNAP, and the EtherType that says what follows.
 * Reference: IEEE 802.3 3.2, IEEE 802.2, RFC 894, RFC 1042.
 *
 *      0            6            12        14
 *     | destination |   source   | EtherType or length | ...
 *
 * Linux gives frames on its loopback device both addresses zero: no other device does.
 */
import type { Cursor } from './cursor.js';
import type { Dissector } from './dissector.js';
import { describeEtherType, etherTypeName } from './ether-types.js';
import { Layer } from './layer.js';
import { Fact } from './packet-batch.js';

const headerLen = 14;

/** EtherTypes that lead on (IANA ieee-802-numbers). 0x9100 is the tag that came before 802.1ad. */
export const EtherType = {
  ipv4: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  vlan: 0x8100,
  ipv6: 0x86dd,
  vlanService: 0x88a8,
  vlanOld: 0x9100,
} as const;

/** Values up to this are the length of an LLC frame, not a type (IEEE 802.3 3.2.6). */
export const maxLlcLen = 1500;

export function decodeEthernet(cursor: Cursor): Layer {
  if (cursor.left < headerLen) return cursor.truncated(Layer.ethernet);
  const { view, offset } = cursor;
  const macs = view.getUint32(offset) | view.getUint32(offset + 4) | view.getUint32(offset + 8);
  if (macs === 0) cursor.facts |= Fact.loopbackLink;
  cursor.lastLayer = Layer.ethernet;
  cursor.offset = offset + headerLen;
  return layerOfEtherType(cursor, view.getUint16(offset + 12));
}

/** The layer behind an EtherType or 802.3 length field that was just read. */
export function layerOfEtherType(cursor: Cursor, etherType: number): Layer {
  switch (etherType) {
    case EtherType.ipv4:
      return Layer.ipv4;
    case EtherType.ipv6:
      return Layer.ipv6;
    case EtherType.arp:
    case EtherType.rarp:
      return Layer.arp;
    case EtherType.vlan:
    case EtherType.vlanService:
    case EtherType.vlanOld:
      return Layer.vlan;
    default:
      return etherType <= maxLlcLen ? Layer.llc : cursor.unsupported(cursor.lastLayer);
  }
}

export function dissectEthernet(dissector: Dissector): Layer {
  dissector.layer('Ethernet II', headerLen);
  const destination = dissector.mac('Destination');
  const source = dissector.mac('Source');
  if (source !== '') dissector.summary(`${source} → ${destination}`);
  dissectEtherType(dissector);
  return decodeEthernet(dissector.cursor);
}

/** Notes an EtherType or 802.3 length, and how to name it when nothing behind it is decoded. */
export function dissectEtherType(dissector: Dissector, name = 'EtherType'): void {
  const etherType = dissector.hex16(name, (value) =>
    value <= maxLlcLen ? `IEEE 802.3 length: ${value} bytes` : etherTypeName(value),
  );
  dissector.unknown = describeEtherType(etherType);
}
