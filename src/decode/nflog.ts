/**
 * NFLOG: what a netfilter rule logged, in attributes of which the packet is the last; capture/nflog-frame.ts reads them.
 * Reference: LINKTYPE_NFLOG in the tcpdump group's registry; linux/netfilter/nfnetlink_log.h.
 *
 *      0        1         2       4
 *     | family | version | group | len | type | value … | … | len | 9 | packet
 *
 * The hook tells the direction, the interfaces whether it passed loopback, which is number 1 on every Linux.
 */
import { Direction } from '../capture/frame-batch.js';
import { loopbackIndex } from '../capture/interface-flags.js';
import { NflogAttribute, NflogEnd, NflogFrame, nflogHeaderLen } from '../capture/nflog-frame.js';
import { printableAscii } from '../format/printable.js';
import { formatRfc3339 } from '../format/time.js';
import type { Cursor } from './cursor.js';
import type { Dissector } from './dissector.js';
import { layerOfEtherType } from './ethernet.js';
import { Layer } from './layer.js';
import { Fact } from './packet-batch.js';

/** NFPROTO_ numbers of IP, which are address families. */
const familyIpv4 = 2;
const familyIpv6 = 10;
/** By netfilter hook: prerouting, input, forward, output, postrouting. */
const directions = [Direction.in, Direction.in, Direction.unknown, Direction.out, Direction.out];

const frame = new NflogFrame();

export function decodeNflog(cursor: Cursor): Layer {
  const { view, offset, end, limit } = cursor;
  const ending = frame.read(view, offset, end, limit);
  if (ending === NflogEnd.truncated) return cursor.truncated(Layer.nflog);
  if (ending === NflogEnd.malformed) return cursor.malformed(Layer.nflog);
  cursor.lastLayer = Layer.nflog;
  noteFacts(cursor);
  if (ending === NflogEnd.withoutPayload) {
    cursor.offset = end;
    return cursor.unsupported(Layer.nflog);
  }
  cursor.offset = frame.payloadOffset;
  cursor.end = frame.payloadOffset + frame.payloadLen;
  cursor.limit = cursor.end + (limit - end);
  if (frame.family === familyIpv4) return Layer.ipv4;
  if (frame.family === familyIpv6) return Layer.ipv6;
  return frame.protocol === 0 ? cursor.unsupported(Layer.nflog) : layerOfEtherType(cursor, frame.protocol);
}

function noteFacts(cursor: Cursor): void {
  const { inputInterface, outputInterface, hook } = frame;
  if (frame.isObservedCopy(cursor.view)) cursor.facts |= Fact.observedCopy | Fact.loopbackLink;
  else if (inputInterface === loopbackIndex || outputInterface === loopbackIndex)
    cursor.facts |= Fact.loopbackLink;
  else if (inputInterface !== 0 || outputInterface !== 0) cursor.facts |= Fact.wireLink;
  if (cursor.direction === Direction.unknown && hook >= 0 && hook < directions.length)
    cursor.direction = directions[hook];
}

const attributeHeaderLen = 4;
const typeMask = 0x3fff;
/** Attributes that are shown; a frame of the kernel has about ten. */
const mostAttributes = 64;

const attributeNames = new Map<number, string>([
  [NflogAttribute.packetHeader, 'Packet Header'],
  [NflogAttribute.mark, 'Mark'],
  [NflogAttribute.timestamp, 'Timestamp'],
  [NflogAttribute.inputInterface, 'Input Interface'],
  [NflogAttribute.outputInterface, 'Output Interface'],
  [NflogAttribute.physicalInput, 'Physical Input Interface'],
  [NflogAttribute.physicalOutput, 'Physical Output Interface'],
  [NflogAttribute.hardwareAddress, 'Hardware Address'],
  [NflogAttribute.payload, 'Packet'],
  [NflogAttribute.prefix, 'Prefix'],
  [NflogAttribute.userId, 'User'],
  [NflogAttribute.sequence, 'Sequence Number'],
  [NflogAttribute.globalSequence, 'Global Sequence Number'],
  [NflogAttribute.groupId, 'Group of User'],
  [NflogAttribute.hardwareType, 'Hardware Type'],
  [NflogAttribute.hardwareHeader, 'Hardware Header'],
  [NflogAttribute.hardwareLen, 'Hardware Header Length'],
]);
const familyNames = new Map([
  [familyIpv4, 'IPv4'],
  [familyIpv6, 'IPv6'],
  [3, 'ARP'],
  [7, 'bridge'],
]);
const hookNames = ['prerouting', 'input', 'forward', 'output', 'postrouting'];

