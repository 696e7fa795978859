import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { dissectFrame } from '../../src/decode/dissect.js';
import { assertAgrees } from './agreement.js';
import { decodeSurrounded } from './columns.js';
import { ethernet, ipv4, tcp } from './frame-builder.js';
import { check } from './macros.js';

const capturesPath = new URL('../../../captures/', import.meta.url);
const pcapHeaderLen = 24;
const recordHeaderLen = 16;

interface RecordedFrame {
  readonly bytes: Uint8Array;
  readonly linkType: LinkType;
  readonly origLen: number;
}

/** The frames of a little-endian pcap: what this project's lab writes. */
function* framesOf(file: Buffer): Generator<RecordedFrame> {
  const linkType = file.readUInt32LE(20) & 0xffff;
  for (let at = pcapHeaderLen; at + recordHeaderLen <= file.length; ) {
    const capLen = file.readUInt32LE(at + 8);
    const end = at + recordHeaderLen + capLen;
    if (end > file.length) return;
    yield {
      bytes: Uint8Array.from(file.subarray(at + recordHeaderLen, end)),
      linkType,
      origLen: file.readUInt32LE(at + 12),
    };
    at = end;
  }
}

const files = readdirSync(capturesPath).filter((name) => name.endsWith('.pcap'));
const recorded = files.flatMap((name) => {
  const file = readFileSync(new URL(name, capturesPath));
  const isLittlePcap =
    file.length >= pcapHeaderLen && [0xa1b2c3d4, 0xa1b23c4d].includes(file.readUInt32LE(0));
  return isLittlePcap ? [...framesOf(file)] : [];
});

test('tree and columns agree on every frame in captures/', (t) => {
  t.true(recorded.length > 50);
  for (const { bytes, linkType, origLen } of recorded) assertAgrees(t, bytes, linkType, origLen);
});

test('tree and columns agree on frames of captures/ that were damaged and relabelled', (t) => {
  const small = recorded.filter(({ bytes }) => bytes.length <= 300);
  const changes = fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 6 });
  const linkType = fc.constantFrom(...Object.values(LinkType));
  const property = fc.property(
    fc.constantFrom(...small),
    changes,
    fc.option(linkType),
    (frame, damage, label) => {
      const bytes = frame.bytes.slice();
      for (const [offset, value] of damage) if (offset < bytes.length) bytes[offset] = value;
      assertAgrees(t, bytes, label ?? frame.linkType, frame.origLen);
      decodeSurrounded(t, bytes, label ?? frame.linkType, frame.origLen);
    },
  );
  check(t, property, 1000);
});

test('tree and columns agree on random bytes of any linktype', (t) => {
  const frame = fc.uint8Array({ maxLength: 150 });
  const linkType = fc.oneof(fc.constantFrom(...Object.values(LinkType)), fc.nat(0xffff));
  const property = fc.property(frame, linkType, (bytes, label) => {
    assertAgrees(t, bytes, label, bytes.length);
  });
  check(t, property, 1000);
});

test('an empty frame gives a tree', (t) => {
  for (const linkType of Object.values(LinkType)) {
    const tree = dissectFrame(new Uint8Array(0), linkType, 60);
    t.is(tree.at(-1)?.name, 'Truncated', `linktype ${linkType}`);
    t.is(tree.at(-1)?.meaning, "0 of the frame's 60 bytes were captured");
  }
});

test('a payload cut by the snaplen is said to be missing, and is no stop', (t) => {
  const frame = ethernet({ payload: ipv4({ protocol: 6, payload: tcp({ payload: new Uint8Array(100) }) }) });
  const tree = dissectFrame(frame.subarray(0, 64), LinkType.ethernet, frame.length);
  t.deepEqual(
    tree.slice(-2).map(({ name, value, meaning }) => [name, value, meaning]),
    [
      ['Data', '10 bytes', '..........'],
      ['Not captured', '90 bytes', "64 of the frame's 154 bytes were captured"],
    ],
  );
});

test('bytes behind the datagram are padding', (t) => {
  const frame = new Uint8Array(60);
  frame.set(ethernet({ payload: ipv4({ protocol: 6, payload: tcp({}) }) }));
  const padding = dissectFrame(frame, LinkType.ethernet, 60).at(-1);
  t.like(padding, { name: 'Padding', value: '6 bytes', offset: 54, len: 6 });
});
