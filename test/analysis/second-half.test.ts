import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { Analyzer } from '../../src/analysis/analyzer.js';
import { startSecondHalf } from '../../src/analysis/second-half.js';
import { summarize } from '../../src/analysis/summary.js';
import { openCapture } from '../../src/capture/open-capture.js';
import { findPcapCut } from '../../src/capture/pcap-cut.js';
import { summaryJson } from '../../src/report/summary-json.js';
import { generate } from '../bench/generate.js';
import { plainOptions } from './analyze.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-half-'));
const whole = path.join(folder, 'whole.pcap');
test.before(() => generate(whole, { packets: 700_000, flows: 3000, sizes: 'small' }));
test.after.always(() => fs.rmSync(folder, { recursive: true }));

/** The summary of a file, by two threads or by one, and whether the second one's half was taken. */
async function summaryOf(file: string, isHalved: boolean) {
  const half = isHalved ? startSecondHalf(file, plainOptions) : null;
  const source = await openCapture(file, 'fast');
  const analyzer = new Analyzer([source], plainOptions);
  half?.attach(source, analyzer.pipeline);
  await analyzer.run();
  half?.stop();
  const { bytesRead, bytesTotal } = source.stats();
  const isTaken = fs.statSync(file).size - (await bytesFromDisk(analyzer)) > 1 << 21;
  return { text: summaryJson(await summarize(analyzer)), isTaken, isAllRead: bytesRead === bytesTotal };
}

/** Bytes that this thread itself has read. */
async function bytesFromDisk({ sources }: Analyzer): Promise<number> {
  return (sources[0] as unknown as { input: { bytesRead: number } }).input.bytesRead;
}

test('two threads find the same as one, and each reads a half', async (t) => {
  const two = await summaryOf(whole, true);
  const one = await summaryOf(whole, false);
  t.is(two.text, one.text);
  t.true(two.isTaken && two.isAllRead);
  t.false(one.isTaken);
});

test('damage in the second half is met by the first thread, after all before it', async (t) => {
  const cut = path.join(folder, 'cut.pcap');
  fs.copyFileSync(whole, cut);
  fs.truncateSync(cut, fs.statSync(cut).size - 5);
  const two = await summaryOf(cut, true);
  t.is(two.text, (await summaryOf(cut, false)).text);
  t.regex(two.text, /"complete": false/);
  t.false(two.isTaken);
});

test('a place that only looks like a record is found out', async (t) => {
  const decoy = path.join(folder, 'decoy.pcap');
  const bytes = fs.readFileSync(whole);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // One record around the middle, whose data are forty small records.
  let start = 24;
  while (start < bytes.length / 2 - 2000) start += 16 + view.getUint32(start + 8, true);
  let end = start;
  while (end - start < 4000) end += 16 + view.getUint32(end + 8, true);
  const data = bytes.subarray(start + 16, end);
  for (let at = 0; at + 80 <= data.length; at += 80) bytes.copy(data, at, 24, 24 + 16);
  for (let at = 0; at + 80 <= data.length; at += 80) {
    data.writeUInt32LE(64, at + 8);
    data.writeUInt32LE(64, at + 12);
  }
  view.setUint32(start + 8, end - start - 16, true);
  view.setUint32(start + 12, end - start - 16, true);
  fs.writeFileSync(decoy, bytes);
  const found = findPcapCut(decoy)!.position;
  t.true(found > start && found < end, 'the decoy is what is found');
  const two = await summaryOf(decoy, true);
  t.is(two.text, (await summaryOf(decoy, false)).text);
  t.false(two.isTaken);
});

test('a source that is closed while the other thread reads ends at once', async (t) => {
  const half = startSecondHalf(whole, plainOptions)!;
  const source = await openCapture(whole, 'fast');
  const analyzer = new Analyzer([source], plainOptions);
  half.attach(source, analyzer.pipeline);
  const running = analyzer.run();
  await new Promise((resolve) => setTimeout(resolve, 1));
  await analyzer.close();
  await running;
  t.false(analyzer.snapshotNow().sources[0].complete);
});

test('a small file, one that is not there, and a pipe are read by one thread', (t) => {
  t.is(startSecondHalf(path.join(folder, 'none.pcap'), plainOptions), null);
  t.is(startSecondHalf('-', plainOptions), null);
  const small = path.join(folder, 'small.pcap');
  fs.writeFileSync(small, fs.readFileSync(whole).subarray(0, 1 << 20));
  t.is(startSecondHalf(small, plainOptions), null);
});
