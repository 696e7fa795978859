import path from 'node:path';
import test from 'ava';
import { Analyzer } from '../../src/analysis/analyzer.js';
import { LinkType } from '../../src/capture/link-type.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { Locality } from '../../src/classify/locality.js';
import { udpPacket } from '../classify/frames.js';
import { root } from '../corpus.js';
import { datagram, segment } from '../flow/conversation.js';
import { plainOptions } from './analyze.js';
import { analyzerOf, FakeLiveSource, openBytes, openFile, pcapOf } from './sources.js';

function openOwn(name: string) {
  return openFile(path.join(root, 'captures', name), name);
}

const handshake = 'tcp-handshake-127.0.0.88-to-87.pcap';
const twoInterfaces = 'two-interfaces-lo-and-eth0.pcapng';

test('rows come in order, from any place, and say what a packet is', async (t) => {
  const analyzer = await analyzerOf([await openOwn(handshake)]);
  const { total, rows } = await analyzer.rows(1, 3, {});
  t.is(total, 8);
  t.deepEqual(
    rows.map(({ number }) => number),
    [2, 3, 4],
  );
  t.like(rows[0], {
    protocol: 'tcp',
    src: '127.0.0.87',
    srcPort: 8087,
    dst: '127.0.0.88',
    capLen: 74,
    origLen: 74,
    locality: Locality.loopback,
    flow: 1,
    why: '127.0.0.88 is in 127.0.0.0/8',
  });
  t.regex(rows[0].info, /^SYN, ACK seq 0 ack 1 /);
});

test('rows and their index agree under every filter', async (t) => {
  const analyzer = await analyzerOf([await openOwn(twoInterfaces)]);
  for (const filter of [
    {},
    { localities: [Locality.loopback] },
    { flow: 1 },
    { flow: 2, localities: [Locality.leak] },
  ]) {
    const { total, rows } = await analyzer.rows(0, 1000, filter);
    t.is(rows.length, total);
    for (const [i, { number }] of rows.entries()) t.is(await analyzer.indexOf(number, filter), i);
    const { flow } = filter as { flow?: number };
    t.true(rows.every((row) => flow === undefined || row.flow === flow));
  }
});

test('a frame in detail has its row, a copy of its bytes and its fields', async (t) => {
  const analyzer = await analyzerOf([await openOwn(handshake)]);
  const { rows } = await analyzer.rows(4, 1, {});
  const detail = await analyzer.detail(5);
  t.deepEqual(detail?.row, rows[0]);
  t.is(detail?.bytes.length, rows[0].capLen);
  detail!.bytes.fill(0);
  t.deepEqual((await analyzer.detail(5))?.row, rows[0], 'the copy is the caller’s own');
  t.true(detail!.fields.length >= 3);
});

test('a frame that is not held has no detail', async (t) => {
  const analyzer = await analyzerOf([await openOwn(handshake)]);
  t.is(await analyzer.detail(0), null);
  t.is(await analyzer.detail(9), null);
  const forgetful = await analyzerOf([await openOwn(handshake)], { retainBytes: 0 });
  t.is(await forgetful.detail(1), null);
  t.deepEqual(await forgetful.rows(0, 10, {}), { total: 0, rows: [] });
  t.like(forgetful.snapshotNow().retained, { first: 0, last: 0 });
});

test('flows come sorted and filtered, by the same ids as the rows', async (t) => {
  const analyzer = await analyzerOf([await openOwn(twoInterfaces)]);
  const { total, rows } = await analyzer.flows('bytes', true, 0, 100, {});
  t.is(total, analyzer.snapshotNow().flows.total);
  const bytes = rows.map(({ forward, reverse }) => forward.originalBytes + reverse.originalBytes);
  t.deepEqual(
    bytes,
    [...bytes].sort((a, b) => b - a),
  );
  for (const { id, forward, reverse } of rows) {
    const packets = await analyzer.rows(0, 1000, { flow: id });
    t.is(packets.total, forward.frames + reverse.frames);
  }
});

test('clearing sets everything to 0, and what comes after it is counted anew', async (t) => {
  const batch = [datagram('127.0.0.1:1', '127.0.0.1:2'), datagram('127.0.0.1:3', '127.0.0.1:4')];
  const source = new FakeLiveSource('lo', [batch, batch], {
    linkType: LinkType.raw,
    role: InterfaceRole.loopback,
  });
  const analyzer = new Analyzer([source], { ...plainOptions, retainBytes: 1 << 20 });
  const frames: number[] = [];
  const onBatch = () => {
    frames.push(analyzer.snapshotNow().frames);
  };
  await analyzer.run([{ onBatch, onEnd: () => {} }]);
  t.deepEqual(frames, [2, 4]);
  t.is((await analyzer.rows(0, 10, { localities: [Locality.loopback] })).total, 4);
  await analyzer.clear();
  const snapshot = analyzer.snapshotNow();
  t.like(snapshot, { frames: 0, originalBytes: 0, firstTimeNs: null, retained: { first: 0, last: 0 } });
  t.like(snapshot.flows, { total: 0, udp: 0 });
  t.is(snapshot.sources[0].interfaces[0].frames, 0);
  t.deepEqual(snapshot.timeline.counts[Locality.loopback], []);
  t.deepEqual(await analyzer.rows(0, 10, { localities: [Locality.loopback] }), { total: 0, rows: [] });
  t.is((await analyzer.flows('first', false, 0, 10, {})).total, 0);
});

