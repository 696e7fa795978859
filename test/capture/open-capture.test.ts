import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { CaptureError } from '../../src/capture/capture-error.js';
import { openCapture, openSource } from '../../src/capture/open-capture.js';
import { concat, Magic, MemorySource, pcapFile, readAll, SectionBuilder, someBytes } from './builders.js';
import { lz4Frame, zstdFrame } from './compressors.js';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-open-'));
test.after.always(() => fs.rmSync(directory, { recursive: true }));

const pcap = pcapFile({}, [{ data: someBytes(60) }, { data: someBytes(70) }]);
const pcapng = new SectionBuilder(false).interface().enhanced(someBytes(60)).simple(someBytes(70)).done();
const gzip = (bytes: Uint8Array) => new Uint8Array(zlib.gzipSync(bytes));

async function opens(t: ExecutionContext, bytes: Uint8Array, format: string): Promise<void> {
  for (const most of [1, 3, 1000]) {
    const input = new MemorySource(bytes, most, true);
    const source = await openSource('test', 'fast', input);
    t.is(source.format, format as 'pcap');
    const { frames, damage } = await readAll(source);
    t.is(damage, '');
    t.deepEqual(
      frames.map((frame) => frame.capLen),
      [60, 70],
    );
    t.deepEqual([source.stats().bytesRead, source.stats().bytesTotal], [bytes.length, bytes.length]);
    t.true(input.closed);
  }
}

test('a pcap file opens', opens, pcap, 'pcap');
test('a pcapng file opens', opens, pcapng, 'pcapng');
test('a pcap file in gzip opens, and its progress is that of the compressed file', opens, gzip(pcap), 'pcap');
test('a pcapng file in gzip opens', opens, gzip(pcapng), 'pcapng');
test('a pcapng file in zstd opens', opens, zstdFrame(pcapng, { blockLen: 3 }), 'pcapng');
test('a pcap file in lz4 opens', opens, lz4Frame(pcap), 'pcap');

async function refuses(t: ExecutionContext, bytes: Uint8Array, message: RegExp): Promise<void> {
  const input = new MemorySource(bytes, 5);
  const error = await t.throwsAsync(openSource('test', 'fast', input), { instanceOf: CaptureError });
  t.is(error.code, 'not-a-capture');
  t.regex(error.message, message);
}

const ascii = (text: string) => new TextEncoder().encode(text);
test('an empty file is refused', refuses, new Uint8Array(0), /the file is empty/);
test('an empty file in gzip is refused', refuses, gzip(new Uint8Array(0)), /nothing is in its gzip data/);
test('a file of three bytes is refused', refuses, Uint8Array.of(0xd4, 0xc3, 0xb2), /neither a pcap/);
test('text is refused by name', refuses, ascii('12:00:00 IP 127.0.0.1 > 127.0.0.1'), /looks like text/);
test('a program is refused by name', refuses, ascii('\x7fELF\x02\x01\x01'), /looks like a program/);
test(
  'line ends that look like a section header are refused',
  refuses,
  ascii('\n\r\r\nhello, hello'),
  /looks like text/,
);
test('two levels of compression are refused', refuses, gzip(gzip(pcap)), /gzip data inside gzip data/);
test('zstd data inside lz4 data is refused', refuses, lz4Frame(zstdFrame(pcap)), /zstd data inside lz4 data/);

test('a snoop file is refused by name', async (t) => {
  const snoop = concat([ascii('snoop\0\0\0'), someBytes(100)]);
  await t.throwsAsync(openSource('test', 'fast', new MemorySource(snoop)), {
    message: /looks like a snoop file/,
  });
});

test('the reference engine refuses pcapng and says what to do', async (t) => {
  const error = await t.throwsAsync(openSource('test', 'reference', new MemorySource(pcapng)), {
    instanceOf: CaptureError,
  });
  t.is(error.code, 'engine');
  t.regex(error.message, /use --engine fast/);
});

for (const [what, bytes] of [
  ['nanoseconds', pcapFile({ magic: Magic.nano }, [])],
  ['lengths that may be swapped', pcapFile({ minor: 3 }, [])],
] as const) {
  test(`the reference engine refuses ${what} when it opens`, async (t) => {
    const error = await t.throwsAsync(openSource('test', 'reference', new MemorySource(bytes)), {
      instanceOf: CaptureError,
    });
    t.is(error.code, 'engine');
  });
}

test('a linktype that no tool reads, a version and a cut header are refused when it opens', async (t) => {
  for (const bytes of [pcapFile({ linkType: 281 }, []), pcap.slice(0, 23), pcapFile({}, []).fill(9, 4, 6)]) {
    const error = await t.throwsAsync(openSource('test', 'fast', new MemorySource(bytes)), {
      instanceOf: CaptureError,
    });
    t.is(error.code, 'not-a-capture');
  }
});

test('a compressed file cut short gives its whole frames and then a decompression error', async (t) => {
  const many = pcapFile(
    {},
    Array.from({ length: 5000 }, (_, index) => ({ data: someBytes(60, index * index) })),
  );
  for (const bytes of [gzip(many), lz4Frame(many), zstdFrame(many)]) {
    const cut = bytes.slice(0, Math.floor(bytes.length / 2));
    const { frames, damage } = await readAll(await openSource('test', 'fast', new MemorySource(cut)));
    t.is(damage, 'decompression at -1');
    t.true(frames.length > 1000);
  }
});

test('a path that does not exist is unreadable', async (t) => {
  const error = await t.throwsAsync(openCapture(path.join(directory, 'none'), 'fast'), {
    instanceOf: CaptureError,
  });
  t.is(error.code, 'unreadable');
});

test('a directory is unreadable', async (t) => {
  const error = await t.throwsAsync(openCapture(directory, 'fast'), { instanceOf: CaptureError });
  t.is(error.code, 'unreadable');
});

test('a file opens by what is in it, not by what it is called', async (t) => {
  const file = path.join(directory, 'wrong.gz');
  fs.writeFileSync(file, pcapng);
  const source = await openCapture(file, 'fast');
  t.is(source.name, file);
  t.is((await readAll(source)).frames.length, 2);
});

for (const [what, bytes] of [
  ['a pcap file', pcap],
  ['a pcapng file in gzip', gzip(pcapng)],
] as const) {
  test(`${what} reads from a FIFO whose writer comes later and writes in pieces`, async (t) => {
    const fifo = path.join(directory, what.replaceAll(' ', '-'));
    execFileSync('mkfifo', [fifo]);
    const opening = openCapture(fifo, 'fast');
    const writer = await fs.promises.open(fifo, 'w');
    for (let at = 0; at < bytes.length; at += 30) await writer.write(bytes.subarray(at, at + 30));
    await writer.close();
    const { frames, damage } = await readAll(await opening);
    t.is(damage, '');
    t.deepEqual(
      frames.map((frame) => frame.capLen),
      [60, 70],
    );
  });
}

test('closing ends an iteration that waits for a FIFO', async (t) => {
  const fifo = path.join(directory, 'waiting');
  execFileSync('mkfifo', [fifo]);
  const opening = openCapture(fifo, 'fast');
  const writer = await fs.promises.open(fifo, 'w');
  await writer.write(pcap.subarray(0, 120));
  const source = await opening;
  const frames = source[Symbol.asyncIterator]();
  const first = await frames.next();
  t.is(first.value?.count, 1);
  const second = frames.next();
  await source.close();
  t.true((await second).done);
  await writer.close();
});
