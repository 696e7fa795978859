/**
 * What old and new kernels give of frames with VLAN tags, as a cooked socket has it (the new ones' is seen for real in
 * test/verify/sentry-tags.test.ts).
 */
import test from 'ava';
import { protocolAtStart } from '../../src/capture/cooked-protocol.js';
import { udpPacket } from '../classify/frames.js';
import * as build from '../decode/frame-builder.js';

const packet = udpPacket('192.0.2.1', '192.0.2.2');
const packet6 = udpPacket('fd00::1', 'fd00::2');
const arp = build.arp({ target: '192.0.2.2' });
const tagged = (payload: Uint8Array, etherType = 0x0800, id = 5): Uint8Array =>
  build.vlan({ id, etherType, payload });
const incoming = 0;
const outgoing = 4;

function ask(
  bytes: Uint8Array,
  protocol: number,
  packetType: number,
  isTagged: boolean,
  capLen = bytes.length,
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, capLen);
  return protocolAtStart({
    protocol,
    packetType,
    isTagged,
    view,
    start: 0,
    end: capLen,
    originalEnd: bytes.length,
  });
}

test('incoming, tags inside are found whatever the kernel tells', (t) => {
  t.is(ask(tagged(packet), 0x8100, incoming, true), 0x8100);
  t.is(ask(tagged(packet), 0x0800, incoming, true), 0x8100);
  t.is(ask(tagged(tagged(packet), 0x88a8), 0x0800, incoming, true), 0x8100);
  t.is(ask(tagged(packet6, 0x86dd), 0x86dd, incoming, true), 0x8100);
  t.is(ask(tagged(arp, 0x0806), 0x0806, incoming, true), 0x8100);
  t.is(ask(tagged(new Uint8Array(9), 9), 9, incoming, true), 0x8100);
});

test('incoming, a packet right behind the tag that was taken out is none', (t) => {
  t.is(ask(packet, 0x0800, incoming, true), 0x0800);
  t.is(ask(packet6, 0x86dd, incoming, true), 0x86dd);
  t.is(ask(arp, 0x0806, incoming, true), 0x0806);
});

test('a packet whose length reads as a tag’s type stays a packet, also where it was cut', (t) => {
  const long = build.ipv4({
    source: '192.0.2.1',
    destination: '192.0.2.2',
    protocol: 17,
    payload: new Uint8Array(2028),
  });
  t.is(new DataView(long.buffer, long.byteOffset).getUint16(2), 0x0800);
  t.is(ask(long, 0x0800, incoming, true), 0x0800);
  t.is(ask(long, 0x0800, incoming, true, 1000), 0x0800);
});

test('a tag that reads as a packet’s first bytes stays a tag', (t) => {
  t.is(ask(tagged(packet, 0x0800, 0x4500), 0x0800, incoming, true), 0x8100);
  t.is(ask(tagged(packet, 0x0800, 0x4500), 0x8100, outgoing, false), 0x8100);
});

test('outgoing, bytes that begin with a packet have its protocol, and those with a tag the tag’s', (t) => {
  t.is(ask(packet, 0x8100, outgoing, false), 0x0800);
  t.is(ask(packet6, 0x88a8, outgoing, false), 0x86dd);
  t.is(ask(arp, 0x8100, outgoing, false), 0x0806);
  t.is(ask(tagged(packet), 0x8100, outgoing, false), 0x8100);
  t.is(ask(tagged(arp, 0x0806), 0x8100, outgoing, false), 0x8100);
  t.is(ask(packet, 0x0800, outgoing, true), 0x0800);
});

test('bytes that end anywhere are not read past their end', (t) => {
  for (const bytes of [packet, packet6, arp, tagged(packet), tagged(tagged(packet), 0x8100)]) {
    for (let capLen = 0; capLen <= bytes.length; capLen++) {
      for (const protocol of [0, 0x0800, 0x86dd, 0x0806, 0x8100]) {
        for (const type of [incoming, outgoing]) t.notThrows(() => ask(bytes, protocol, type, true, capLen));
      }
    }
  }
});
