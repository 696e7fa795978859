import test from 'ava';
import { vocabulary } from '../../src/analysis/filter-words.js';
import { LinkType } from '../../src/capture/link-type.js';
import { FilterError } from '../../src/filter/filter-error.js';
import { FrameFilter } from '../../src/filter/frame-filter.js';
import { noWords } from '../../src/filter/vocabulary.js';
import { ipv4, ipv6, nflog, tcp, udp } from '../decode/frame-builder.js';
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

test('a filter over NFLOG asks for the packet in each frame', (t) => {
  const udpPacket = ipv4({ payload: udp({ destinationPort: 53 }) });
  const tcpPacket = ipv4({ protocol: 6, payload: tcp({}) });
  const ipv6Packet = ipv6({ payload: udp({ source: '::1', destinationPort: 53 }) });
  const frames = [
    nflog({ prefix: 'a', payload: udpPacket }),
    nflog({ prefix: 'much longer', payload: tcpPacket }),
    nflog({ family: 10, payload: ipv6Packet }),
    nflog({}),
  ].map((bytes) => ({ bytes, origLen: bytes.length }));
  const numbers = (text: string): number[] => {
    const filter = new FrameFilter(text, noWords);
    const batch = batchOf(frames, LinkType.nflog);
    filter.apply(batch, anywhere);
    return [...filter.numbers.subarray(0, batch.count)];
  };
  t.deepEqual(numbers('udp port 53'), [1, 3]);
  t.deepEqual(numbers('tcp'), [2]);
  t.deepEqual(numbers('ip6'), [3]);
  t.deepEqual(numbers('not udp'), [2]);
  t.deepEqual(numbers('ip6 protochain 17'), [3]);
  t.throws(() => numbers('ether host 02:00:00:00:00:01'), { instanceOf: FilterError });
});

test('after a clear, frames are numbered from 1 again', (t) => {
  const filter = new FrameFilter('frame 1-2', vocabulary);
  const count = (): number => {
    const batch = batchOf([frameOf(ip, 60), frameOf(ip, 60), frameOf(ip, 60)]);
    filter.apply(batch, anywhere);
    return batch.count;
  };
  t.deepEqual([count(), count()], [2, 0]);
  filter.clear();
  t.is(count(), 2);
});

test('no frame of an unknown interface has index 0', (t) => {
  const batch = batchOf([frameOf(ip, 60)]);
  new FrameFilter('ifindex 0', vocabulary).apply(batch, anywhere);
  t.is(batch.count, 0);
});
