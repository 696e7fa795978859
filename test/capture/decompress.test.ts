import zlib from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { CaptureError } from '../../src/capture/capture-error.js';
import { ChunkWindow } from '../../src/capture/chunk-window.js';
import { type Compression, compressionOf, decompress } from '../../src/capture/decompress.js';
import { Bytes, concat, MemorySource, someBytes } from './builders.js';
import { lz4Block, lz4Bomb, lz4Frame, lz4Header, lz4Legacy, zstdBomb, zstdFrame } from './compressors.js';
import { check } from './property.js';

/** Text, noise and a run: literals, matches near and far, RLE. */
const sample = concat([
  new TextEncoder().encode('loscope shows how every packet got there, '.repeat(40)),
  someBytes(900),
  new Uint8Array(1000),
]);
const text =
  'loscope loscope: the quick brown fox jumps over the lazy dog, the lazy dog jumps over the quick brown fox; ' +
  '127.0.0.1 and ::1 and 127.0.0.1 and ::1\n';
const asText = new TextEncoder().encode(text);
const base64 = (value: string) => new Uint8Array(Buffer.from(value, 'base64'));
const gzip = (data: Uint8Array) => new Uint8Array(zlib.gzipSync(data));

interface Decoded {
  data: Buffer;
  code: string;
  message: string;
}

async function decode(bytes: Uint8Array, most?: number, isLater = true): Promise<Decoded> {
  const window = new ChunkWindow(new MemorySource(bytes, most, isLater));
  await window.fill(4);
  const compression = compressionOf(window);
  if (compression === null) throw new Error('no compression was recognised');
  const source = decompress(compression, 'test', window);
  const parts: Uint8Array[] = [];
  const into = new Uint8Array(700);
  try {
    for (;;) {
      const count = await source.read(into, 3);
      if (count === 0) return { data: Buffer.concat(parts), code: '', message: '' };
      parts.push(into.slice(3, 3 + count));
    }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return { data: Buffer.concat(parts), code: error.code, message: error.message };
  } finally {
    await source.close();
  }
}

const skippable = new Bytes(true).u32(0x184d2a53).u32(5).raw(someBytes(5)).done();
const extraGzip = () => {
  const plain = gzip(sample);
  const header = plain.slice(0, 10);
  header[3] = 4 | 8 | 16 | 2;
  const fields = new Bytes(true)
    .u16(3)
    .raw(someBytes(3))
    .raw(Buffer.from('a name\0a comment\0'))
    .u16(0)
    .done();
  return concat([header, fields, plain.slice(10)]);
};

const files: Record<string, [bytes: Uint8Array, content: Uint8Array]> = {
  'a gzip file': [gzip(sample), sample],
  'a gzip file of two members and padding': [
    concat([gzip(sample), gzip(asText), new Uint8Array(20)]),
    concat([sample, asText]),
  ],
  'a gzip file with every header field': [extraGzip(), sample],
  'a zstd file': [zstdFrame(sample), sample],
  'a zstd file with a checksum': [zstdFrame(sample, { checksum: true, blockLen: 100 }), sample],
  'a zstd file of tiny blocks': [zstdFrame(asText, { blockLen: 1 }), asText],
  'a zstd file of two frames behind one to skip': [
    concat([skippable, zstdFrame(sample), skippable, zstdFrame(asText)]),
    concat([sample, asText]),
  ],
  'a zstd file that zstd wrote, of known size': [
    base64(
      'KLUv/SSTzQIAFARsb3Njb3BlIDogdGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVybGF6eSBkb2csOyAxMjcuMDEgYW5kIDo6CggAOR2stDwHDAke' +
        'JHWAmHcg1H2zywVdWHhF',
    ),
    asText,
  ],
  'a zstd file that zstd wrote, from a pipe': [
    base64(
      'KLUv/QRY1QIARARsb3Njb3BlIDogdGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVybGF6eSBkb2csOyAxMjcuMC4wLjEgYW5kIDo6CgcAOSewwgIJ' +
        'nSWFhJh3INR9ywoXXVh4RQ==',
    ),
    asText,
  ],
  'an lz4 file': [lz4Frame(sample), sample],
  'an lz4 file of linked blocks': [lz4Frame(sample, { linked: true, contentChecksum: true }), sample],
  'an lz4 file with every checksum and its size': [
    lz4Frame(sample, { blockChecksum: true, contentChecksum: true, contentSize: true, sizeCode: 5 }),
    sample,
  ],
  'an lz4 file of stored blocks': [lz4Frame(sample, { stored: true, linked: true }), sample],
  'a legacy lz4 file': [lz4Legacy(sample), sample],
  'an lz4 file of several frames and one to skip': [
    concat([lz4Legacy(sample), lz4Frame(asText), skippable, lz4Frame(sample)]),
    concat([sample, asText, sample]),
  ],
  'an lz4 file that lz4 wrote': [
    base64(
      'BCJNGHxAkwAAAAAAAACIYAAAAINsb3Njb3BlIAgA8RE6IHRoZSBxdWljayBicm93biBmb3gganVtcHMgb3Zlch8AmWxhenkgZG9nLA4ADCYAC0UA8gM7' +
        'IDEyNy4wLjAuMSBhbmQgOjoIAAkWAFAgOjoxCqUWAr4AAAAAtAax3g==',
    ),
    asText,
  ],
};

