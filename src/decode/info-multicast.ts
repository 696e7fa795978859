/**
 * The one line that a packet list shows of an IGMP or MLD message: who joins or leaves which group.
 */
import { formatIpv4, formatIpv6 } from '../format/address.js';
import { plural } from '../format/units.js';
import { type AddressKind, recordLenOf, recordTypeName } from './group-records.js';
import { Icmpv6Type } from './icmpv6-types.js';
import { IgmpType, igmpTypeName } from './igmp.js';

const headerLen = 8;
/** Records of one report that are spelled out. */
const maxRecords = 4;

/** @param start of the message, whose eight-byte header is before `end`; @param payloadLen bytes behind that header */
export function igmpInfo(view: DataView, start: number, end: number, payloadLen: number): string {
  const type = view.getUint8(start);
  const group = view.getInt32(start + 4);
  switch (type) {
    case IgmpType.query:
      return group === 0 ? 'query for all groups' : `query for group ${formatIpv4(group)}`;
    case IgmpType.v1Report:
    case IgmpType.v2Report:
      return `join group ${formatIpv4(group)}`;
    case IgmpType.leave:
      return `leave group ${formatIpv4(group)}`;
    case IgmpType.v3Report:
      return recordsInfo(view, start, Math.min(end, start + headerLen + payloadLen), 'ipv4');
    default:
      return igmpTypeName(type);
  }
}

/** @param start of the message, whose eight-byte header is before `end`; @param type one of MLD's */
export function mldInfo(view: DataView, start: number, end: number, type: number): string {
  if (type === Icmpv6Type.mldv2Report) return recordsInfo(view, start, end, 'ipv6');
  const group = start + headerLen + 16 <= end ? formatIpv6(view, start + headerLen) : '?';
  if (type === Icmpv6Type.mldReport) return `join group ${group}`;
  if (type === Icmpv6Type.mldDone) return `leave group ${group}`;
  return group === '::' ? 'query for all groups' : `query for group ${group}`;
}

/** The records of an IGMPv3 or MLDv2 report, whose count is the last two bytes of the header. */
function recordsInfo(view: DataView, start: number, end: number, kind: AddressKind): string {
  const count = view.getUint16(start + 6);
  const texts: string[] = [];
  const addressLen = kind === 'ipv4' ? 4 : 16;
  for (
    let at = start + headerLen;
    texts.length < Math.min(count, maxRecords) && at + 4 + addressLen <= end;
  ) {
    const sources = view.getUint16(at + 2);
    const group = kind === 'ipv4' ? formatIpv4(view.getInt32(at + 4)) : formatIpv6(view, at + 4);
    texts.push(recordInfo(view.getUint8(at), sources, group));
    at += recordLenOf(view.getUint8(at + 1), sources, kind);
  }
  if (texts.length === 0) return 'report of no group';
  return count > texts.length ? `${texts.join(', ')} and ${count - texts.length} more` : texts.join(', ');
}

/** Including no source is to leave, excluding none to join (RFC 3376 3.2). */
function recordInfo(type: number, sources: number, group: string): string {
  const some = plural(sources, 'source');
  switch (type) {
    case 1:
    case 3:
      return sources === 0 ? `leave group ${group}` : `join group ${group} for ${some}`;
    case 2:
    case 4:
      return sources === 0 ? `join group ${group}` : `join group ${group} but for ${some}`;
    case 5:
      return `allow ${some} of group ${group}`;
    case 6:
      return `block ${some} of group ${group}`;
    default:
      return `${recordTypeName(type)} for group ${group}`;
  }
}
