import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { describeLeak, leakAddresses, placeOf } from '../../src/verify/describe-leak.js';
import { findLeak } from '../../src/verify/find-leak.js';
import { Header, LeakWalk, Outcome } from '../../src/verify/leak-walk.js';
import { check } from '../capture/property.js';
import { udpPacket } from '../classify/frames.js';
import * as build from '../decode/frame-builder.js';
import { leakKinds } from './leak-kinds.js';
import { frame, innocentFrames, leakyFrames, tagged, vxlan } from './wrapped-frames.js';
import { over } from './wrappers.js';

const walk = new LeakWalk();

/** Walks an Ethernet frame of which the first bytes are kept. */
function look(bytes: Uint8Array, capLen = bytes.length): Outcome {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return findLeak(view, 0, capLen, capLen < bytes.length, Header.ethernet, walk);
}

for (const { name, bytes, place, around, src, dst } of leakyFrames) {
  test(`a loopback address is found in ${name}`, (t) => {
    t.is(look(bytes), Outcome.leak);
    t.is(placeOf(walk), place);
    t.deepEqual(leakAddresses(walk), { src, dst });
    t.is(describeLeak(walk), [around, 'from 02:00:00:00:00:01'].filter((text) => text !== '').join(', '));
  });
}

test('a loopback address is found in everything that it may be in, on every link', (t) => {
  const missed = leakKinds.filter(({ bytes }) => look(bytes) !== Outcome.leak);
  t.deepEqual(
    missed.map(({ name }) => name),
    [],
  );
});

for (const { name, bytes } of innocentFrames) {
  test(`nothing is found in ${name}`, (t) => {
    t.is(look(bytes), Outcome.none);
  });
}

test('a frame that is cut says so until its loopback address is there, and is never taken for clear', (t) => {
  for (const { name, bytes } of leakyFrames) {
    const outcomes = Array.from({ length: bytes.length + 1 }, (_, capLen) => look(bytes, capLen));
    const found = outcomes.indexOf(Outcome.leak);
    t.true(found > 0, name);
    t.true(
      outcomes.slice(0, found).every((outcome) => outcome === Outcome.cut),
      name,
    );
    t.true(
      outcomes.slice(found).every((outcome) => outcome === Outcome.leak),
      name,
    );
  }
});

test('a frame that ends too early of itself has nothing to find', (t) => {
  for (const { name, bytes } of leakyFrames) {
    for (let len = 0; len < 30; len++) {
      const outcome = look(bytes.slice(0, len));
      t.true(outcome === Outcome.none || outcome === Outcome.malformed, name);
    }
  }
});

test('what is announced as IP or ARP and is none is malformed; what announces neither is not', (t) => {
  const garbage = new Uint8Array(46).fill(0x0b);
  for (const etherType of [0x0800, 0x86dd]) {
    t.is(look(frame(garbage, etherType)), Outcome.malformed);
    t.is(look(frame(build.vlan({ etherType, payload: garbage }), 0x8100)), Outcome.malformed);
    t.is(look(frame(build.snap({ protocol: etherType, payload: garbage }), 54)), Outcome.malformed);
  }
  t.is(look(frame(build.arp().slice(0, 20), 0x0806)), Outcome.malformed);
  t.is(look(frame(udpPacket('10.0.0.1', '10.0.0.2').slice(0, 12))), Outcome.malformed);
  for (const etherType of [0x88cc, 0x88b5, 46]) t.is(look(frame(garbage, etherType)), Outcome.none);
});

test('what is inside of a datagram is not announced to anyone on the way', (t) => {
  const garbage = new Uint8Array(46).fill(0x0b);
  for (const protocol of [4, 41]) t.is(look(frame(over(protocol, garbage))), Outcome.none);
  t.is(look(frame(over(17, vxlan(frame(garbage, 0x0800))))), Outcome.none);
});

test('headers in each other are followed to a depth, and what is deeper is said', (t) => {
  const leaking = build.ipv4({ source: '127.0.0.1', destination: '10.0.0.1' });
  const nestedIn = (depth: number): Uint8Array => {
    let packet = leaking;
    for (let i = 0; i < depth; i++) {
      packet = build.ipv4({ source: '10.0.0.1', destination: '10.0.0.2', protocol: 4, payload: packet });
    }
    return frame(packet);
  };
  t.is(look(nestedIn(14)), Outcome.leak);
  t.is(look(nestedIn(15)), Outcome.deep);
  t.is(look(tagged(leaking, ...new Array<number>(100).fill(1))), Outcome.deep);
});

/** Reads outside of the frame would find loopback addresses: everything around it is 127. */
function lookAmidTraps(bytes: Uint8Array, first: Header, isCut: boolean): Outcome {
  const room = new Uint8Array(bytes.length + 512).fill(127);
  room.set(bytes, 256);
  return findLeak(new DataView(room.buffer), 256, 256 + bytes.length, isCut, first, walk);
}

async function checkTotal(t: ExecutionContext, bytes: fc.Arbitrary<Uint8Array>): Promise<void> {
  const first = fc.constantFrom(...Object.values(Header));
  await check(
    t,
    fc.property(bytes, first, fc.boolean(), (some, header, isCut) => {
      const outcome = lookAmidTraps(some, header, isCut);
      if (outcome === Outcome.leak) {
        const last = Math.max(walk.srcOffset, walk.dstOffset) + walk.addressLen;
        if (Math.min(walk.srcOffset, walk.dstOffset) < 256 || last > 256 + some.length) return false;
        describeLeak(walk);
        placeOf(walk);
      }
      return isCut || outcome !== Outcome.cut;
    }),
    5000,
  );
}

test('any bytes give an outcome, and nothing outside of the frame is read', async (t) => {
  await checkTotal(t, fc.uint8Array({ maxLength: 200 }));
});

test('so do frames of every kind with bytes changed', async (t) => {
  const changed = fc
    .tuple(fc.constantFrom(...leakyFrames), fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 4 }))
    .map(([{ bytes }, changes]) => {
      const copy = bytes.slice();
      for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
      return copy;
    });
  await checkTotal(t, changed);
});
