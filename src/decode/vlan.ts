/**
 * VLAN tags: 802.1Q and 802.1ad, any number of them.
 * Reference: IEEE 802.1Q 9.6.
 *
 *      0                               2
 *     | priority 3 · DEI 1 · VLAN id 12 | EtherType or length | ...
 */
import type { Cursor } from './cursor.js';
import { layerOfEtherType } from './ethernet.js';
import { Layer } from './layer.js';
import { Fact } from './packet-batch.js';

const tagLen = 4;

export function decodeVlan(cursor: Cursor): Layer {
  if (cursor.left < tagLen) return cursor.truncated(Layer.vlan);
  cursor.facts |= Fact.vlan;
  cursor.lastLayer = Layer.vlan;
  const etherType = cursor.view.getUint16(cursor.offset + 2);
  cursor.offset += tagLen;
  return layerOfEtherType(cursor, etherType);
}
