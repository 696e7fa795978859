/**
 * IEEE 802.2 LLC and SNAP: how IP travels in 802.3 frames that carry a length instead of a type.
 * Reference: IEEE 802.2 3.2, RFC 1042.
 *
 *      0      1      2         3        6
 *     | DSAP | SSAP | control | OUI    | EtherType |      the last two with DSAP and SSAP 0xaa (SNAP) only
 */
import type { Cursor } from './cursor.js';
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
