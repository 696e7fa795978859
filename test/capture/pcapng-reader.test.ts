import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { Direction, FrameFlag } from '../../src/capture/frame-batch.js';
import { LinkType } from '../../src/capture/link-type.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { concat, type Option, pcapngReader, readAll, SectionBuilder, someBytes } from './builders.js';
import { check } from './property.js';

const text = (value: string) => new TextEncoder().encode(value);
const name = (value: string): Option => [2, text(value)];
const resolution = (value: number): Option => [9, Uint8Array.of(value)];

/** Three interfaces, every packet block, blocks to skip: 2 sections of the two byte orders. */
function mixedFile(littleEndian: boolean): Uint8Array {
  const second = 1_700_000_000n;
  const first = new SectionBuilder(littleEndian)
    .interface(LinkType.ethernet, [name('lo')])
    .interface(LinkType.raw, [name('eth0'), resolution(9)], 5)
    .enhanced(someBytes(61), { ticks: second * 1_000_000n + 7n })
    .block(0xbad, someBytes(40))
    .enhanced(someBytes(62, 2), { ticks: second * 1_000_000n + 8n, origLen: 1000 })
    .enhanced(someBytes(5, 3), { id: 1, ticks: second * 1_000_000_000n + 9n, origLen: 99 })
    .obsolete(someBytes(13, 4), 0, 3, second * 1_000_000n)
    .simple(someBytes(33, 5))
    .statistics(1, [[5, new SectionBuilder(littleEndian).bytes().u64(17n).done()]]);
  const next = new SectionBuilder(!littleEndian)
    .block(4, someBytes(8))
    .interface(LinkType.null, [], 20)
    .simple(someBytes(20, 6), 1000)
    .enhanced(new Uint8Array(0));
  return concat([first.done(), next.done()]);
}

for (const littleEndian of [true, false]) {
  const order = littleEndian ? 'little' : 'big';

  test(`a file that begins with a ${order} endian section reads`, async (t) => {
    const reader = pcapngReader(mixedFile(littleEndian));
    const { frames, damage } = await readAll(reader);
    t.is(damage, '');
    t.deepEqual(
      frames.map(({ interfaceId, linkType, tsNs, capLen, origLen }) => [
        interfaceId,
        linkType,
        tsNs,
        capLen,
        origLen,
      ]),
      [
        [0, 1, 1_700_000_000_000_007_000n, 61, 61],
        [0, 1, 1_700_000_000_000_008_000n, 62, 1000],
        [1, 101, 1_700_000_000_000_000_009n, 5, 99],
        [0, 1, 1_700_000_000_000_000_000n, 13, 13],
        [0, 1, 0n, 33, 33],
        [2, 0, 0n, 20, 1000],
        [2, 0, 0n, 0, 0],
      ],
    );
    t.is(frames[0].data, Buffer.from(someBytes(61)).toString('hex'));
    t.deepEqual(
      reader.interfaces.map((each) => [each.id, each.name, each.role, each.dropped]),
      [
        [0, 'lo', InterfaceRole.loopback, 3],
        [1, 'eth0', InterfaceRole.wire, 17],
        [2, '', InterfaceRole.loopback, null],
      ],
    );
    t.is(reader.stats().dropped, 20);
  });

  for (const isLater of [false, true]) {
    const when = isLater ? 'later' : 'at once';
    test(`chunks of any size give the same frames, ${order} endian, ${when}`, async (t) => {
      const file = mixedFile(littleEndian);
      const whole = await readAll(pcapngReader(file));
      for (let most = 1; most <= file.length; most++) {
        t.deepEqual(await readAll(pcapngReader(file, most, isLater)), whole);
      }
    });
  }
}

test('a file cut at any byte gives every whole packet before the cut, and says where it is', async (t) => {
  const file = mixedFile(true);
  const whole = await readAll(pcapngReader(file));
  const view = new DataView(file.buffer);
  const boundaries = new Set<number>([0]);
  let littleEndian = true;
  for (let at = 0; at < file.length; ) {
    if (view.getUint32(at) === 0x0a0d0d0a) littleEndian = view.getUint32(at + 8, true) === 0x1a2b3c4d;
    at += view.getUint32(at + 4, littleEndian);
    boundaries.add(at);
  }
  for (let len = 1; len < file.length; len++) {
    const cut = await readAll(pcapngReader(file.slice(0, len)));
    const start = Math.max(...[...boundaries].filter((at) => at <= len));
    if (len < 28) t.is(cut.damage, 'not-a-capture at 0');
    else t.is(cut.damage, start === len ? '' : `truncated at ${start}`, `${len}`);
    t.deepEqual(cut.frames, whole.frames.slice(0, cut.frames.length));
    t.is(cut.frames.length, whole.frames.filter((frame) => frame.position < start).length);
  }
});

