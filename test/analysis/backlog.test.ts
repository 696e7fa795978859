import test from 'ava';
import { Analyzer } from '../../src/analysis/analyzer.js';
import type { FrameBatch } from '../../src/capture/frame-batch.js';
import { openCapture } from '../../src/capture/open-capture.js';
import type { Source, SourceEvent, SourceStats } from '../../src/capture/source.js';
import { capture } from '../cli/run.js';
import { plainOptions } from './analyze.js';

/** The batches of a file as if they were captured, with a buffer as full as it says before each frame. */
class BackloggedSource implements Source {
  readonly format = 'live';
  readonly engine = 'fast';
  readonly name = 'lo';
  readonly events: SourceEvent[] = [];
  #backlog = 0;

  constructor(
    readonly file: Source,
    readonly backlogs: readonly number[],
  ) {}

  get interfaces() {
    return this.file.interfaces;
  }

  stats(): SourceStats {
    return { bytesRead: 0, bytesTotal: 0, dropped: 0, backlog: this.#backlog };
  }

  /** A batch a frame. */
  async *[Symbol.asyncIterator](): AsyncGenerator<FrameBatch> {
    let number = 0;
    for await (const batch of this.file) {
      const { count, offset, capLen, origLen } = batch;
      for (let i = 0; i < count; i++) {
        this.#backlog = this.backlogs[number++] ?? 0;
        offset[0] = offset[i];
        capLen[0] = capLen[i];
        origLen[0] = origLen[i];
        batch.count = 1;
        yield batch;
      }
      batch.release();
    }
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

async function run(backlogs: readonly number[]) {
  const file = await openCapture(capture('super-frames-64-kib.pcap'), 'fast');
  const source = new BackloggedSource(file, backlogs);
  const analyzer = new Analyzer([source], { ...plainOptions, retainBytes: 64 << 20 });
  return { source, analyzer };
}

test('only headers are kept from a half full buffer on, until it is below a quarter', async (t) => {
  const whole = await run([]);
  await whole.analyzer.run();
  const { rows } = await whole.analyzer.rows(0, 100, {});
  const long = rows.flatMap(({ capLen }, i) => (capLen > 128 ? [i] : []));
  t.true(long.length >= 3, 'a capture with enough long frames');
  const backlogs = rows.map(() => 0.3);
  backlogs[long[0]] = 0.51;
  backlogs[long[2]] = 0.24;
  const { analyzer } = await run(backlogs);
  await analyzer.run();
  const kept = (await analyzer.rows(0, 100, {})).rows;
  for (const [i, row] of kept.entries()) {
    const isCut = i >= long[0] && i < long[2] && row.capLen > 128;
    t.is(row.keptLen, isCut ? 128 : undefined, `frame ${i + 1}`);
    t.like(row, { capLen: rows[i].capLen, origLen: rows[i].origLen, src: rows[i].src, info: rows[i].info });
    const detail = await analyzer.detail(i + 1);
    const before = await whole.analyzer.detail(i + 1);
    t.deepEqual(detail?.bytes, isCut ? before?.bytes.subarray(0, 128) : before?.bytes);
  }
  t.is(analyzer.snapshotNow().retained.headersOnly, 2);
  await analyzer.clear();
  t.is(analyzer.snapshotNow().retained.headersOnly, 0);
});

test('what happened to an interface is in the snapshot, the newest last and no more than 20', async (t) => {
  const { source, analyzer } = await run([]);
  await analyzer.run();
  t.deepEqual(analyzer.snapshotNow().events, []);
  for (let i = 1; i <= 30; i++) source.events.push({ interfaceId: 0, kind: 'down', text: `lo: event ${i}` });
  const { events } = analyzer.snapshotNow();
  t.is(events.length, 20);
  t.deepEqual(events.at(-1), { text: 'lo: event 30' });
});
