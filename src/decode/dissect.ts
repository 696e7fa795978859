/**
 * The cold path: one frame as a tree of fields for people. Each dissectX notes the fields of its header and then
 * lets its decodeX decide what follows, so that a tree cannot tell another story than the columns.
 * Total: any bytes give a tree, nothing throws, nothing outside the frame is read.
 */
import { type LinkType, linkTypeName } from '../capture/link-type.js';
import { plural } from '../format/units.js';
import { dissectArp } from './arp.js';
import { firstLayer } from './decode.js';
import { Dissector } from './dissector.js';
import { dissectEthernet } from './ethernet.js';
import type { Field } from './field.js';
import { dissectIcmp } from './icmp.js';
import { dissectIcmpv6 } from './icmpv6.js';
import { dissectIgmp } from './igmp.js';
import { dissectIpv4 } from './ipv4.js';
import { dissectIpv6 } from './ipv6.js';
import { dissectIpv6Extension } from './ipv6-extension.js';
import { Layer, Stop } from './layer.js';
import { dissectLlc } from './llc.js';
import { dissectNflog } from './nflog.js';
import { dissectLoop, dissectNull } from './null.js';
import { dissectRaw } from './raw.js';
import { dissectSctp } from './sctp.js';
import { dissectSll, dissectSll2 } from './sll.js';
import { dissectTcp } from './tcp.js';
import { dissectUdp } from './udp.js';
import { dissectVlan } from './vlan.js';

const dissectors: Record<Exclude<Layer, typeof Layer.end>, (dissector: Dissector) => Layer> = {
  [Layer.ethernet]: dissectEthernet,
  [Layer.null]: dissectNull,
  [Layer.loop]: dissectLoop,
  [Layer.raw]: dissectRaw,
  [Layer.sll]: dissectSll,
  [Layer.sll2]: dissectSll2,
  [Layer.vlan]: dissectVlan,
  [Layer.llc]: dissectLlc,
  [Layer.arp]: dissectArp,
  [Layer.ipv4]: dissectIpv4,
  [Layer.ipv6]: dissectIpv6,
  [Layer.ipv6Extension]: dissectIpv6Extension,
  [Layer.tcp]: dissectTcp,
  [Layer.udp]: dissectUdp,
  [Layer.icmp]: dissectIcmp,
  [Layer.icmpv6]: dissectIcmpv6,
  [Layer.igmp]: dissectIgmp,
  [Layer.sctp]: dissectSctp,
  [Layer.nflog]: dissectNflog,
};

/**
 * One Field a layer, then one for the payload (`Data`) and the bytes behind the datagram (`Padding`); the last one
 * says where decoding stopped and why (`Truncated`, `Malformed`, `Not decoded`, `Later fragment`), or that the
 * payload was `Not captured` in full.
 * @param bytes one frame; offsets in the tree count from its start
 * @param origLen bytes that the frame had on the link
 */
export function dissectFrame(bytes: Uint8Array, linkType: LinkType, origLen: number): readonly Field[] {
  const dissector = new Dissector(bytes, dissectLayers, origLen);
  dissector.cursor.begin(0, bytes.length, origLen, 0);
  const first = firstLayer(linkType);
  if (first === Layer.end) {
    dissector.cursor.stop = Stop.unsupported;
    dissector.unknown = linkTypeName(linkType);
  }
  dissectLayers(dissector, first);
  return dissector.fields;
}

function dissectLayers(dissector: Dissector, first: Layer): void {
  let layer = first;
  while (layer !== Layer.end) layer = dissectors[layer](dissector);
  dissector.closeLayer();
  noteRest(dissector);
  noteStop(dissector);
}

/** What is behind the last header: the payload, and bytes that no length field covers. */
function noteRest(dissector: Dissector): void {
  const { cursor, at, isBroken } = dissector;
  const start = isBroken ? at : Math.max(at, Math.min(cursor.offset, cursor.end));
  const dataEnd = isBroken ? cursor.end : Math.max(start, Math.min(payloadEndOf(dissector), cursor.end));
  if (dataEnd > start) dissector.trailer('Data', start, dataEnd);
  if (cursor.end > dataEnd)
    dissector.trailer('Padding', dataEnd, cursor.end, 'behind the end by the length field');
}

function noteStop(dissector: Dissector): void {
  const { cursor, hiddenLayers } = dissector;
  if (hiddenLayers > 0) dissector.conclusion('Not shown', plural(hiddenLayers, 'more layer'), '');
  switch (cursor.stop) {
    case Stop.truncated: {
      const present = `${cursor.end - dissector.headerOffset} of ${dissector.needs} bytes`;
      dissector.conclusion('Truncated', `${dissector.headerName}: ${present}`, whyCut(dissector));
      return;
    }
    case Stop.malformed:
      dissector.conclusion('Malformed', `${dissector.headerName}: ${dissector.contradiction}`, '');
      return;
    case Stop.unsupported:
      dissector.conclusion('Not decoded', dissector.unknown, '');
      return;
    case Stop.fragment:
      dissector.conclusion('Later fragment', dissector.unknown, 'the first one has the transport header');
      return;
    default:
      noteMissing(dissector);
  }
}

function noteMissing(dissector: Dissector): void {
  const { cursor, depth } = dissector;
  const missing = payloadEndOf(dissector) - cursor.end;
  if (missing > 0 && depth === 0) {
    dissector.conclusion('Not captured', plural(missing, 'byte'), whyCut(dissector));
  }
}

function whyCut(dissector: Dissector): string {
  const { bytes, depth, origLen } = dissector;
  if (depth > 0) return 'the quotation ends here';
  return bytes.length < origLen
    ? `${bytes.length} of the frame's ${origLen} bytes were captured`
    : `the frame had ${origLen} bytes on the link`;
}

function payloadEndOf(dissector: Dissector): number {
  return dissector.payloadEnd < 0 ? dissector.cursor.limit : dissector.payloadEnd;
}