/** A section with a good packet and then what `add` puts behind it. */
async function damaged(
  t: ExecutionContext,
  add: (section: SectionBuilder) => void,
  damage: string,
  message: RegExp,
): Promise<void> {
  const section = new SectionBuilder().interface().enhanced(someBytes(60));
  add(section);
  for (const most of [1, 7, 100_000]) {
    const result = await readAll(pcapngReader(section.done(), most));
    t.is(result.frames.length, 1);
    t.is(result.damage, damage);
    t.regex(result.message, message);
  }
}

const body = (len: number) => new Uint8Array(len);
test(
  'a block below the minimum is damage',
  damaged,
  (s) => s.block(0xbad, body(20), { total: 8 }),
  'corrupt at 140',
  /block at byte 140: length 8 is below the minimum 12/,
);
test(
  'an enhanced packet block below its minimum is damage',
  damaged,
  (s) => s.block(6, body(0)),
  'corrupt at 140',
  /length 12 is below the minimum 32/,
);
test(
  'a trailing length that differs is damage',
  damaged,
  (s) => s.block(6, body(20), { trailer: 28 }),
  'corrupt at 140',
  /length is 32 at its start and 28 at its end/,
);
test(
  'a trailing length that differs is damage in a skipped block too',
  damaged,
  (s) => s.block(0xbad, body(20), { trailer: 28 }),
  'corrupt at 140',
  /length is 32 at its start and 28 at its end/,
);
test(
  'packet data longer than its block is damage',
  damaged,
  (s) => s.enhanced(someBytes(60), { capLen: 61 + 4 }),
  'corrupt at 140',
  /captured length 65 is above the 60 bytes it holds/,
);
test(
  'an interface that the section does not have is damage',
  damaged,
  (s) => s.enhanced(someBytes(60), { id: 7 }),
  'corrupt at 140',
  /interface 7 is not one of the 1 of its section/,
);
test(
  'a captured length above the maximum of its linktype is damage',
  damaged,
  (s) => s.enhanced(new Uint8Array(262_145)),
  'corrupt at 140',
  /captured length 262145 is above the maximum 262144/,
);
test(
  'a packet block that is absurdly long is damage before it is waited for',
  damaged,
  (s) => s.block(6, body(20), { total: 0xfffffff0 }),
  'corrupt at 140',
  /length 4294967280 is above the maximum 16777216/,
);
test(
  'an interface block that is absurdly long is damage before it is waited for',
  damaged,
  (s) => s.block(1, body(20), { total: 0x2000000 }),
  'corrupt at 140',
  /length 33554432 is above the maximum 16777216/,
);
test(
  'an option that reaches past its packet block is damage',
  damaged,
  (s) => s.block(6, s.bytes().raw(body(20)).u16(1).u16(100).done()),
  'corrupt at 140',
  /option 1 of length 100 reaches past the block/,
);
test(
  'a later section of an unknown version is damage',
  damaged,
  (s) => s.block(0x0a0d0d0a, s.bytes().u32(0x1a2b3c4d).u16(9).u16(0).u64(0n).done()),
  'corrupt at 140',
  /version 9.0/,
);

test('a packet before any interface is damage', async (t) => {
  const result = await readAll(pcapngReader(new SectionBuilder().enhanced(someBytes(4)).done()));
  t.is(result.damage, 'corrupt at 28');
  t.regex(result.message, /interface 0 is not one of the 0/);
});

test('interfaces of a section before are not those of the next', async (t) => {
  const first = new SectionBuilder().interface().done();
  const result = await readAll(
    pcapngReader(concat([first, new SectionBuilder().simple(someBytes(4)).done()])),
  );
  t.is(result.damage, 'corrupt at 76');
});

test('a first section of an unknown version is not a capture', async (t) => {
  const { damage } = await readAll(pcapngReader(new SectionBuilder(true, [1, 1]).interface().done()));
  t.is(damage, 'not-a-capture at 0');
});

test('a section header whose option reaches past it is damage', async (t) => {
  const header = new SectionBuilder().bytes().u32(0x1a2b3c4d).u16(1).u16(0).u64(0n).u16(1).u16(50);
  const file = concat([
    new SectionBuilder().done(),
    new SectionBuilder().block(0x0a0d0d0a, header.done()).done(),
  ]);
  t.is((await readAll(pcapngReader(file))).damage, 'corrupt at 56');
});

test('a length that is not a multiple of 4 is rounded up, as Wireshark does', async (t) => {
  const section = new SectionBuilder().interface();
  const packet = section.bytes().u32(0).u64(0n).u32(2).u32(2).raw(someBytes(2)).pad().done();
  section.block(6, packet, { total: 34 }).enhanced(someBytes(3));
  const { frames, damage } = await readAll(pcapngReader(section.done()));
  t.is(damage, '');
  t.deepEqual(
    frames.map((frame) => frame.capLen),
    [2, 3],
  );
});