test('clearing in the middle of a capture leaves no row of an earlier frame', async (t) => {
  const wire = Array.from({ length: 10 }, (_, i) => ({ bytes: udpPacket('127.0.0.1', `192.0.2.${i}`) }));
  const own = Array.from({ length: 40 }, (_, i) => datagram('127.0.0.1:1', `127.0.0.1:${i + 1}`));
  const source = new FakeLiveSource('any', [wire, own], {
    linkType: LinkType.raw,
    role: InterfaceRole.unknown,
  });
  const analyzer = new Analyzer([source], { ...plainOptions, retainBytes: 1 << 20 });
  const leaks = { localities: [Locality.leak] };
  let batches = 0;
  let before = 0;
  const onBatch = () => {
    batches++;
    if (batches < 2) return;
    // The first batch is kept by now; the second will be once this returns.
    void analyzer.rows(0, 10, leaks).then(({ total }) => {
      before = total;
    });
    void analyzer.clear();
  };
  await analyzer.run([{ onBatch, onEnd: () => {} }]);
  t.is(before, 10);
  t.is((await analyzer.rows(0, 100, {})).total, 40);
  t.deepEqual(await analyzer.rows(0, 100, leaks), { total: 0, rows: [] });
});

test('a source is closed by closing its analyzer', async (t) => {
  const source = new FakeLiveSource('lo', [], { linkType: LinkType.raw, role: InterfaceRole.loopback });
  const analyzer = await analyzerOf([source]);
  await analyzer.close();
  t.true(source.closed >= 1);
});

test('after the frames asked for everything is closed and no more is counted', async (t) => {
  const batch = [datagram('127.0.0.1:1', '127.0.0.1:2'), datagram('127.0.0.1:3', '127.0.0.1:4')];
  const fields = { linkType: LinkType.raw, role: InterfaceRole.loopback };
  const sources = [1, 2].map((n) => new FakeLiveSource(`lo${n}`, [batch, batch, batch], fields));
  const analyzer = await analyzerOf(sources, { maxFrames: 3 });
  t.is(analyzer.snapshotNow().frames, 3);
  t.true(sources.every(({ closed }) => closed > 0));
  const file = await analyzerOf([await openOwn(handshake)], { maxFrames: 5 });
  t.is(file.snapshotNow().frames, 5);
});

test('a source that is damaged is incomplete, says why, and the other goes on', async (t) => {
  const whole = pcapOf(
    [udpPacket('127.0.0.1', '127.0.0.1'), udpPacket('127.0.0.2', '127.0.0.2')],
    LinkType.raw,
  );
  const sources = [
    await openBytes('cut.pcap', whole.subarray(0, whole.length - 1)),
    await openBytes('whole.pcap', whole),
  ];
  const analyzer = await analyzerOf(sources);
  const [cut, other] = analyzer.snapshotNow().sources;
  t.is(analyzer.snapshotNow().frames, 3);
  t.like(cut, { name: 'cut.pcap', complete: false });
  t.regex(cut.error ?? '', /cut\.pcap/);
  t.like(other, { name: 'whole.pcap', complete: true, error: null });
  t.false(analyzer.snapshotNow().running);
});

test('drops are unknown as soon as one live source does not count them', async (t) => {
  const fields = { linkType: LinkType.raw, role: InterfaceRole.loopback };
  const counting = new FakeLiveSource('lo', [], fields, 7);
  const blind = new FakeLiveSource('lo1', [], fields, null);
  t.is((await analyzerOf([counting])).snapshotNow().dropped, 7);
  t.is((await analyzerOf([counting, blind])).snapshotNow().dropped, null);
  t.is((await analyzerOf([await openOwn(handshake)])).snapshotNow().dropped, 0);
});

test('a row tells a segment from its answer when an address talks to itself', async (t) => {
  const bytes = pcapOf(
    [
      segment('127.0.0.1:80', '127.0.0.1:79', 'S', { seq: 1000 }),
      segment('127.0.0.1:79', '127.0.0.1:80', 'S.', { seq: 5000, ack: 1001 }),
      segment('127.0.0.1:80', '127.0.0.1:79', 'P.', { seq: 1001, ack: 5001, len: 3 }),
    ].map((frame) => frame.bytes),
    LinkType.raw,
  );
  const analyzer = await analyzerOf([await openBytes('self.pcap', bytes)]);
  const { rows } = await analyzer.rows(0, 3, {});
  t.regex(rows[0].info, /SYN seq 0 /);
  t.regex(rows[1].info, /SYN, ACK seq 0 ack 1 /);
  t.regex(rows[2].info, /seq 1 ack 1 /);
});
