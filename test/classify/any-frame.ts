/**
 * Frames for properties: any bytes, and packets of loopback, own and other addresses, whole, cut or with a byte changed.
 */
import fc from 'fast-check';
import { Direction, FrameFlag } from '../../src/capture/frame-batch.js';
import * as build from '../decode/frame-builder.js';
import { ethernetOf, ipPacket, type TestFrame } from './frames.js';

const ipv4 = fc.constantFrom(
  '127.0.0.1',
  '127.255.255.255',
  '192.0.2.2',
  '192.0.2.9',
  '192.0.2.255',
  '224.0.0.1',
  '255.255.255.255',
  '0.0.0.0',
);
const ipv6 = fc.constantFrom('::1', '::ffff:127.0.0.1', 'fd00::2', 'fd00::9', 'ff02::1', '::');
const port = fc.constantFrom(0, 9, 3503, 40000);

const message = fc.oneof(
  fc
    .tuple(port, port)
    .map(([sourcePort, destinationPort]): [number, Uint8Array] => [
      17,
      build.udp({ sourcePort, destinationPort }),
    ]),
  fc
    .tuple(port, port, fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 1000 }))
    .map(([sourcePort, destinationPort, flags, seq]): [number, Uint8Array] => [
      6,
      build.tcp({ sourcePort, destinationPort, flags, seq }),
    ]),
  fc.constantFrom(0, 3, 8).map((type): [number, Uint8Array] => [1, build.icmp({ type })]),
  fc.constantFrom(1, 128, 129).map((type): [number, Uint8Array] => [58, build.icmpv6({ type })]),
);

/** Whole IP packets. */
export const anyPacket = fc
  .oneof(fc.tuple(ipv4, ipv4, message), fc.tuple(ipv6, ipv6, message))
  .map(([source, destination, [protocol, payload]]) => ipPacket(source, destination, protocol, payload));

const inFrame = fc.tuple(anyPacket, fc.constantFrom('none', 'lo', 'wire')).map(([packet, link]) => {
  return link === 'none' ? packet : ethernetOf(packet, link === 'lo');
});

const damaged = fc.tuple(inFrame, fc.nat(200), fc.nat(60), fc.nat(255)).map(([frame, cut, at, value]) => {
  const bytes = frame.slice(0, cut);
  if (at < bytes.length) bytes[at] = value;
  return bytes;
});

export const anyFrame: fc.Arbitrary<TestFrame> = fc.record({
  bytes: fc.oneof(inFrame, damaged, fc.uint8Array({ maxLength: 100 })),
  direction: fc.constantFrom(...Object.values(Direction)),
  flags: fc.constantFrom(0, 0, 0, FrameFlag.observedCopy),
});
