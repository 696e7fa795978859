import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { CaptureError } from '../../src/capture/capture-error.js';
import { ChunkWindow } from '../../src/capture/chunk-window.js';
import { PcapParserSource } from '../../src/capture/pcap-parser-source.js';
import {
  Magic,
  MemorySource,
  type PcapOptions,
  pcapFile,
  pcapReader,
  readAll,
  someBytes,
} from './builders.js';
import { check } from './property.js';

function reference(bytes: Uint8Array, most?: number): PcapParserSource {
  const input = new MemorySource(bytes, most, true);
  return new PcapParserSource('test.pcap', input, new ChunkWindow(input));
}

const records = [
  { seconds: 1_700_000_000, fraction: 999_999, data: someBytes(60) },
  { seconds: 1_700_000_001, fraction: 5, data: someBytes(7, 2), origLen: 1500 },
  { seconds: 4_294_967_295, fraction: 1, data: new Uint8Array(0), origLen: 64 },
  { seconds: 1, fraction: 4_000_000_000, data: someBytes(20_000, 3), origLen: 0xffffffff },
];

/** Both engines tell the same of these bytes. */
async function agree(t: ExecutionContext, bytes: Uint8Array, most?: number): Promise<void> {
  t.deepEqual(await readAll(reference(bytes, most)), await readAll(pcapReader(bytes)));
}

for (const littleEndian of [true, false]) {
  test(`both engines read a ${littleEndian ? 'little' : 'big'} endian file alike`, async (t) => {
    const file = pcapFile({ littleEndian, linkType: 0x30000065 }, records);
    for (const most of [1, 2, 3, 100, 16_384, 100_000]) await agree(t, file, most);
  });
}

test('both engines tell the same of a file cut at any byte', async (t) => {
  const file = pcapFile({}, records.slice(0, 3));
  for (let len = 0; len <= file.length; len++) await agree(t, file.slice(0, len));
});

test('both engines tell the same of a captured length that lies', async (t) => {
  await agree(t, pcapFile({}, [records[0], { capLen: 262_145 }]));
  await agree(t, pcapFile({}, [records[0], { capLen: 0xffffffff }]));
  await agree(t, pcapFile({ linkType: 249 }, [records[0], { capLen: 100 << 20, data: someBytes(100_000) }]));
});

test('both engines give many frames alike', async (t) => {
  const many = Array.from({ length: 20_000 }, (_, index) => ({
    seconds: index,
    data: someBytes(index % 90),
  }));
  await agree(t, pcapFile({}, many));
  await agree(t, pcapFile({}, Array(20_000).fill({})));
  await agree(
    t,
    pcapFile(
      {},
      Array.from({ length: 20 }, (_, index) => ({ data: someBytes(262_144, index) })),
    ),
  );
});

test('both engines tell the same of any changed file', async (t) => {
  const file = pcapFile({}, records.slice(0, 3));
  const change = fc.tuple(fc.integer({ min: 24, max: file.length - 1 }), fc.nat(255));
  await check(
    t,
    fc.asyncProperty(fc.array(change, { maxLength: 4 }), async (changes) => {
      const changed = file.slice();
      for (const [at, value] of changes) changed[at] = value;
      await agree(t, changed, 50);
    }),
  );
});

async function refuses(t: ExecutionContext, options: PcapOptions): Promise<void> {
  const error = await t.throwsAsync(reference(pcapFile(options, records))[Symbol.asyncIterator]().next(), {
    instanceOf: CaptureError,
  });
  t.is(error.code, 'engine');
  t.regex(error.message, /use --engine fast/);
}
test('nanoseconds are refused', refuses, { magic: Magic.nano });
test('the modified kind is refused', refuses, { magic: Magic.modified });
test('a version whose lengths may be swapped is refused', refuses, { minor: 3 });
