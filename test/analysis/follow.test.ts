import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { Analyzer } from '../../src/analysis/analyzer.js';
import { CaptureError } from '../../src/capture/capture-error.js';
import { openCapture } from '../../src/capture/open-capture.js';
import type { EngineName } from '../../src/capture/source.js';
import { pcapFile, SectionBuilder, someBytes } from '../capture/builders.js';
import { plainOptions } from './analyze.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-follow-'));
test.after.always(() => fs.rmSync(folder, { recursive: true }));
const follow = { follow: true, spoolBytes: 0 };
let files = 0;

function newFile(bytes: Uint8Array): string {
  const file = path.join(folder, `${files++}.pcap`);
  fs.writeFileSync(file, bytes);
  return file;
}

const frames = Array.from({ length: 40 }, (_, i) => someBytes(60 + i, i));
const pcap = pcapFile(
  {},
  frames.map((data, i) => ({ data, seconds: i })),
);
const pcapng = frames
  .reduce((section, data) => section.enhanced(data), new SectionBuilder().interface())
  .done();

/** Follows a file, with a promise of `count` frames having come. */
async function followed(file: string, engine: EngineName = 'fast') {
  const analyzer = new Analyzer([await openCapture(file, engine, follow)], {
    ...plainOptions,
    retainBytes: 1,
  });
  let wake = (): void => {};
  const onBatch = (): void => {
    setImmediate(() => wake());
  };
  const running = analyzer.run([{ onBatch, onEnd: () => {} }]);
  const reached = async (count: number): Promise<void> => {
    while (analyzer.snapshotNow().frames < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { analyzer, running, reached };
}

const kinds: [title: string, bytes: Uint8Array, engine: EngineName][] = [
  ['pcap', pcap, 'fast'],
  ['pcapng', pcapng, 'fast'],
  ['pcap by the reference engine', pcap, 'reference'],
];
for (const [title, bytes, engine] of kinds) {
  test(`${title} is followed as it grows by pieces cut anywhere`, async (t) => {
    const half = Math.floor(bytes.length / 2);
    const file = newFile(bytes.subarray(0, 30));
    const opening = followed(file, engine);
    fs.appendFileSync(file, bytes.subarray(30, half));
    const { analyzer, running, reached } = await opening;
    await reached(10);
    for (let at = half; at < bytes.length; at += 371) {
      fs.appendFileSync(file, bytes.subarray(at, at + 371));
      if (at < half + 1500) await reached(analyzer.snapshotNow().frames + 1);
    }
    await reached(40);
    t.true(analyzer.snapshotNow().running);
    const { rows } = await analyzer.rows(0, 100, {});
    t.deepEqual(
      rows.map(({ capLen }) => capLen),
      frames.map((data) => data.length),
    );
    await analyzer.close();
    await running;
    t.deepEqual(analyzer.errors, [null]);
    analyzer.dispose();
  });
}

test('closing ends a wait at once, in the middle of a record too, and that is no damage', async (t) => {
  const { analyzer, running, reached } = await followed(newFile(pcap.subarray(0, pcap.length - 3)));
  await reached(39);
  await analyzer.close();
  await running;
  t.deepEqual(analyzer.errors, [null]);
  t.is(analyzer.snapshotNow().frames, 39);
});

const endings: [title: string, change: (file: string) => void, what: RegExp][] = [
  ['cut', (file) => fs.truncateSync(file, 100), /was cut to 100 bytes while it was followed, \d+ were read/],
  ['removed', (file) => fs.rmSync(file), /was removed while it was followed/],
  [
    'replaced',
    (file) => {
      fs.writeFileSync(`${file}.new`, pcap);
      fs.renameSync(`${file}.new`, file);
    },
    /was replaced by another while it was followed/,
  ],
];
for (const [title, change, what] of endings) {
  test(`a followed file that is ${title} ends with words for it`, async (t) => {
    const file = newFile(pcap);
    const { analyzer, running, reached } = await followed(file);
    await reached(40);
    change(file);
    await running;
    const [error] = analyzer.errors;
    t.true(error instanceof CaptureError && error.isDamage);
    t.like(error, { code: 'changed', where: file });
    t.regex(error?.what ?? '', what);
    t.is(analyzer.snapshotNow().frames, 40);
  });
}

test('several files are taken as they come: a quiet one holds nothing back', async (t) => {
  const quiet = await openCapture(newFile(pcap.subarray(0, 24)), 'fast', follow);
  const busy = await openCapture(newFile(pcap), 'fast', follow);
  const analyzer = new Analyzer([quiet, busy], { ...plainOptions, maxFrames: 40 });
  await analyzer.run();
  t.is(analyzer.snapshotNow().frames, 40);
});

test('what cannot be followed is refused in words', async (t) => {
  const packed = newFile(gzipSync(pcap));
  await t.throwsAsync(openCapture(packed, 'fast', follow), {
    instanceOf: CaptureError,
    message: /gzip data cannot be followed, only a plain file \(leave --follow out\)/,
  });
  await t.throwsAsync(openCapture('/dev/null', 'fast', follow), {
    message: /a device or pipe cannot be followed, only a plain file/,
  });
});
