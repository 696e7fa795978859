import test from 'ava';
import { Analyzer } from '../../src/analysis/analyzer.js';
import { vocabulary } from '../../src/analysis/filter-words.js';
import type { Snapshot } from '../../src/analysis/port.js';
import { openCapture } from '../../src/capture/open-capture.js';
import { FrameFilter } from '../../src/filter/frame-filter.js';
import { ownCaptures } from '../corpus.js';
import { plainOptions } from './analyze.js';

async function run(file: string, text: string, maxFrames: number, countsOnly: boolean): Promise<Snapshot> {
  const filter = text === '' ? null : new FrameFilter(text, vocabulary);
  const options = { ...plainOptions, maxFrames, filter, countsOnly };
  const analyzer = new Analyzer([await openCapture(file, 'fast')], options);
  await analyzer.run();
  return analyzer.snapshotNow();
}

const texts = ['', 'ip or ip6', 'tcp and less 100', 'locality loopback', 'flow 1 or arp'];

for (const text of texts) {
  test(`where only a count is asked for it is the same: ${text === '' ? 'no filter' : text}`, async (t) => {
    for (const file of ownCaptures()) {
      for (const maxFrames of [Number.POSITIVE_INFINITY, 3]) {
        const [judged, counted] = [
          await run(file, text, maxFrames, false),
          await run(file, text, maxFrames, true),
        ];
        const of = (snapshot: Snapshot): unknown => [
          snapshot.frames,
          snapshot.capturedBytes,
          snapshot.originalBytes,
          snapshot.firstTimeNs,
          snapshot.lastTimeNs,
          snapshot.dropped,
          snapshot.wasBlind,
          snapshot.sources.map(({ complete, error, bytesRead }) => [complete, error, bytesRead]),
          snapshot.sources.map(({ interfaces }) =>
            interfaces.map(({ frames, dropped }) => [frames, dropped]),
          ),
        ];
        t.deepEqual(of(counted), of(judged), file);
      }
    }
  });
}