for (const [what, [bytes, content]] of Object.entries(files)) {
  test(`${what} decompresses`, async (t) => {
    const { data, message } = await decode(bytes);
    t.is(message, '');
    t.true(data.equals(content));
  });

  test(`${what} decompresses from chunks of any size`, async (t) => {
    for (const isLater of [false, true]) {
      for (const most of [1, 2, 3, 5, 17, 18, 19, 100, 1001]) {
        const { data, message } = await decode(bytes, most, isLater);
        t.is(message, '');
        t.true(data.equals(content), `${most}`);
      }
    }
  });

  test(`${what} cut at any byte gives what is before the cut`, async (t) => {
    const step = Math.max(1, Math.floor(bytes.length / 400));
    let before = 0;
    for (let len = 4; len < bytes.length; len += step) {
      const { data, code } = await decode(bytes.slice(0, len));
      t.true(data.equals(content.subarray(0, data.length)), `${len}`);
      t.true(data.length >= before, `${len}`);
      before = data.length;
      if (data.length < content.length && code === '') t.true(isBoundary(bytes, len), `${len}`);
    }
  });

  test(`${what} with changed bytes gives data or a decompression error`, async (t) => {
    const change = fc.tuple(fc.integer({ min: 4, max: bytes.length - 1 }), fc.nat(255));
    await check(
      t,
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const changed = bytes.slice();
        for (const [at, value] of changes) changed[at] = value;
        const { code } = await decode(changed);
        return code === '' || code === 'decompression';
      }),
      60,
    );
  });
}

/** Whether a file cut there still ends with a whole frame, member or legacy block. */
function isBoundary(bytes: Uint8Array, len: number): boolean {
  const next = new DataView(bytes.buffer, bytes.byteOffset).getUint32(len, true);
  const isFrame =
    next === 0xfd2fb528 || next === 0x184d2204 || next === 0x184d2a53 || (next & 0xffff) === 0x8b1f;
  return isFrame || next === 0x184c2102 || new DataView(bytes.buffer).getUint32(0, true) === 0x184c2102;
}

async function refuses(t: ExecutionContext, bytes: Uint8Array, message: RegExp, before = 0): Promise<void> {
  const decoded = await decode(bytes);
  t.is(decoded.code, 'decompression');
  t.regex(decoded.message, message);
  t.is(decoded.data.length, before);
}