export function dissectNflog(dissector: Dissector): Layer {
  const { cursor } = dissector;
  const ending = frame.read(cursor.view, cursor.offset, cursor.end, cursor.limit);
  dissector.layer('Netfilter Log', nflogHeaderLen);
  dissector.uint8('Family', (family) => familyNames.get(family) ?? '');
  dissector.uint8('Version');
  const group = dissector.uint16('Group');
  dissector.summary(`group ${group}`);
  const { isLittleEndian, attributeOffset, attributeLen } = frame;
  const shownTo = ending === NflogEnd.payload ? frame.payloadOffset : cursor.end;
  for (let i = 0; i < mostAttributes && dissector.at < shownTo && dissector.left > 0; i++) {
    if (dissector.left < attributeHeaderLen || !dissectAttribute(dissector, isLittleEndian)) break;
  }
  dissector.needs = attributeOffset + attributeLen - dissector.headerOffset;
  dissector.contradiction =
    attributeLen < attributeHeaderLen
      ? `an attribute of ${attributeLen} bytes (least ${attributeHeaderLen})`
      : `an attribute of ${attributeLen} bytes where ${cursor.limit - attributeOffset} are left`;
  dissector.unknown = ending === NflogEnd.withoutPayload ? 'no packet' : `family ${frame.family}`;
  return decodeNflog(cursor);
}

/** @returns false where it is cut, contradicts the format, or holds the packet */
function dissectAttribute(dissector: Dissector, isLittleEndian: boolean): boolean {
  const { at, view } = dissector;
  const len = view.getUint16(at, isLittleEndian);
  const type = view.getUint16(at + 2, isLittleEndian) & typeMask;
  if (len < attributeHeaderLen) return false;
  const name = attributeNames.get(type) ?? `Attribute ${type}`;
  const isPayload = type === NflogAttribute.payload;
  if (!isPayload && len > dissector.left) return false;
  dissector.group(name, isPayload ? attributeHeaderLen : len, () => {
    dissector.part('Length', len, '', at, 2);
    dissector.part('Type', type, '', at + 2, 2);
    dissector.skip(attributeHeaderLen);
    return isPayload ? '' : dissectValue(dissector, type, len - attributeHeaderLen);
  });
  if (!isPayload) dissector.skip(-len & 3);
  return !isPayload;
}

/** Notes nothing where the group's own value says it all. */
function dissectValue(dissector: Dissector, type: number, len: number): string {
  const { at, view } = dissector;
  switch (type) {
    case NflogAttribute.packetHeader: {
      if (len < 4) return '';
      const hook = view.getUint8(at + 2);
      dissector.hex16('Protocol');
      dissector.uint8('Hook', hookNames[hook] ?? '');
      dissector.skip(1);
      return hookNames[hook] ?? '';
    }
    case NflogAttribute.prefix: {
      dissector.skip(len);
      const text = dissector.bytes.subarray(at, at + Math.min(len, 128));
      const end = text.indexOf(0);
      return printableAscii(end < 0 ? text : text.subarray(0, end));
    }
    case NflogAttribute.timestamp:
      if (len < 16) return '';
      dissector.skip(16);
      return timeText(view, at);
    case NflogAttribute.hardwareType:
    case NflogAttribute.hardwareLen:
      if (len < 2) return '';
      dissector.skip(len);
      return String(view.getUint16(at));
    case NflogAttribute.hardwareAddress:
    case NflogAttribute.hardwareHeader:
      return '';
    default:
      if (len !== 4) return '';
      dissector.skip(4);
      return String(view.getUint32(at));
  }
}

/** Seconds and microseconds; a number that is no time of a calendar is shown as it is. */
function timeText(view: DataView, at: number): string {
  const seconds = view.getBigUint64(at);
  const micros = view.getBigUint64(at + 8);
  const isTime = seconds < 253_402_300_800n && micros < 1_000_000n;
  return isTime ? formatRfc3339(seconds * 1_000_000_000n + micros * 1000n) : `${seconds} s ${micros} us`;
}
