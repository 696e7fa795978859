import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { bytesPerFrame, FileFrameStore } from '../../src/analysis/file-frame-store.js';
import { openCapture, openSource } from '../../src/capture/open-capture.js';
import type { Source } from '../../src/capture/source.js';
import { MemorySource, pcapFile, someBytes } from '../capture/builders.js';
import { udpPacket } from '../classify/frames.js';
import { analyzerOf } from './sources.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-store-'));
test.after.always(() => fs.rmSync(folder, { recursive: true }));

const linkType = 101;
const packets = (count: number, first = 0) =>
  Array.from({ length: count }, (_, i) => ({
    data: udpPacket('127.0.0.1', `127.0.${((first + i) >> 8) & 255}.${(first + i) & 255}`),
    seconds: first + i,
  }));

function fileOf(name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, bytes);
  return file;
}

async function filled(source: Source, mostFrames?: number): Promise<FileFrameStore> {
  const store = new FileFrameStore([source.frames!], mostFrames);
  for await (const frames of source) {
    const { count } = frames;
    const flowId = Uint32Array.from({ length: count }, (_, i) => store.last + i + 1);
    store.add({
      frames,
      source: 0,
      locality: new Uint8Array(count).fill(10),
      evidence: new Uint8Array(count).fill(4),
      flowId,
    });
    frames.release();
  }
  return store;
}

test('a frame of a file takes less than 24 bytes of memory, however long it is', async (t) => {
  t.true(bytesPerFrame <= 24);
  const count = 3 * 65536;
  const store = await filled(
    await openCapture(fileOf('many.pcap', pcapFile({ linkType }, packets(count))), 'fast'),
  );
  t.is(store.last, count);
  t.is(store.memory, count * bytesPerFrame);
  const found = store.get(70_000)!;
  t.like(found, { source: 0, interfaceId: 0, locality: 10, evidence: 4, flow: 70_000, loss: '' });
  t.is(found.frame!.tsNs[0], 69_999n * 1_000_000_000n);
});

test('beyond its bound frames are counted and not kept', async (t) => {
  const file = fileOf('bound.pcap', pcapFile({ linkType }, packets(10_000)));
  const store = await filled(await openCapture(file, 'fast'), 6000);
  t.is(store.last + store.notKept, 10_000);
  t.true(store.last <= 6000 && store.last > 1000, `${store.last}`);
  t.is(store.get(store.last + 1), null);
  store.clear();
  t.deepEqual([store.first, store.last, store.notKept], [0, 0, 0]);
});

test('a full spool ends the list, and the rest is counted', async (t) => {
  const bytes = pcapFile({ linkType }, packets(5000));
  const options = { follow: false, spoolBytes: 50_000 };
  const source = await openSource('-', 'fast', new MemorySource(bytes, 8192), options);
  const analyzer = await analyzerOf([source]);
  const { frames, retained } = analyzer.snapshotNow();
  t.is(frames, 5000);
  t.true(retained.notKept > 1000 && retained.last < 4000);
  const { total, rows } = await analyzer.rows(0, 5000, {});
  t.is(total, retained.last);
  t.is(rows[10].dst, '127.0.0.10');
  t.true(
    rows.filter(({ loss }) => loss !== undefined).length <= retained.last + retained.notKept - 5000 + 64,
  );
});

test('a file changed behind our back gives rows that say so, and the others as before', async (t) => {
  const bytes = pcapFile({ linkType }, packets(100));
  const recordLen = (bytes.length - 24) / 100;
  const file = fileOf('changed.pcap', bytes);
  const analyzer = await analyzerOf([await openCapture(file, 'fast')]);
  const before = (await analyzer.rows(0, 100, {})).rows;
  const other = pcapFile({ linkType }, packets(10, 5000)).subarray(24);
  const fd = fs.openSync(file, 'r+');
  fs.writeSync(fd, other, 0, other.length, 24 + 20 * recordLen);
  fs.ftruncateSync(fd, 24 + 90 * recordLen + 7);
  fs.closeSync(fd);
  const after = (await analyzer.rows(0, 100, {})).rows;
  t.is(after.length, 100);
  for (const [i, row] of after.entries()) {
    const isChanged = (i >= 20 && i < 30) || i >= 90;
    if (!isChanged) t.deepEqual(row, before[i]);
    else {
      t.regex(row.loss ?? '', /the file has changed since it was read/);
      t.like(row, { number: i + 1, locality: before[i].locality, flow: before[i].flow, src: '' });
    }
  }
  const detail = await analyzer.detail(95);
  t.is(detail?.bytes.length, 0);
  t.regex(detail?.row.loss ?? '', /changed/);
  analyzer.dispose();
});

test('frames of several files merged by time are each read from their own', async (t) => {
  const even = packets(200).filter((_, i) => i % 2 === 0);
  const odd = packets(200).filter((_, i) => i % 2 === 1);
  const plain = await openCapture(fileOf('even.pcap', pcapFile({ linkType }, even)), 'fast');
  const options = { follow: false, spoolBytes: 1 << 20 };
  const spooled = await openSource('-', 'fast', new MemorySource(pcapFile({ linkType }, odd), 999), options);
  const analyzer = await analyzerOf([plain, spooled]);
  const { rows } = await analyzer.rows(0, 200, {});
  t.deepEqual(
    rows.map(({ dst }) => dst),
    packets(200).map((_, i) => `127.0.0.${i}`),
  );
});

test('long frames are whole in detail', async (t) => {
  const data = someBytes(100_000);
  const file = fileOf('long.pcap', pcapFile({ linkType }, [{ data }]));
  const analyzer = await analyzerOf([await openCapture(file, 'fast')]);
  t.deepEqual((await analyzer.detail(1))?.bytes, data);
});
