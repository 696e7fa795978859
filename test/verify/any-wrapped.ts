/**
 * Messages that may name a loopback address, in any headers around each other.
 */
import fc from 'fast-check';
import { udpPacket } from '../classify/frames.js';
import * as build from '../decode/frame-builder.js';
import { arpOf } from './rare-frames.js';
import {
  discovering,
  frame,
  geneve,
  gre,
  over,
  over6,
  pptp,
  quoting,
  redirecting,
  tagged,
  vxlan,
  vxlanGpe,
} from './wrappers.js';

const address = fc.constantFrom('127.0.0.1', '127.255.0.9', '10.77.0.1', '192.0.2.9');
const address6 = fc.constantFrom('::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', 'fe80::1', 'fd00:77::2');
const isIpv6 = (packet: Uint8Array): boolean => packet[0] >> 4 === 6;

const message: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.tuple(address, address).map(([src, dst]) => udpPacket(src, dst)),
  fc.tuple(address6, address6).map(([src, dst]) => udpPacket(src, dst)),
  fc
    .tuple(fc.integer({ min: 133, max: 138 }), fc.array(address6, { maxLength: 3 }))
    .map(([type, about]) => discovering(type, ...about)),
);

/** From packet to packet. */
const around: fc.Arbitrary<(packet: Uint8Array) => Uint8Array> = fc.oneof(
  fc.constant((packet: Uint8Array) => over(isIpv6(packet) ? 41 : 4, packet)),
  fc.constant((packet: Uint8Array) => over6(isIpv6(packet) ? 41 : 4, packet)),
  fc.constantFrom(0, 0x8000, 0x2000).map((flags) => (packet: Uint8Array) => over(47, gre(packet, flags))),
  fc.constantFrom(4789, 8472).map((port) => (packet: Uint8Array) => over(17, vxlan(frame(packet), port))),
  fc.nat(63).map((options) => (packet: Uint8Array) => over(17, geneve(frame(packet), 0x6558, options))),
  fc
    .constantFrom(4789, 4790, 5555)
    .map((port) => (packet: Uint8Array) => over(17, vxlanGpe(packet, isIpv6(packet) ? 2 : 1, port))),
  fc.constantFrom(0x2001, 0x3081).map((flags) => (packet: Uint8Array) => {
    return over(47, pptp(flags, [0, isIpv6(packet) ? 0x57 : 0x21], packet));
  }),
  address.map((gateway) => (packet: Uint8Array) => redirecting(gateway, packet)),
  fc.constantFrom(3, 5, 11, 12).map((type) => (packet: Uint8Array) => quoting(type, packet)),
  fc
    .constantFrom(1, 2, 3)
    .map((type) => (packet: Uint8Array) => over6(58, build.icmpv6({ type, payload: packet }))),
  fc
    .constantFrom(0, 43, 44, 60, 135)
    .map((extension) => (packet: Uint8Array) => behindExtension(packet, extension)),
);

/** An extension header between an IPv6 header and what it leads to. */
function behindExtension(packet: Uint8Array, extension: number): Uint8Array {
  if (!isIpv6(packet)) return packet;
  const rest = { nextHeader: packet[6], payload: packet.slice(40) };
  const header =
    extension === 44
      ? build.fragment({ ...rest, moreFragments: true })
      : build.extension(new Uint8Array(6), rest);
  const changed = build.concat([packet.slice(0, 40), header]);
  new DataView(changed.buffer).setUint16(4, header.length);
  changed[6] = extension;
  return changed;
}

const link: fc.Arbitrary<(packet: Uint8Array) => Uint8Array> = fc
  .array(fc.nat(4095), { maxLength: 3 })
  .map((ids) => (packet: Uint8Array) => tagged(packet, ...ids));

const anyArp: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.constantFrom(0, 2, 6, 20, 255), address, address, fc.constantFrom(0x0806, 0x8035), fc.boolean())
  .map(([hardwareLen, sender, target, etherType, isTagged]) => {
    const payload = arpOf(hardwareLen, sender, target);
    return isTagged ? frame(build.vlan({ etherType, payload }), 0x8100) : frame(payload, etherType);
  });

export const anyWrapped: fc.Arbitrary<Uint8Array> = fc.oneof(
  { arbitrary: anyArp, weight: 1 },
  {
    arbitrary: fc
      .tuple(message, fc.array(around, { maxLength: 3 }), link)
      .map(([packet, layers, onLink]) => onLink(layers.reduce((inner, wrap) => wrap(inner), packet))),
    weight: 8,
  },
);
