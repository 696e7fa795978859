/**
 * The property that holds for any frame: the tree of fields and the columns tell the same story, every field lies
 * in the frame and in its parent, the tree is bounded, and all text is printable.
 */
import type { ExecutionContext } from 'ava';
import type { LinkType } from '../../src/capture/link-type.js';
import { dissectFrame } from '../../src/decode/dissect.js';
import type { Field } from '../../src/decode/field.js';
import { packetInfo, protocolName } from '../../src/decode/info.js';
import { batchOf, decodeOne } from './columns.js';

const layerOfTitle = new Map<string, string>([
  ['Ethernet II', 'ethernet'],
  ['BSD Loopback (NULL)', 'null'],
  ['OpenBSD Loopback (LOOP)', 'loop'],
  ['Raw IP', 'raw'],
  ['Linux cooked capture v1', 'sll'],
  ['Linux cooked capture v2', 'sll2'],
  ['Netfilter Log', 'nflog'],
  ['802.1Q Virtual LAN', 'vlan'],
  ['IEEE 802.2 Logical Link Control', 'llc'],
  ['Address Resolution Protocol', 'arp'],
  ['Internet Protocol Version 4', 'ipv4'],
  ['Internet Protocol Version 6', 'ipv6'],
  ['IPv6 Hop-by-Hop Options', 'ipv6-extension'],
  ['IPv6 Routing Header', 'ipv6-extension'],
  ['IPv6 Fragment Header', 'ipv6-extension'],
  ['IPv6 Destination Options', 'ipv6-extension'],
  ['Authentication Header', 'ipv6-extension'],
  ['Mobility Header', 'ipv6-extension'],
  ['Host Identity Protocol', 'ipv6-extension'],
  ['Shim6', 'ipv6-extension'],
  ['Transmission Control Protocol', 'tcp'],
  ['User Datagram Protocol', 'udp'],
  ['Internet Control Message Protocol', 'icmp'],
  ['Internet Control Message Protocol v6', 'icmpv6'],
  ['Internet Group Management Protocol', 'igmp'],
  ['Stream Control Transmission Protocol', 'sctp'],
]);

const stopOfConclusion = new Map<string, string>([
  ['Truncated', 'truncated'],
  ['Malformed', 'malformed'],
  ['Not decoded', 'unsupported'],
  ['Later fragment', 'fragment'],
]);

const transports = new Set(['tcp', 'udp', 'icmp', 'icmpv6', 'igmp', 'sctp']);
const isNetwork = (layer: string): boolean => layer === 'ipv4' || layer === 'ipv6' || layer === 'arp';

const maxFieldsInLayer = 513;

export function assertAgrees(
  t: ExecutionContext,
  frame: Uint8Array,
  linkType: LinkType,
  origLen: number,
): void {
  const columns = decodeOne(frame, linkType, origLen);
  const tree = dissectFrame(frame, linkType, origLen);
  const layers = tree.flatMap((field) => {
    const layer = layerOfTitle.get(field.name);
    return layer === undefined ? [] : [{ layer, field }];
  });
  const isWhole = tree.every((field) => field.name !== 'Not shown');
  if (isWhole) t.is(layers.at(-1)?.layer ?? 'data', columns.lastLayer, 'last layer');
  t.is(stopOfConclusion.get(tree.at(-1)?.name ?? '') ?? 'complete', columns.stop, 'stop');
  const network = layers.find(
    ({ layer, field }) => isNetwork(layer) && !(layer === 'ipv6' && isOtherVersion(field)),
  );
  if (isWhole) t.is(network?.field.offset ?? -1, columns.networkOffset, 'network offset');
  const transport = layers.find(({ layer }) => transports.has(layer));
  if (isWhole) t.is(transport?.field.offset ?? -1, columns.transportOffset, 'transport offset');
  if (transport !== undefined && columns.srcPort >= 0) checkPorts(t, transport.field, columns.srcPort);
  if (network?.layer === 'ipv4' && columns.source !== '') checkAddresses(t, network.field, columns.source);
  for (const field of tree) {
    t.true(checkField(t, field, 0, frame.length) <= maxFieldsInLayer * 40, 'the tree is bounded');
  }
  const packets = batchOf(frame, linkType, 0, frame.length, origLen);
  t.regex(packetInfo(packets, 0), printableText);
  t.regex(protocolName(packets, 0), /^[a-z0-9-]+$/);
}

const printableText = /^[\x20-\x7e→]*$/;

function checkPorts(t: ExecutionContext, transport: Field, port: number): void {
  const field = transport.children.find(({ name }) => name === 'Source Port' || name === 'Identifier');
  t.is(field?.value, String(port), 'source port');
}

function checkAddresses(t: ExecutionContext, network: Field, source: string): void {
  const field = network.children.find(({ name }) => name === 'Source Address');
  t.is(field?.value, source, 'source address');
}

/** @returns how many fields there are */
function checkField(t: ExecutionContext, field: Field, start: number, end: number): number {
  const { name, value, meaning, offset, len } = field;
  if (offset < start || len < 0 || offset + len > end)
    t.fail(`${name} is at ${offset}, ${len} bytes of ${end}`);
  if (!printableText.test(name + value + meaning)) t.fail(`${name} is not printable: ${value} ${meaning}`);
  let count = 1;
  for (const child of field.children) count += checkField(t, child, offset, offset + len);
  return count;
}

/** An IPv6 layer whose version says that it is none: it has no columns. */
function isOtherVersion({ children }: Field): boolean {
  return children[0]?.name === 'Version' && children[0].value !== '6';
}
