import test from 'ava';
import fc from 'fast-check';
import { loadNative } from '../../src/capture/native.js';
import { Magic, type PcapOptions, type PcapRecord, pcapFile, pcapReader, readAll } from './builders.js';
import { check } from './property.js';

const native = loadNative();
const withNative = 'reason' in native ? test.skip : test;

const anyWord = fc.oneof(
  fc.constantFrom(0, 1, 262144, 262145, 0x7fffffff, 0x80000000, 0xffffffff),
  fc.nat(99),
);
/** Nearly all records are whole: behind a damaged one nothing is read. */
const anyRecord: fc.Arbitrary<PcapRecord> = fc
  .record({
    seconds: anyWord,
    fraction: fc.oneof(anyWord, fc.constantFrom(999_999, 999_999_999)),
    data: fc.uint8Array({ maxLength: 80 }),
    origLen: anyWord,
    lie: fc.oneof({ weight: 40, arbitrary: fc.constant(null) }, anyWord),
  })
  .map(({ lie, ...record }) => (lie === null ? record : { ...record, capLen: lie }));
const anyOptions: fc.Arbitrary<PcapOptions> = fc.record({
  littleEndian: fc.boolean(),
  magic: fc.constantFrom(...Object.values(Magic)),
  minor: fc.constantFrom(4, 4, 4, 3, 2),
});

withNative('the walk in C finds the records, the end and the damage that the other finds', async (t) => {
  await check(
    t,
    fc.asyncProperty(
      anyOptions,
      fc.array(anyRecord, { maxLength: 200 }),
      fc.nat(40),
      fc.constantFrom(1, 7, 100, 1 << 20),
      async (options, records, cutOff, most) => {
        const bytes = pcapFile(options, records);
        const file = bytes.subarray(0, Math.max(24, bytes.length - cutOff));
        const results = [];
        for (const isNative of [false, true]) {
          const reader = pcapReader(file, most);
          if (!isNative) reader.nativeWalk = null;
          results.push(await readAll(reader));
        }
        t.deepEqual(results[1], results[0]);
      },
    ),
  );
});

withNative('a walk that does not lie within its arrays is refused', async (t) => {
  if ('reason' in native) return;
  const anyNumber = fc.oneof(
    fc.constantFrom(0, 1, 16, 64, 65, -1, Number.NaN, 2 ** 32, Number.POSITIVE_INFINITY, -1e300),
    fc.nat(70),
  );
  await check(
    t,
    fc.property(fc.array(anyNumber, { minLength: 10, maxLength: 10 }), fc.nat(4), (values, room) => {
      const columns = [new Uint32Array(room), new Uint32Array(room), new Uint32Array(room)] as const;
      const words = new Int32Array(2 * room);
      const call = (): void =>
        native.walkPcap(
          Float64Array.from(values),
          new Uint8Array(64),
          ...columns,
          words,
          new Float64Array(room),
        );
      const [end, , limit, , headerLen, , , at] = values;
      const isWithin = at >= 0 && at <= end && end <= 64 && limit >= 0 && limit <= room;
      if (isWithin && headerLen >= 16 && headerLen <= 32) t.notThrows(call);
      else t.throws(call, { instanceOf: RangeError });
    }),
  );
});
