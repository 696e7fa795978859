/**
 * VLAN tags: 802.1Q and 802.1ad, any number of them.
 * Reference: IEEE 802.1Q 9.6.
 *
 *      0                               2
 *     | priority 3 · DEI 1 · VLAN id 12 | EtherType or length | ...
 */
import type { Cursor } from './cursor.js';
import type { Dissector } from './dissector.js';
import { dissectEtherType, layerOfEtherType } from './ethernet.js';
import { Layer } from './layer.js';
import { Fact } from './packet-batch.js';

const tagLen = 4;

/** Traffic types of the priorities (IEEE 802.1Q table I-2). */
const priorityNames = [
  'best effort',
  'background',
  'excellent effort',
  'critical applications',
  'video',
  'voice',
  'internetwork control',
  'network control',
];

export function decodeVlan(cursor: Cursor): Layer {
  if (cursor.left < tagLen) return cursor.truncated(Layer.vlan);
  cursor.facts |= Fact.vlan;
  cursor.lastLayer = Layer.vlan;
  const etherType = cursor.view.getUint16(cursor.offset + 2);
  cursor.offset += tagLen;
  return layerOfEtherType(cursor, etherType);
}

export function dissectVlan(dissector: Dissector): Layer {
  dissector.layer('802.1Q Virtual LAN', tagLen);
  const tag = dissector.peek16();
  const { at } = dissector;
  dissector.part('Priority Code Point', tag >> 13, priorityNames[tag >> 13], at, 2);
  dissector.part('Drop Eligible Indicator', (tag >> 12) & 1, '', at, 2);
  dissector.part('VLAN Identifier', tag & 0xfff, (tag & 0xfff) === 0 ? 'none: priority only' : '', at, 2);
  dissector.skip(2);
  dissector.summary(`VLAN ${tag & 0xfff}`);
  dissectEtherType(dissector);
  return decodeVlan(dissector.cursor);
}
