/**
 * Options of neighbor discovery.
 * Reference: RFC 4861 4.6, RFC 4191 2.3 (routes), RFC 8106 5 (DNS), RFC 8781 (PREF64), RFC 3971 (SEND);
 * IANA icmpv6-parameters for the names.
 *
 *      0      1                            2
 *     | type | length, in 8-byte units    | data ...
 */
import { printable } from '../format/printable.js';
import { plural } from '../format/units.js';
import type { Dissector } from './dissector.js';
import { Layer } from './layer.js';

const OptionType = {
  sourceLinkLayer: 1,
  targetLinkLayer: 2,
  prefix: 3,
  redirected: 4,
  mtu: 5,
  nonce: 14,
  route: 24,
  dnsServer: 25,
  dnsSearch: 31,
  captivePortal: 37,
} as const;

const names = new Map<number, string>([
  [OptionType.sourceLinkLayer, 'Source Link-Layer Address'],
  [OptionType.targetLinkLayer, 'Target Link-Layer Address'],
  [OptionType.prefix, 'Prefix Information'],
  [OptionType.redirected, 'Redirected Header'],
  [OptionType.mtu, 'MTU'],
  [6, 'NBMA Shortcut Limit'],
  [7, 'Advertisement Interval'],
  [8, 'Home Agent Information'],
  [9, 'Source Address List'],
  [10, 'Target Address List'],
  [11, 'CGA'],
  [12, 'RSA Signature'],
  [13, 'Timestamp'],
  [OptionType.nonce, 'Nonce'],
  [15, 'Trust Anchor'],
  [16, 'Certificate'],
  [17, 'IP Address and Prefix'],
  [23, 'Mobility Anchor Point'],
  [OptionType.route, 'Route Information'],
  [OptionType.dnsServer, 'Recursive DNS Server'],
  [26, 'Router Advertisement Flags Extension'],
  [OptionType.dnsSearch, 'DNS Search List'],
  [33, 'Address Registration'],
  [34, '6LoWPAN Context'],
  [35, 'Authoritative Border Router'],
  [OptionType.captivePortal, 'Captive Portal'],
  [38, 'PREF64'],
]);

/** Notes the options in the rest of the message. */
export function dissectNdpOptions(dissector: Dissector): void {
  while (dissector.left >= 2 && !dissector.isFull) {
    const type = dissector.peek8();
    const optionLen = dissector.peek8(1) * 8;
    const name = names.get(type) ?? `Option ${type}`;
    if (optionLen === 0 || optionLen > dissector.left) {
      const why = optionLen === 0 ? 'length 0' : `length ${optionLen}, ${dissector.left} left`;
      dissector.rest('Malformed option', dissector.left, `${name}: ${why}`);
      return;
    }
    dissector.group(name, optionLen, () => {
      dissector.uint8('Type');
      dissector.uint8('Length', plural(optionLen, 'byte'));
      return dissectData(dissector, type);
    });
  }
}

function dissectData(dissector: Dissector, type: number): string {
  switch (type) {
    case OptionType.sourceLinkLayer:
    case OptionType.targetLinkLayer:
      return dissector.mac('Link-Layer Address', Math.min(6, dissector.left));
    case OptionType.prefix:
      return dissectPrefix(dissector);
    case OptionType.redirected:
      dissector.rest('Reserved', 6);
      dissector.quote(Layer.ipv6, dissector.end);
      return '';
    case OptionType.mtu:
      dissector.hex16('Reserved');
      return String(dissector.uint32('MTU'));
    case OptionType.nonce:
      dissector.rest('Nonce');
      return '';
    case OptionType.route:
      return dissectRoute(dissector);
    case OptionType.dnsServer:
      return dissectServers(dissector);
    case OptionType.dnsSearch:
      return dissectSearchList(dissector);
    case OptionType.captivePortal:
      return dissectText(dissector, 'URI');
    default:
      return '';
  }
}

function dissectPrefix(dissector: Dissector): string {
  const prefixLen = dissector.uint8('Prefix Length');
  dissector.flags('Flags', dissector.peek8(), dissector.at, 1, [
    [128, 'On-Link'],
    [64, 'Autonomous Address Configuration'],
    [32, 'Router Address'],
  ]);
  dissector.skip(1);
  dissector.uint32('Valid Lifetime', secondsMeaning);
  dissector.uint32('Preferred Lifetime', secondsMeaning);
  dissector.hex32('Reserved');
  return `${dissector.ipv6('Prefix')}/${prefixLen}`;
}

/** The prefix is cut to 0, 8 or 16 bytes, as its length needs. */
function dissectRoute(dissector: Dissector): string {
  const prefixLen = dissector.uint8('Prefix Length');
  dissector.hex8('Preference');
  dissector.uint32('Route Lifetime', secondsMeaning);
  if (dissector.left < 16) {
    dissector.rest('Prefix');
    return `/${prefixLen}`;
  }
  return `${dissector.ipv6('Prefix')}/${prefixLen}`;
}

function dissectServers(dissector: Dissector): string {
  dissector.hex16('Reserved');
  dissector.uint32('Lifetime', secondsMeaning);
  const servers: string[] = [];
  while (dissector.left >= 16) servers.push(dissector.ipv6('Address'));
  return servers.join(', ');
}

/** Names in DNS labels, each ended by an empty one, padded with zeros; no compression (RFC 8106 5.2). */
function dissectSearchList(dissector: Dissector): string {
  dissector.hex16('Reserved');
  dissector.uint32('Lifetime', secondsMeaning);
  const { bytes, end } = dissector;
  const domains: string[] = [];
  let labels: string[] = [];
  for (let at = dissector.at; at < end; at += 1 + bytes[at]) {
    if (bytes[at] > 0) labels.push(textOf(bytes.subarray(at + 1, Math.min(end, at + 1 + bytes[at]))));
    else if (labels.length > 0) {
      domains.push(labels.join('.'));
      labels = [];
    }
  }
  dissector.rest('Domain Names');
  return domains.join(', ');
}

function dissectText(dissector: Dissector, name: string): string {
  const text = textOf(dissector.bytes.subarray(dissector.at, dissector.end)).replace(/(\\x00)+$/, '');
  dissector.rest(name);
  return text;
}

/** Bytes as Latin-1 with everything but printable ASCII escaped. */
function textOf(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return printable(text).replace(/[^\x20-\x7e]/g, '.');
}

function secondsMeaning(seconds: number): string {
  return seconds === 0xffffffff ? 'infinite' : 'seconds';
}
