import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { openCapture, openSource } from '../../src/capture/open-capture.js';
import type { Source } from '../../src/capture/source.js';
import { Spool } from '../../src/capture/spool.js';
import { ownCaptures } from '../corpus.js';
import {
  Magic,
  MemorySource,
  pcapFile,
  type ReadFrame,
  readAll,
  SectionBuilder,
  someBytes,
} from './builders.js';
import { lz4Frame, zstdFrame } from './compressors.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-reread-'));
test.after.always(() => fs.rmSync(folder, { recursive: true }));
let files = 0;

function fileOf(bytes: Uint8Array): string {
  const file = path.join(folder, `${files++}.pcap`);
  fs.writeFileSync(file, bytes);
  return file;
}

/** A frame read again, as readAll() tells it. */
function again(source: Source, { position, interfaceId }: ReadFrame): ReadFrame | null {
  const batch = source.frames?.readAt(position, interfaceId) ?? null;
  if (batch === null) return null;
  const start = batch.offset[0];
  return {
    interfaceId: batch.interfaceId,
    linkType: batch.linkType,
    tsNs: batch.tsNs[0],
    capLen: batch.capLen[0],
    origLen: batch.origLen[0],
    direction: batch.direction[0],
    flags: batch.flags[0],
    position: batch.position[0],
    data: Buffer.from(batch.bytes.subarray(start, start + batch.capLen[0])).toString('hex'),
  };
}

/** Reads a source to its end and every frame again, in any order. */
async function reread(
  source: Source,
): Promise<{ seen: ReadFrame[]; again: (ReadFrame | null)[]; source: Source }> {
  const { frames } = await readAll(source);
  const drops = source.stats().dropped;
  const backwards = [...frames].reverse().map((frame) => again(source, frame));
  if (source.stats().dropped !== drops) throw new Error('drops were counted twice');
  return { seen: frames, again: backwards.reverse(), source };
}

const records = [60, 0, 1500, 70_000, 61].map((len, i) => ({
  data: someBytes(len, i),
  seconds: 1_700_000_000 + i,
  fraction: 999_999 - i,
  origLen: len + i,
}));
const manyRecords = Array.from({ length: 5000 }, (_, i) => ({
  data: someBytes(60 + (i % 90), i),
  seconds: i,
}));

const kinds: [title: string, bytes: Uint8Array][] = [
  ...[true, false].flatMap((littleEndian): [string, Uint8Array][] =>
    (['micro', 'nano', 'modified'] as const).map((name) => [
      `pcap ${name}, ${littleEndian ? 'little' : 'big'} endian`,
      pcapFile({ littleEndian, magic: Magic[name] }, records),
    ]),
  ),
  [
    'pcap 2.2 with swapped lengths',
    pcapFile(
      { minor: 2 },
      records.map((r) => ({ ...r, capLen: r.origLen, origLen: r.data.length })),
    ),
  ],
  ['pcap 2.3, perhaps swapped', pcapFile({ minor: 3 }, records)],
  ['pcap of 5,000 records', pcapFile({}, manyRecords)],
  ['pcapng of two sections in both byte orders', pcapngOfSections()],
];

/** Every packet block, resolutions, offsets, a snaplen, options with direction and drops. */
function pcapngOfSections(): Uint8Array {
  const sections = [true, false].map((littleEndian, i) => {
    const section = new SectionBuilder(littleEndian);
    const seconds = section.bytes().u64(7n).done();
    section.interface(1, [[2, Buffer.from('lo')]], 100);
    section.interface(101, [
      [9, Uint8Array.of(i === 0 ? 9 : 0x8a)],
      [14, seconds],
    ]);
    const flags = section.bytes().u32(2).done();
    const drops = section.bytes().u64(3n).done();
    section.enhanced(someBytes(64, i), { id: 0, ticks: 1_700_000_000_000_000n });
    section.enhanced(someBytes(65, i), {
      id: 1,
      ticks: 5_000_000_000n,
      options: [
        [2, flags],
        [4, drops],
      ],
    });
    section.simple(someBytes(100, i), 1000);
    section.obsolete(someBytes(33, i), 1, 4, 123_456_789n);
    section.block(0x0bad, someBytes(40));
    section.enhanced(someBytes(90_000, i), { id: 1, ticks: 6n });
    return section.done();
  });
  return Buffer.concat(sections);
}

for (const [title, bytes] of kinds) {
  test(`${title}: every frame is the same when read again`, async (t) => {
    const result = await reread(await openCapture(fileOf(bytes), 'fast'));
    t.true(result.seen.length >= 5);
    t.deepEqual(result.again, result.seen);
  });
}

test('the reference engine’s frames are the same when read again', async (t) => {
  const result = await reread(await openCapture(fileOf(pcapFile({}, manyRecords)), 'reference'));
  t.is(result.seen.length, 5000);
  t.deepEqual(result.again, result.seen);
});

const compressions: [string, (bytes: Uint8Array) => Uint8Array][] = [
  ['gzip', gzipSync],
  ['zstd', (bytes) => zstdFrame(bytes)],
  ['lz4', (bytes) => lz4Frame(bytes, {})],
];
for (const [name, compress] of compressions) {
  test(`a ${name} file is read again from its spool, and from nothing where there is none`, async (t) => {
    const file = fileOf(compress(pcapFile({}, manyRecords)));
    const options = { follow: false, spoolBytes: Number.POSITIVE_INFINITY };
    const result = await reread(await openCapture(file, 'fast', options));
    t.is(result.seen.length, 5000);
    t.deepEqual(result.again, result.seen);
    t.is((await openCapture(file, 'fast')).frames, null);
  });
}

