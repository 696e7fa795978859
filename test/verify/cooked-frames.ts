/**
 * Ethernet frames as Linux makes cooked ones of them (packet(7), SOCK_DGRAM): what it takes away, and what it names.
 */
import { formatMac } from '../../src/format/address.js';
import * as build from '../decode/frame-builder.js';

const packetTypeOtherHost = 3;
const arphrdEther = 1;
const etherTypeOffset = 12;
const protocolLlc = 4;
const tagTypes = [0x8100, 0x88a8, 0x9100];

const fieldAt = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

const facts = (bytes: Uint8Array) => ({
  arphrd: arphrdEther,
  packetType: packetTypeOtherHost,
  address: formatMac(bytes, 6),
});

/** LINKTYPE_LINUX_SLL: the EtherType and all behind it; of LLC, that it is. */
export function onSll(bytes: Uint8Array): Uint8Array {
  const etherType = fieldAt(bytes, etherTypeOffset);
  return build.sll({ ...facts(bytes), protocol: named(etherType), payload: bytes.slice(14) });
}

/** LINKTYPE_LINUX_SLL2: the outermost tag is taken away, the protocol behind all of them is named. */
export function onSll2(bytes: Uint8Array): Uint8Array {
  const begin = tagTypes.includes(fieldAt(bytes, etherTypeOffset)) ? 18 : 14;
  let at = etherTypeOffset;
  while (tagTypes.includes(fieldAt(bytes, at))) at += 4;
  return build.sll2({
    ...facts(bytes),
    protocol: named(fieldAt(bytes, at)),
    payload: bytes.slice(begin),
  });
}

/** The same where whoever captured has put the outermost tag back. */
export function onSll2WithTag(bytes: Uint8Array): Uint8Array {
  const etherType = fieldAt(bytes, etherTypeOffset);
  const cooked = onSll2(bytes);
  if (!tagTypes.includes(etherType)) return cooked;
  const tag = build.concat([bytes.slice(14, 16), cooked.slice(0, 2)]);
  return build.concat([bytes.slice(12, 14), cooked.slice(2, 20), tag, cooked.slice(20)]);
}

/** As what a packet socket sent is named: by its length. */
export function onSll2AsSent(bytes: Uint8Array): Uint8Array {
  const payload = bytes.slice(14);
  return build.sll2({ ...facts(bytes), packetType: 4, protocol: fieldAt(bytes, etherTypeOffset), payload });
}

function named(etherType: number): number {
  return etherType <= 1500 ? protocolLlc : etherType;
}
