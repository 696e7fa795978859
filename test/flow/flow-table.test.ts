import test from 'ava';
import fc from 'fast-check';
import { FrameBatchBuffer } from '../../src/capture/frame-batch.js';
import { LinkType } from '../../src/capture/link-type.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { Classifier } from '../../src/classify/classify.js';
import { Locality } from '../../src/classify/locality.js';
import { decode } from '../../src/decode/decode.js';
import { Fact, Network, PacketBatch } from '../../src/decode/packet-batch.js';
import { flowRecord } from '../../src/flow/flow-report.js';
import { FlowTable } from '../../src/flow/flow-table.js';
import { HostLookup } from '../../src/host/host-lookup.js';
import { check } from '../capture/property.js';
import { anyFrame } from '../classify/any-frame.js';
import { decoded, ethernetOf, ipPacket, type TestFrame } from '../classify/frames.js';
import { hosts } from '../classify/judge.js';
import * as build from '../decode/frame-builder.js';
import { datagram, flowLine, flowsOf, segment } from './conversation.js';

const isOneFlow = test.macro({
  exec: (t, a: string, b: string, line: string) => {
    const { ids, records } = flowsOf([datagram(a, b), datagram(b, a), datagram(a, b)]);
    t.deepEqual(ids, [1, 1, 1]);
    t.deepEqual(records.map(flowLine), [line]);
  },
  title: (_provided, a, b) => `${a} to ${b} and back are one flow`,
});

test(isOneFlow, '127.0.0.1:40000', '127.0.0.87:53', 'udp 127.0.0.1:40000 > 127.0.0.87:53 2/1');
test(isOneFlow, '127.0.0.87:53', '127.0.0.1:40000', 'udp 127.0.0.87:53 > 127.0.0.1:40000 2/1');
test(isOneFlow, '127.0.0.1:40000', '127.0.0.1:53', 'udp 127.0.0.1:40000 > 127.0.0.1:53 2/1');
test(isOneFlow, '127.0.0.1:53', '127.0.0.1:40000', 'udp 127.0.0.1:53 > 127.0.0.1:40000 2/1');
test(isOneFlow, '[::1]:40000', '[::1]:53', 'udp [::1]:40000 > [::1]:53 2/1');
test(isOneFlow, '[fd00::2]:53', '[::1]:40000', 'udp [fd00::2]:53 > [::1]:40000 2/1');
test(isOneFlow, '200.0.0.1:1', '100.0.0.1:65535', 'udp 200.0.0.1:1 > 100.0.0.1:65535 2/1');
test(isOneFlow, '0.0.0.0:68', '255.255.255.255:67', 'udp 0.0.0.0:68 > 255.255.255.255:67 2/1');

test('a socket that sends to itself has one flow with one direction', (t) => {
  const own = datagram('127.0.0.1:5000', '127.0.0.1:5000');
  t.deepEqual(flowsOf([own, own]).records.map(flowLine), ['udp 127.0.0.1:5000 > 127.0.0.1:5000 2/0']);
});

test('another port, address, protocol or IP version is another flow', (t) => {
  const { ids, records } = flowsOf([
    datagram('127.0.0.1:40000', '127.0.0.1:53'),
    datagram('127.0.0.1:40001', '127.0.0.1:53'),
    datagram('127.0.0.1:40000', '127.0.0.2:53'),
    datagram('127.0.0.1:53', '127.0.0.2:40000'),
    segment('127.0.0.1:40000', '127.0.0.1:53', 'S'),
    datagram('[::ffff:127.0.0.1]:40000', '[::ffff:127.0.0.1]:53'),
  ]);
  t.deepEqual(ids, [1, 2, 3, 4, 5, 6]);
  t.deepEqual(records.map(flowLine), [
    'udp 127.0.0.1:40000 > 127.0.0.1:53 1/0',
    'udp 127.0.0.1:40001 > 127.0.0.1:53 1/0',
    'udp 127.0.0.1:40000 > 127.0.0.2:53 1/0',
    'udp 127.0.0.1:53 > 127.0.0.2:40000 1/0',
    'tcp 127.0.0.1:40000 > 127.0.0.1:53 1/0',
    'udp [::ffff:127.0.0.1]:40000 > [::ffff:127.0.0.1]:53 1/0',
  ]);
});

