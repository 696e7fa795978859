/**
 * IEEE 802.2 LLC and SNAP: how IP travels in 802.3 frames that carry a length instead of a type.
 * Reference: IEEE 802.2 3.2, RFC 1042.
 *
 *      0      1      2         3        6
 *     | DSAP | SSAP | control | OUI    | EtherType |      the last two with DSAP and SSAP 0xaa (SNAP) only
 */
import { formatHex } from '../format/units.js';
import type { Cursor } from './cursor.js';
import type { Dissector } from './dissector.js';
import { describeEtherType, etherTypeName } from './ether-types.js';
import { layerOfEtherType, maxLlcLen } from './ethernet.js';
import { Layer } from './layer.js';

const headerLen = 3;
const snapLen = 8;

/** Service access points that lead on. */
const Sap = { ip: 0x06, snap: 0xaa } as const;
/** OUIs whose protocol id is an EtherType: RFC 1042, and 802.1H bridge tunnels. */
const etherTypeOuis = new Set([0x000000, 0x0000f8]);

export function decodeLlc(cursor: Cursor): Layer {
  const { view, offset } = cursor;
  if (cursor.left < headerLen) return cursor.truncated(Layer.llc);
  const dsap = view.getUint8(offset);
  cursor.lastLayer = Layer.llc;
  if (dsap === Sap.ip && view.getUint8(offset + 1) === Sap.ip) {
    cursor.offset += headerLen;
    return Layer.ipv4;
  }
  if (dsap !== Sap.snap || view.getUint8(offset + 1) !== Sap.snap) return cursor.unsupported(Layer.llc);
  if (cursor.left < snapLen) return cursor.truncated(Layer.llc);
  const oui = view.getUint32(offset + 2) & 0xffffff;
  const etherType = view.getUint16(offset + 6);
  if (!etherTypeOuis.has(oui) || etherType <= maxLlcLen) return cursor.unsupported(Layer.llc);
  cursor.offset += snapLen;
  return layerOfEtherType(cursor, etherType);
}

const sapNames = new Map<number, string>([
  [0x00, 'null'],
  [0x06, 'IP'],
  [0x42, 'spanning tree'],
  [0x7e, 'X.25'],
  [0xaa, 'SNAP'],
  [0xe0, 'IPX'],
  [0xf0, 'NetBIOS'],
  [0xfe, 'OSI network layer'],
  [0xff, 'global'],
]);

export function dissectLlc(dissector: Dissector): Layer {
  dissector.layer('IEEE 802.2 Logical Link Control', headerLen);
  const dsap = dissector.hex8('Destination Service Access Point', sapName);
  const ssap = dissector.hex8('Source Service Access Point', sapName);
  dissector.hex8('Control', (control) => (control === 3 ? 'unnumbered information' : ''));
  const name = sapName(dsap);
  dissector.unknown = `LLC service ${formatHex(dsap, 1)}${name === '' ? '' : ` (${name})`}`;
  if (dsap === Sap.snap && ssap === Sap.snap) dissectSnap(dissector);
  return decodeLlc(dissector.cursor);
}

function dissectSnap(dissector: Dissector): void {
  dissector.needs = snapLen;
  const oui = dissector.peek8() * 0x10000 + dissector.peek16(1);
  dissector.mac('Organizationally Unique Identifier', 3);
  const isEtherType = etherTypeOuis.has(oui);
  const protocol = dissector.hex16('Protocol Identifier', (value) =>
    isEtherType ? etherTypeName(value) : '',
  );
  dissector.unknown = isEtherType
    ? describeEtherType(protocol)
    : `SNAP protocol ${formatHex(protocol, 2)} of OUI ${formatHex(oui, 3)}`;
}

function sapName(sap: number): string {
  return sapNames.get(sap) ?? '';
}
