import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { Magic, type PcapOptions, pcapFile, pcapReader, readAll, someBytes } from './builders.js';
import { check } from './property.js';

const records = [
  { seconds: 1_700_000_000, fraction: 999_999, data: someBytes(60) },
  { seconds: 1_700_000_001, fraction: 5, data: someBytes(7, 2), origLen: 1500 },
  { seconds: 4_294_967_295, fraction: 1, data: new Uint8Array(0), origLen: 64 },
];

async function reads(t: ExecutionContext, options: PcapOptions, fractionNs: bigint): Promise<void> {
  const headerLen = options.magic === Magic.modified ? 24 : 16;
  const { frames, damage } = await readAll(pcapReader(pcapFile(options, records)));
  t.is(damage, '');
  let position = 24;
  for (const [index, frame] of frames.entries()) {
    const record = records[index];
    t.is(frame.tsNs, BigInt(record.seconds) * 1_000_000_000n + BigInt(record.fraction) * fractionNs);
    t.is(frame.data, Buffer.from(record.data).toString('hex'));
    t.is(frame.origLen, record.origLen ?? record.data.length);
    t.is(frame.position, position);
    position += headerLen + record.data.length;
  }
  t.is(frames.length, records.length);
}

for (const littleEndian of [true, false]) {
  const order = littleEndian ? 'little' : 'big';
  test(`a ${order} endian file with microseconds reads`, reads, { littleEndian }, 1000n);
  test(`a ${order} endian file with nanoseconds reads`, reads, { littleEndian, magic: Magic.nano }, 1n);
  test(
    `a ${order} endian file of the modified kind reads`,
    reads,
    { littleEndian, magic: Magic.modified },
    1000n,
  );
}

for (const isLater of [false, true]) {
  test(`chunks of any size give the same frames, ${isLater ? 'later' : 'at once'}`, async (t) => {
    const file = pcapFile({}, records);
    const whole = await readAll(pcapReader(file));
    for (let most = 1; most <= file.length; most++) {
      t.deepEqual(await readAll(pcapReader(file, most, isLater)), whole);
    }
  });
}

test('a file cut at any byte gives every whole record before the cut, and says where it is', async (t) => {
  const file = pcapFile({}, records);
  const whole = await readAll(pcapReader(file));
  const ends = whole.frames.map((frame) => frame.position + 16 + frame.capLen);
  for (let len = 0; len < file.length; len++) {
    const cut = await readAll(pcapReader(file.slice(0, len)));
    const count = ends.filter((end) => end <= len).length;
    const boundary = count === 0 ? 24 : ends[count - 1];
    t.deepEqual(cut.frames, whole.frames.slice(0, count));
    if (len < 24) t.is(cut.damage, `not-a-capture at ${len}`);
    else t.is(cut.damage, len === boundary ? '' : `truncated at ${boundary}`);
  }
});

test('a captured length above the maximum is damage after what stands before it', async (t) => {
  const file = pcapFile({}, [records[0], { capLen: 262_145, data: someBytes(300_000) }]);
  const { frames, damage, message } = await readAll(pcapReader(file));
  t.is(frames.length, 1);
  t.is(damage, 'corrupt at 100');
  t.regex(message, /record at byte 100: captured length 262145 is above the maximum 262144/);
});

test('a captured length of 262,144 is read whole', async (t) => {
  const { frames } = await readAll(pcapReader(pcapFile({}, [{ data: someBytes(262_144) }]), 5000));
  t.is(frames[0].capLen, 262_144);
});

test('a captured length that the file does not hold takes no memory', async (t) => {
  const reader = pcapReader(pcapFile({ linkType: 249 }, [{ capLen: 128 << 20, data: someBytes(10) }]));
  t.is((await readAll(reader)).damage, 'truncated at 24');
  t.true(reader.window.bytes.length <= 4 << 20);
});

test('lengths are swapped before version 2.3, and in 2.3 where they must be', async (t) => {
  const swapped = { capLen: 100, origLen: 5, data: someBytes(5) };
  for (const minor of [2, 3]) {
    const { frames, damage } = await readAll(pcapReader(pcapFile({ minor }, [swapped])));
    t.is(damage, '');
    t.deepEqual([frames[0].capLen, frames[0].origLen], [5, 100]);
  }
  const { frames } = await readAll(
    pcapReader(pcapFile({ minor: 3 }, [{ origLen: 100, data: someBytes(5) }])),
  );
  t.deepEqual([frames[0].capLen, frames[0].origLen], [5, 100]);
});

async function refuses(t: ExecutionContext, options: PcapOptions, message: RegExp): Promise<void> {
  const result = await readAll(pcapReader(pcapFile(options, records)));
  t.regex(result.damage, /^not-a-capture/);
  t.regex(result.message, message);
  t.is(result.frames.length, 0);
}
test('reserved bits of the linktype are refused', refuses, { linkType: 0x300000 }, /0x00300000/);
test('a linktype that no tool reads is refused', refuses, { linkType: 281 }, /linktype 281/);

test('the frame check sequence bits above the linktype are ignored', async (t) => {
  const { frames } = await readAll(pcapReader(pcapFile({ linkType: 0x30000001 }, records)));
  t.is(frames[0].linkType, LinkType.ethernet);
});

test('a length on the link above 2^31-1 is held to it', async (t) => {
  const { frames } = await readAll(pcapReader(pcapFile({}, [{ data: someBytes(1), origLen: 0xffffffff }])));
  t.is(frames[0].origLen, 0x7fffffff);
});

test('only the linktype tells the role of the one interface', async (t) => {
  for (const [linkType, role] of [
    [LinkType.null, InterfaceRole.loopback],
    [LinkType.loop, InterfaceRole.loopback],
    [LinkType.ethernet, InterfaceRole.unknown],
  ]) {
    const reader = pcapReader(pcapFile({ linkType }, records));
    await readAll(reader);
    t.is(reader.interfaces[0].role, role as InterfaceRole);
  }
});

test('more frames than a batch holds come in several batches', async (t) => {
  const many = Array.from({ length: 10_000 }, (_, index) => ({ seconds: index, data: someBytes(index % 5) }));
  const { frames } = await readAll(pcapReader(pcapFile({}, many)));
  t.true(frames.every((frame, index) => frame.tsNs === BigInt(index) * 1_000_000_000n));
  t.is(frames.length, 10_000);
});

test('any bytes behind a header give frames within them or damage', async (t) => {
  const header = pcapFile({}, []);
  await check(
    t,
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: 1, max: 64 }),
      async (tail, most) => {
        const file = new Uint8Array([...header, ...tail]);
        const { frames, damage } = await readAll(pcapReader(file, most));
        return damage !== '' || frames.reduce((sum, frame) => sum + 16 + frame.capLen, 24) === file.length;
      },
    ),
  );
});

test('closing while a record is incomplete ends the iteration without an error', async (t) => {
  const reader = pcapReader(pcapFile({}, records).slice(0, 110));
  let count = 0;
  for await (const batch of reader) {
    count += batch.count;
    batch.release();
    await reader.close();
  }
  t.is(count, 1);
  await reader.close();
});