test('frames without an IP address pair belong to no flow', (t) => {
  const frames = [
    { bytes: build.ethernet({ etherType: 0x0806, payload: build.arp() }) },
    { bytes: build.ethernet({ etherType: 0x88cc, payload: new Uint8Array(40) }) },
    { bytes: ethernetOf(datagram('127.0.0.1:1', '127.0.0.1:2').bytes, true) },
    { bytes: new Uint8Array(3) },
  ];
  t.deepEqual(flowsOf(frames, LinkType.ethernet).ids, [0, 0, 1, 0]);
});

test('a flow knows its bytes on the link, its times and its latest locality', (t) => {
  const forward = {
    ...datagram('127.0.0.1:1', '127.0.0.1:2'),
    origLen: 1000,
    tsNs: 1_700_000_000_123_456_789n,
  };
  const reverse = {
    ...datagram('127.0.0.1:2', '127.0.0.1:1'),
    origLen: 70_000,
    tsNs: 1_700_000_009_000_000_001n,
  };
  const table = new FlowTable();
  const ids = new Uint32Array(3);
  table.add(decoded([forward, reverse, forward]), Uint8Array.of(0, 0, Locality.leak), ids);
  const [record] = [flowRecord(table, 1)];
  t.like(record, {
    forward: { frames: 2, originalBytes: 2000 },
    reverse: { frames: 1, originalBytes: 70_000 },
    firstTimeNs: 1_700_000_000_123_456_789n,
    lastTimeNs: 1_700_000_000_123_456_789n,
    locality: Locality.leak,
    state: '',
  });
});

test('an echo request and its reply are one flow, told by the identifier', (t) => {
  const echo = (type: number, id: number, source: string, destination: string): TestFrame => ({
    bytes: ipPacket(source, destination, 1, build.icmp({ type, word: id * 65536 + 1 })),
  });
  const { ids, records, table } = flowsOf([
    echo(8, 7, '127.0.0.1', '127.0.0.2'),
    echo(0, 7, '127.0.0.2', '127.0.0.1'),
    echo(8, 8, '127.0.0.1', '127.0.0.2'),
  ]);
  t.deepEqual(ids, [1, 1, 2]);
  t.deepEqual(records.map(flowLine), [
    'icmp 127.0.0.1:7 > 127.0.0.2:7 1/1',
    'icmp 127.0.0.1:8 > 127.0.0.2:8 1/0',
  ]);
  t.deepEqual(table.counts, { tcp: 0, udp: 0, icmp: 2 });
});

test('a ping of oneself has its replies in the other direction', (t) => {
  const frames = [8, 0, 8, 0].map((type) => ({
    bytes: ipPacket('127.0.0.1', '127.0.0.1', 1, build.icmp({ type })),
  }));
  t.deepEqual(flowsOf(frames).records.map(flowLine), ['icmp 127.0.0.1:4660 > 127.0.0.1:4660 2/2']);
  const frames6 = [128, 129].map((type) => ({ bytes: ipPacket('::1', '::1', 58, build.icmpv6({ type })) }));
  t.deepEqual(flowsOf(frames6).records.map(flowLine), ['icmpv6 [::1]:4660 > [::1]:4660 1/1']);
  const repliesFirst = [0, 8].map((type) => ({
    bytes: ipPacket('127.0.0.1', '127.0.0.1', 1, build.icmp({ type })),
  }));
  t.deepEqual(flowsOf(repliesFirst).records.map(flowLine), ['icmp 127.0.0.1:4660 > 127.0.0.1:4660 1/1']);
});