test('bytes that come in pieces, as from a pipe, are spooled whole', async (t) => {
  for (const [, bytes] of kinds) {
    const input = new MemorySource(bytes, 1777, true);
    const result = await reread(await openSource('-', 'fast', input, { follow: false, spoolBytes: 1 << 24 }));
    t.deepEqual(result.again, result.seen);
  }
});

test('a spool keeps no more than it may, and the frames behind are lost, not wrong', async (t) => {
  const bytes = pcapFile({}, manyRecords);
  const input = new MemorySource(bytes, 4096);
  const result = await reread(await openSource('-', 'fast', input, { follow: false, spoolBytes: 100_000 }));
  const { keptBytes, loss } = result.source.frames!.access;
  t.true(keptBytes > 90_000 && keptBytes <= 100_000, `${keptBytes}`);
  t.regex(loss, /no room/);
  for (const [i, frame] of result.seen.entries()) {
    const isKept = frame.position + 16 + frame.capLen <= keptBytes;
    if (isKept) t.deepEqual(result.again[i], frame);
    else t.is(result.again[i], null);
  }
});

test('a spool’s file has no name', async (t) => {
  const before = fs.readdirSync('/var/tmp').length;
  const input = new MemorySource(pcapFile({}, records));
  const source = await openSource('-', 'fast', input, { follow: false, spoolBytes: 1 << 20 });
  t.is(fs.readdirSync('/var/tmp').length, before);
  source.frames?.access.close();
  source.frames?.access.close();
  await source.close();
});

test('a closed source still gives its frames, until they are let go', async (t) => {
  const { seen, source } = await reread(await openCapture(fileOf(pcapFile({}, records)), 'fast'));
  await source.close();
  t.deepEqual(again(source, seen[2]), seen[2]);
  source.frames?.access.close();
  t.is(again(source, seen[2]), null);
});

test('a file that was cut behind our back has no frame there', async (t) => {
  const file = fileOf(pcapFile({}, records));
  const { seen, source } = await reread(await openCapture(file, 'fast'));
  fs.truncateSync(file, seen[3].position + 20);
  t.deepEqual(again(source, seen[2]), seen[2]);
  t.is(again(source, seen[3]), null);
  t.is(again(source, seen[4]), null);
});

for (const [title, bytes] of kinds) {
  test(`${title}: whatever stands at a position later, nothing throws or reads outside`, async (t) => {
    const file = fileOf(bytes);
    const { seen, source } = await reread(await openCapture(file, 'fast'));
    const change = fc.record({ at: fc.nat(400), value: fc.uint8Array({ minLength: 1, maxLength: 24 }) });
    fc.assert(
      fc.property(change, ({ at, value }) => {
        const fd = fs.openSync(file, 'r+');
        fs.writeSync(fd, value, 0, value.length, 24 + at);
        fs.closeSync(fd);
        for (const frame of seen.slice(0, 10)) again(source, frame);
      }),
      { interruptAfterTimeLimit: 1500 },
    );
    t.pass();
  });
}

for (const file of ownCaptures()) {
  test(`${path.basename(file)}: every frame is the same when read again`, async (t) => {
    const options = { follow: false, spoolBytes: Number.POSITIVE_INFINITY };
    const result = await reread(await openCapture(file, 'fast', options));
    t.true(result.seen.length > 0);
    t.deepEqual(result.again, result.seen);
  });
}

test('a disk that is full ends the spool, not the reading', (t) => {
  const spool = new Spool(fs.openSync('/dev/full', 'w'), 1 << 20);
  spool.append(someBytes(1000));
  t.true(spool.isFull);
  t.is(spool.keptBytes, 0);
  t.is(spool.readAt(new Uint8Array(10), 10, 0), 0);
  spool.append(someBytes(1000));
  spool.close();
});

test('a run of frames is the frames one by one, wherever it starts and however many are asked for', async (t) => {
  for (const file of ownCaptures().filter((name) => !name.endsWith('.gz'))) {
    const source = await openCapture(file, 'fast');
    const { frames: seen } = await readAll(source);
    const positions = Float64Array.from(seen, ({ position }) => position);
    const shown = new Set([0, 1, seen.length >> 1, seen.length - 1]);
    for (const from of shown) {
      if (from < 0 || from >= seen.length) continue;
      for (const most of [1, 2, 4096]) {
        const { interfaceId } = seen[from];
        const run = source.frames!.readRun(positions, from, Math.min(most, seen.length - from), interfaceId);
        t.true(run !== null && run.count >= 1 && run.count <= most, file);
        for (let i = 0; i < run!.count; i++) {
          const start = run!.offset[i];
          const frame = {
            position: run!.position[i],
            tsNs: run!.tsNs[i],
            origLen: run!.origLen[i],
            data: Buffer.from(run!.bytes.subarray(start, start + run!.capLen[i])).toString('hex'),
          };
          t.like(seen[from + i], frame, `${file} frame ${from + i}`);
        }
      }
    }
    source.frames!.access.close();
  }
});

test('a run ends before a record that is longer than a read, and that one is read alone', async (t) => {
  const records = [100, 300_000, 200].map((len, i) => ({ data: someBytes(len), seconds: i }));
  const source = await openCapture(fileOf(pcapFile({ linkType: 1, snapLen: 400_000 }, records)), 'fast');
  const { frames: seen } = await readAll(source);
  const positions = Float64Array.from(seen, ({ position }) => position);
  const counts = seen.map((_, from) => {
    const run = source.frames!.readRun(positions, from, seen.length - from, 0)!;
    return [run.count, run.capLen[0]];
  });
  t.deepEqual(counts.slice(0, 1), [[1, 100]]);
  t.deepEqual(
    counts.map(([, len]) => len),
    seen.map(({ capLen }) => capLen),
  );
  source.frames!.access.close();
});