test('recorded addresses, names and snaplen are those of the interface', async (t) => {
  const options: Option[] = [
    name('wlan0'),
    [4, Uint8Array.of(192, 0, 2, 1, 255, 255, 255, 0)],
    [4, Uint8Array.of(10, 0, 0, 1, 255, 255, 255, 255)],
    [5, Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 64)],
    [5, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 128)],
    [5, Uint8Array.of(0xfe, 0x80, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 10)],
    [5, someBytes(3)],
  ];
  const reader = pcapngReader(new SectionBuilder(false).interface(1, options, 96).done());
  await readAll(reader);
  const [{ addresses, snapLen, ...rest }] = reader.interfaces;
  t.deepEqual(addresses, ['192.0.2.1/24', '10.0.0.1/32', '2001:db8::1:2/64', '::1/128', 'fe80:0:1:0:2::/10']);
  t.is(snapLen, 96);
  t.is(rest.name, 'wlan0');
});

for (const [what, word, direction, flags] of [
  ['in', 0b01, Direction.in, 0],
  ['out', 0b10, Direction.out, 0],
  ['out, although it is a multicast', 0b01010, Direction.out, 0],
  ['multicast', 0b01001, Direction.multicast, 0],
  ['broadcast', 0b01101, Direction.broadcast, 0],
  ['other, received by a promiscuous interface', 0b10001, Direction.other, 0],
  ['with its checksum not ready', 0x200, Direction.unknown, FrameFlag.checksumNotReady],
] as const) {
  test(`the flags option tells a packet that is ${what}`, async (t) => {
    for (const littleEndian of [true, false]) {
      const section = new SectionBuilder(littleEndian).interface();
      const value = section.bytes().u32(word).done();
      const comment: Option = [1, text('hello')];
      section.enhanced(someBytes(5), { options: [comment, [2, value]] }).enhanced(someBytes(6));
      const { frames } = await readAll(pcapngReader(section.done()));
      t.deepEqual([frames[0].direction, frames[0].flags], [direction, flags]);
      t.deepEqual([frames[1].direction, frames[1].flags], [Direction.unknown, 0]);
    }
  });
}

test('drop counts of packets add up until statistics tell the sum', async (t) => {
  const section = new SectionBuilder(false).interface();
  const count = (value: bigint) => section.bytes().u64(value).done();
  section
    .enhanced(someBytes(5), { options: [[4, count(2n)]] })
    .enhanced(someBytes(5), { options: [[4, count(3n)]] });
  const before = pcapngReader(section.done());
  await readAll(before);
  t.is(before.interfaces[0].dropped, 5);
  section.statistics(0, [
    [5, count(10n)],
    [7, count(1n)],
  ]);
  const after = pcapngReader(section.done());
  await readAll(after);
  t.is(after.interfaces[0].dropped, 11);
});

test('interfaces that alternate keep their frames in order', async (t) => {
  const section = new SectionBuilder().interface(1).interface(101);
  for (let index = 0; index < 500; index++)
    section.enhanced(someBytes(index % 9), { id: index % 2, ticks: 1n });
  const { frames } = await readAll(pcapngReader(section.done(), 1000));
  t.is(frames.length, 500);
  t.true(frames.every((frame, index) => frame.interfaceId === index % 2 && frame.capLen === index % 9));
});

test('a block that is skipped is not kept in memory', async (t) => {
  const section = new SectionBuilder().interface().block(0xbad, new Uint8Array(40 << 20));
  const reader = pcapngReader(section.simple(someBytes(5)).done());
  const { frames } = await readAll(reader);
  t.is(frames.length, 1);
  t.true(reader.window.bytes.length <= 1 << 20);
});

test('more interfaces than a host can have are damage', async (t) => {
  const one = new SectionBuilder().interface().done().slice(28);
  const file = Buffer.concat([new SectionBuilder().done(), Buffer.alloc(one.length * 65_537, one)]);
  const { damage, message } = await readAll(pcapngReader(new Uint8Array(file)));
  t.is(damage, `corrupt at ${28 + one.length * 65_536}`);
  t.regex(message, /more than 65536 interfaces/);
});

test('any change to a file gives frames within it or damage, the same for any chunks', async (t) => {
  const file = mixedFile(true);
  const change = fc.tuple(fc.nat(file.length - 1), fc.nat(255));
  await check(
    t,
    fc.asyncProperty(
      fc.array(change, { maxLength: 4 }),
      fc.integer({ min: 1, max: 99 }),
      async (changes, most) => {
        const changed = file.slice();
        for (const [at, value] of changes) changed[at] = value;
        const whole = await readAll(pcapngReader(changed));
        t.deepEqual(await readAll(pcapngReader(changed, most)), whole);
      },
    ),
    500,
  );
});

test('any bytes behind a section header give frames or damage', async (t) => {
  const header = new SectionBuilder().interface().done();
  await check(
    t,
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (tail) => {
      await readAll(pcapngReader(concat([header, tail])));
    }),
    500,
  );
});