test('growth beyond 100,000 flows keeps every counter', (t) => {
  const flows = 120_000;
  const table = new FlowTable();
  const { bytes } = datagram('127.0.0.1:40000', '127.0.0.1:53');
  const batch = new FrameBatchBuffer(4000);
  const view = new DataView(bytes.buffer.slice(0));
  const packets = new PacketBatch(4000);
  const locality = new Uint8Array(4000).fill(Locality.loopback);
  const ids = new Uint32Array(4000);
  let wrong = 0;
  for (let pass = 0; pass < 2; pass++) {
    for (let from = 0; from < flows; from += 4000) {
      const memory = new Uint8Array(4000 * bytes.length);
      batch.rebind(memory, new DataView(memory.buffer), 0, LinkType.raw);
      for (let i = 0; i < 4000; i++) {
        // The flow is told by the last 17 bits: of the source address and the source port.
        view.setUint32(12, 0x7f000000 + ((from + i) >> 8));
        view.setUint16(20, 1000 + ((from + i) & 255));
        memory.set(new Uint8Array(view.buffer), i * bytes.length);
        batch.offset[i] = i * bytes.length;
        batch.capLen[i] = bytes.length;
        batch.origLen[i] = from + i + 28;
        batch.tsNs[i] = BigInt(pass * flows + from + i);
      }
      batch.count = 4000;
      decode(batch, packets);
      table.add(packets, locality, ids);
      for (let i = 0; i < 4000; i++) if (ids[i] !== from + i + 1) wrong++;
    }
  }
  t.is(wrong, 0, 'ids are given in order, once a flow');
  t.is(table.size, flows);
  t.is(table.counts.udp, flows);
  for (let id = 1; id <= flows; id += 7) {
    const { forward, reverse, firstTimeNs, lastTimeNs, initiator } = flowRecord(table, id);
    const isRight =
      forward.frames + reverse.frames === 2 &&
      forward.originalBytes + reverse.originalBytes === 2 * (id - 1 + 28) &&
      firstTimeNs === BigInt(id - 1) &&
      lastTimeNs === BigInt(flows + id - 1) &&
      initiator.port === 1000 + ((id - 1) & 255);
    if (!isRight) t.fail(`flow ${id} is not what was counted`);
  }
});

test('bytes by flow add up to the bytes of the localities that have addresses', async (t) => {
  const frames = fc.array(anyFrame, { minLength: 1, maxLength: 30 });
  const linkType = fc.constantFrom(LinkType.raw, LinkType.ethernet);
  const property = fc.property(frames, linkType, (mix, type) => {
    const packets = decoded(mix, type);
    const locality = new Uint8Array(mix.length);
    const ids = new Uint32Array(mix.length);
    const evidence = new Uint8Array(mix.length);
    new Classifier(new HostLookup(hosts.given)).classify(packets, InterfaceRole.wire, locality, evidence);
    const table = new FlowTable();
    table.add(packets, locality, ids);
    let [bytes, withAddresses, frameCount] = [0, 0, 0];
    mix.forEach((_, i) => {
      const isIp = packets.network[i] >= Network.ipv4 && (packets.facts[i] & Fact.addresses) !== 0;
      const hasVerdict = locality[i] !== Locality.notIp && locality[i] !== Locality.undecoded;
      if (packets.network[i] !== Network.arp && isIp !== hasVerdict) throw new Error(`frame ${i}`);
      if (isIp !== ids[i] > 0) throw new Error(`flow of frame ${i}`);
      if (isIp) withAddresses += packets.frames.origLen[i];
    });
    for (let id = 1; id <= table.size; id++) {
      const { forward, reverse } = flowRecord(table, id);
      bytes += forward.originalBytes + reverse.originalBytes;
      frameCount += forward.frames + reverse.frames;
    }
    return bytes === withAddresses && frameCount === ids.filter((id) => id > 0).length;
  });
  await check(t, property, 500);
});

test('swapping the ends of every frame gives the same flows with their directions swapped', async (t) => {
  const end = fc.constantFrom(
    '127.0.0.1:1',
    '127.0.0.1:2',
    '127.0.0.2:1',
    '[::1]:1',
    '[::1]:2',
    '[fd00::2]:1',
  );
  const sameVersion = fc.tuple(end, end).filter(([a, b]) => a.startsWith('[') === b.startsWith('['));
  await check(
    t,
    fc.property(fc.array(sameVersion, { maxLength: 40 }), (pairs) => {
      const there = flowsOf(pairs.map(([a, b]) => datagram(a, b)));
      const back = flowsOf(pairs.map(([a, b]) => datagram(b, a)));
      const swapped = back.records.map((record) => ({
        ...record,
        initiator: record.responder,
        responder: record.initiator,
      }));
      return (
        there.ids.join() === back.ids.join() &&
        there.records.map(flowLine).join() === swapped.map(flowLine).join()
      );
    }),
  );
});
