import test from 'ava';
import { LinkType } from '../../src/capture/link-type.js';
import { FilterError } from '../../src/filter/filter-error.js';
import { FrameFilter } from '../../src/filter/frame-filter.js';
import { noWords } from '../../src/filter/vocabulary.js';
import type { Frame } from './bpf-machine.js';
import { batchOf } from './frames.js';

const frameOf = (etherType: number, origLen: number): Frame => {
  const bytes = new Uint8Array(20);
  new DataView(bytes.buffer).setUint16(12, etherType);
  return { bytes, origLen };
};
const anywhere = { interfaceNames: ['lo'], interfaceIndex: 0 };
const [ip, arp, ip6] = [0x800, 0x806, 0x86dd];

test('what is not selected is taken out of every column, and numbers stay those of all frames', (t) => {
  const filter = new FrameFilter('arp or ip6', noWords);
  const batch = batchOf([frameOf(ip, 60), frameOf(arp, 61), frameOf(ip, 62), frameOf(ip6, 63)]);
  for (let i = 0; i < 4; i++) {
    batch.tsNs[i] = BigInt(i) * 10_000_000_000n;
    batch.direction[i] = i;
    batch.position[i] = 100 * i;
  }
  const offsets = [batch.offset[1], batch.offset[3]];
  filter.apply(batch, anywhere);
  t.is(batch.count, 2);
  t.deepEqual([...filter.numbers.subarray(0, 2)], [2, 4]);
  t.deepEqual([...batch.offset.subarray(0, 2)], offsets);
  t.deepEqual([...batch.origLen.subarray(0, 2)], [61, 63]);
  t.deepEqual([...batch.tsNs.subarray(0, 2)], [10_000_000_000n, 30_000_000_000n]);
  t.deepEqual([...batch.direction.subarray(0, 2)], [1, 3]);
  t.deepEqual([...batch.position.subarray(0, 2)], [100, 300]);

  const next = batchOf([frameOf(ip, 60), frameOf(arp, 61)]);
  filter.apply(next, anywhere);
  t.is(next.count, 1);
  t.is(filter.numbers[0], 6);
});

test('len is the length on the link, not what was captured', (t) => {
  const filter = new FrameFilter('greater 1000', noWords);
  const batch = batchOf([frameOf(ip, 1000), frameOf(ip, 999)]);
  filter.apply(batch, anywhere);
  t.is(batch.count, 1);
});

test('each link type has its own program', (t) => {
  const filter = new FrameFilter('ip', noWords);
  const raw = batchOf([{ bytes: Uint8Array.of(0x45), origLen: 1 }], LinkType.raw);
  filter.apply(raw, anywhere);
  t.is(raw.count, 1);
  const ethernet = batchOf([frameOf(arp, 60)]);
  filter.apply(ethernet, anywhere);
  t.is(ethernet.count, 0);
  const error = t.throws(() => new FrameFilter('vlan', noWords).apply(raw, anywhere), {
    instanceOf: FilterError,
  }) as FilterError;
  t.is(error.text, 'vlan');
});