const changed = (bytes: Uint8Array, fromEnd: number) => {
  const copy = bytes.slice();
  copy[copy.length - fromEnd] ^= 0x55;
  return copy;
};
const len = sample.length;
test(
  'a gzip checksum that differs is told after the data',
  refuses,
  changed(gzip(sample), 8),
  /checksum/,
  len,
);
test('a gzip length that differs is told after the data', refuses, changed(gzip(sample), 4), /length/, len);
test(
  'bytes behind the last gzip member are told after the data',
  refuses,
  concat([gzip(sample), asText]),
  /0x6c6f does not begin a gzip member/,
  len,
);
test(
  'a gzip method other than deflate is refused',
  refuses,
  Uint8Array.of(31, 139, 7, 0, 0, 0, 0, 0, 0, 0),
  /method 7/,
);
test(
  'an lz4 content checksum that differs is told after the data',
  refuses,
  changed(lz4Frame(sample, { contentChecksum: true }), 1),
  /content checksum/,
  len,
);
test(
  'an lz4 block checksum that differs keeps its block back',
  refuses,
  changed(lz4Frame(sample, { blockChecksum: true, blockLen: 1000 }), 5),
  /block checksum/,
  len - (len % 1000),
);
test('an lz4 header checksum that differs is refused', refuses, changed(lz4Header({}), 1), /header checksum/);
test('an lz4 dictionary is refused', refuses, lz4Frame(sample, { dictionary: true }), /dictionary/);
test(
  'an lz4 block longer than its frame allows is refused',
  refuses,
  concat([lz4Header({}), new Bytes(true).u32(65_537).done()]),
  /65537 bytes is above the maximum 65536/,
);
test(
  'an lz4 block that gives more than its frame allows is refused at the limit',
  refuses,
  lz4Frame(new Uint8Array(70_000), { blockLen: 70_000 }),
  /does not fit/,
  65_536,
);
test(
  'an lz4 offset before the data is refused',
  refuses,
  concat([lz4Header({}), new Bytes(true).u32(4).u8(0x10).u8(9).u16(2).u32(0).done()]),
  /offset 2 is not within 1 bytes/,
  1,
);
test(
  'a zstd window above 128 MiB is refused',
  refuses,
  new Bytes(true).u32(0xfd2fb528).u8(0).u8(0x91).u16(1).u8(0).done(),
  /window of 301989888 bytes is above the maximum 134217728/,
);
test(
  'a zstd frame in one segment above 128 MiB is refused',
  refuses,
  new Bytes(true)
    .u32(0xfd2fb528)
    .u8(0xe0)
    .u64(2n ** 40n)
    .u16(1)
    .u8(0)
    .done(),
  /window of 1099511627776 bytes/,
);
test(
  'a zstd block above 128 KiB is refused',
  refuses,
  new Bytes(true)
    .u32(0xfd2fb528)
    .u8(0)
    .u8(0x38)
    .u16((131_073 << 3) & 0xffff)
    .u8(0x10)
    .done(),
  /block of 131073 bytes is above the maximum 131072/,
);
test(
  'a zstd dictionary is refused',
  refuses,
  new Bytes(true).u32(0xfd2fb528).u8(1).u8(0x38).u8(9).u16(1).u8(0).done(),
  /dictionary/,
);
test(
  'bytes behind the last frame are told after the data',
  refuses,
  concat([zstdFrame(asText), asText]),
  /begin a frame/,
  asText.length,
);

test('no bytes behind a recognised magic do anything but give data or an error', async (t) => {
  const begins = [
    zstdFrame(asText).slice(0, 6),
    lz4Header({ linked: true }),
    lz4Legacy(asText).slice(0, 4),
    gzip(asText).slice(0, 10),
  ];
  await check(
    t,
    fc.asyncProperty(fc.constantFrom(...begins), fc.uint8Array({ maxLength: 300 }), async (begin, tail) => {
      const { code } = await decode(concat([begin, tail]));
      return code === '' || code === 'decompression';
    }),
    500,
  );
});

test('any data comes back from an lz4 frame of linked or independent blocks', async (t) => {
  const data = fc.array(fc.tuple(fc.uint8Array({ maxLength: 9 }), fc.nat(60)), { maxLength: 40 });
  await check(
    t,
    fc.asyncProperty(
      data,
      fc.boolean(),
      fc.integer({ min: 1, max: 500 }),
      async (pieces, linked, blockLen) => {
        const content = concat(
          pieces.flatMap(([piece, times]) => Array.from({ length: times }, () => piece)),
        );
        const decoded = await decode(lz4Frame(content, { linked, blockLen }));
        t.is(decoded.message, '');
        t.true(decoded.data.equals(content));
      },
    ),
    100,
  );
});

test('the test compressor finds matches', (t) => {
  t.true(lz4Block(sample, 0, sample.length, 0).length < sample.length / 2);
});

async function bomb(
  t: ExecutionContext,
  compression: Compression,
  bytes: Uint8Array,
  size: number,
): Promise<void> {
  const window = new ChunkWindow(new MemorySource(bytes));
  await window.fill(4);
  t.is(compressionOf(window), compression);
  const source = decompress(compression, 'bomb', window);
  const into = new Uint8Array(1 << 20);
  const before = process.memoryUsage();
  let most = 0;
  let total = 0;
  for (let count = await source.read(into, 0); count > 0; count = await source.read(into, 0)) {
    total += count;
    if (total % (1 << 24) > count) continue;
    const now = process.memoryUsage();
    most = Math.max(most, now.arrayBuffers + now.heapUsed - before.arrayBuffers - before.heapUsed);
  }
  t.is(total, size);
  t.log(`${size >> 20} MiB of ${bytes.length >> 10} KiB, with at most ${most >> 20} MiB of memory more`);
  t.true(most < 200 << 20);
}

const mib = 1 << 20;
const zeros64 = gzip(new Uint8Array(64 * mib));
test.serial('a gzip bomb needs no memory', bomb, 'gzip', concat(Array(16).fill(zeros64)), 1024 * mib);
test.serial('a zstd bomb needs no memory', bomb, 'zstd', zstdBomb(8192), 1024 * mib);
test.serial('an lz4 bomb needs no memory', bomb, 'lz4', lz4Bomb(256), 1024 * mib);
