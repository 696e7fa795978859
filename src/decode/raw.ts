/**
 * RAW: no link header; the version field of the IP header says which IP it is.
 * Reference: LINKTYPE_RAW in the tcpdump group's registry.
 */
import type { Cursor } from './cursor.js';
import type { Dissector } from './dissector.js';
import { Layer } from './layer.js';

export function decodeRaw(cursor: Cursor): Layer {
  cursor.lastLayer = Layer.raw;
  if (cursor.left < 1) return cursor.truncated(Layer.raw);
  const version = cursor.view.getUint8(cursor.offset) >> 4;
  if (version === 4) return Layer.ipv4;
  return version === 6 ? Layer.ipv6 : cursor.malformed(Layer.raw);
}

export function dissectRaw(dissector: Dissector): Layer {
  dissector.layer('Raw IP', 1);
  const version = dissector.peek8() >> 4;
  dissector.contradiction = `version ${version} is neither 4 nor 6`;
  if (dissector.left > 0) dissector.summary(`version ${version}`);
  return decodeRaw(dissector.cursor);
}
