import test from 'ava';
import fc from 'fast-check';
import type { CaptureError } from '../../src/capture/capture-error.js';
import { mergeByTime } from '../../src/capture/merge.js';
import type { Source } from '../../src/capture/source.js';
import {
  concat,
  pcapFile,
  pcapngReader,
  pcapReader,
  readAll,
  SectionBuilder,
  someBytes,
} from './builders.js';
import { check } from './property.js';

/** A source whose frames have these times; the frame's one byte is its number. */
function sourceOf(times: readonly number[], tail = new Uint8Array(0)): Source {
  const records = times.map((seconds, index) => ({ seconds, data: Uint8Array.of(index) }));
  return pcapReader(concat([pcapFile({}, records), tail]), 40);
}

interface Merged {
  order: [source: number, time: number, number: number][];
  runs: number;
  errors: [source: number, code: string, after: number][];
}

async function merge(sources: Source[]): Promise<Merged> {
  const order: Merged['order'] = [];
  const errors: Merged['errors'] = [];
  let runs = 0;
  const onError = (source: number, error: CaptureError) => errors.push([source, error.code, order.length]);
  for await (const { source, batch } of mergeByTime(sources, onError)) {
    runs++;
    for (let index = 0; index < batch.count; index++) {
      order.push([source, Number(batch.tsNs[index] / 1_000_000_000n), batch.bytes[batch.offset[index]]]);
    }
    batch.release();
  }
  return { order, runs, errors };
}

test('frames of several sources come in order of time, equal times in order of the sources', async (t) => {
  const { order } = await merge([sourceOf([1, 2, 5, 6]), sourceOf([2, 3, 7]), sourceOf([2, 6, 8])]);
  t.deepEqual(
    order.map(([source, time]) => `${source}:${time}`),
    ['0:1', '0:2', '1:2', '2:2', '1:3', '0:5', '0:6', '2:6', '1:7', '2:8'],
  );
});

test('the order of a source is kept where its times run backwards', async (t) => {
  const { order } = await merge([sourceOf([5, 1, 9]), sourceOf([6, 2])]);
  t.deepEqual(
    order.map(([source, time]) => `${source}:${time}`),
    ['0:5', '0:1', '1:6', '1:2', '0:9'],
  );
});

test('the batches of one source pass untouched', async (t) => {
  const source = pcapReader(
    pcapFile(
      {},
      Array.from({ length: 9000 }, (_, index) => ({ seconds: 9000 - index })),
    ),
  );
  const direct = new Set<unknown>();
  const spied: Source = Object.create(source, {
    [Symbol.asyncIterator]: {
      value: async function* () {
        for await (const batch of source) {
          direct.add(batch);
          yield batch;
        }
      },
    },
  });
  let count = 0;
  for await (const { batch } of mergeByTime([spied], () => {})) {
    t.true(direct.has(batch));
    count += batch.count;
    batch.release();
  }
  t.is(count, 9000);
});

/** How many batches a file of so many frames comes in. */
async function batchesOf(frames: number): Promise<number> {
  const reader = pcapReader(
    pcapFile(
      {},
      Array.from({ length: frames }, () => ({ seconds: 1 })),
    ),
  );
  let batches = 0;
  for await (const batch of reader) {
    batches++;
    batch.release();
  }
  return batches;
}

test('sources that do not overlap pass in whole batches', async (t) => {
  const early = pcapReader(
    pcapFile(
      {},
      Array.from({ length: 5000 }, () => ({ seconds: 1 })),
    ),
  );
  const late = pcapReader(
    pcapFile(
      {},
      Array.from({ length: 5000 }, () => ({ seconds: 2 })),
    ),
  );
  const { order, runs } = await merge([late, early]);
  t.is(order.length, 10_000);
  const batches = await batchesOf(5000);
  t.is(runs, 2 * batches);
});

test('damage of one source is told after its frames and does not stop the others', async (t) => {
  const cut = sourceOf([1, 4], new Uint8Array(7));
  const { order, errors } = await merge([cut, sourceOf([2, 3, 5, 6])]);
  t.deepEqual(
    order.map(([source, time]) => `${source}:${time}`),
    ['0:1', '1:2', '1:3', '0:4', '1:5', '1:6'],
  );
  t.deepEqual(errors, [[0, 'truncated', 4]]);
});

test('damage of the only source is told too', async (t) => {
  const { order, errors } = await merge([sourceOf([1, 4], new Uint8Array(7))]);
  t.is(order.length, 2);
  t.deepEqual(errors, [[0, 'truncated', 2]]);
});

test('no sources give nothing', async (t) => {
  t.deepEqual(await merge([]), { order: [], runs: 0, errors: [] });
});

test('a run carries every column of its frames', async (t) => {
  const build = () => {
    const section = new SectionBuilder().interface(1).interface(101);
    const flags = section.bytes().u32(2).done();
    for (let index = 0; index < 40; index++) {
      const ticks = BigInt(index) * 3_000_000n;
      const options: [number, Uint8Array][] = index % 3 === 0 ? [[2, flags]] : [];
      section.enhanced(someBytes(index), {
        id: index % 7 === 0 ? 1 : 0,
        ticks,
        origLen: 999 + index,
        options,
      });
    }
    return pcapngReader(section.done());
  };
  const other = sourceOf(Array.from({ length: 40 }, (_, index) => index * 3 + 1));
  const seen: unknown[] = [];
  const expected = await readAll(build());
  for await (const { source, batch } of mergeByTime([build(), other], () => {})) {
    for (let index = 0; source === 0 && index < batch.count; index++) {
      const start = batch.offset[index];
      seen.push({
        interfaceId: batch.interfaceId,
        linkType: batch.linkType,
        tsNs: batch.tsNs[index],
        capLen: batch.capLen[index],
        origLen: batch.origLen[index],
        direction: batch.direction[index],
        flags: batch.flags[index],
        position: batch.position[index],
        data: Buffer.from(batch.bytes.subarray(start, start + batch.capLen[index])).toString('hex'),
      });
    }
    batch.release();
  }
  t.deepEqual(seen, expected.frames);
});

test('a merge picks the earliest next frame, whatever the sources', async (t) => {
  const times = fc.array(fc.nat(20), { maxLength: 30 });
  await check(
    t,
    fc.asyncProperty(fc.array(times, { maxLength: 5 }), async (all) => {
      const { order } = await merge(all.map((each) => sourceOf(each)));
      const next = all.map(() => 0);
      for (const [source, time, number] of order) {
        t.is(number, next[source]++);
        t.is(time, all[source][number]);
        for (let other = 0; other < all.length; other++) {
          const head = other === source ? undefined : all[other][next[other]];
          if (head !== undefined) t.true(other < source ? time < head : time <= head);
        }
      }
      t.deepEqual(
        next,
        all.map((each) => each.length),
      );
    }),
  );
});
