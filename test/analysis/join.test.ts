import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import type { MakeLaneLoop } from '../../src/analysis/fast-lane.js';
import { Pipeline, type PipelineOptions } from '../../src/analysis/pipeline.js';
import type { FrameBatch } from '../../src/capture/frame-batch.js';
import { LinkType } from '../../src/capture/link-type.js';
import { InterfaceRole, type Source } from '../../src/capture/source.js';
import { FirstSyns } from '../../src/flow/first-syns.js';
import { check } from '../capture/property.js';
import { anyFrame } from '../classify/any-frame.js';
import { batchOf, ethernetOf, type TestFrame } from '../classify/frames.js';
import { ownCaptures } from '../corpus.js';
import { segment } from '../flow/conversation.js';
import { laneLoops } from './lane-loops.js';
import { outcome } from './outcome.js';
import { FakeLiveSource, openFile } from './sources.js';

const options: PipelineOptions = { hostAddresses: ['192.0.2.2/24'], liveHost: null, roles: new Map() };
const secondNs = 1_000_000_000n;

/** One pass over all frames, and two over the parts before and after `at`, joined; null where they refused to be. */
function joined(source: Source, frames: readonly TestFrame[], at: number, makeLoop: MakeLaneLoop) {
  const [first, second] = [1, 2].map(() => new Pipeline([source], options, makeLoop));
  second.flows.firstSyns = new FirstSyns();
  const batches = [frames.slice(0, at), frames.slice(at)].map((part) => batchOf(part, LinkType.ethernet));
  first.ingest(0, batches[0]);
  second.timeline.seek(batches[0].tsWords[1], batches[0].tsWords[0]);
  second.ingest(0, batches[1]);
  return first.join(structuredClone(second.state())) ? outcome(first) : null;
}

function inOnePass(source: Source, frames: readonly TestFrame[]) {
  const whole = new Pipeline([source], options);
  whole.ingest(0, batchOf(frames, LinkType.ethernet));
  return outcome(whole);
}

const ends = ['192.0.2.2:1000', '192.0.2.9:80', '192.0.2.9:1000', '[fd00::9]:80', '[fd00::1]:1000'];
const anySegment = fc
  .record({
    from: fc.nat(ends.length - 1),
    to: fc.nat(ends.length - 1),
    flags: fc.constantFrom('S', 'S', 'S.', '.', 'P.', 'F.', 'R', ''),
    seq: fc.constantFrom(1, 2, 100),
  })
  .filter(({ from, to }) => ends[from].startsWith('[') === ends[to].startsWith('['))
  .map(({ from, to, flags, seq }): TestFrame => {
    const { bytes } = segment(ends[from], ends[to], flags, { seq });
    return { bytes: ethernetOf(bytes, false) };
  });

const anyTrace = fc
  .array(
    fc.tuple(fc.oneof({ weight: 4, arbitrary: anySegment }, anyFrame), fc.constantFrom(0n, 1n, 9n, 700n)),
    {
      minLength: 2,
      maxLength: 40,
    },
  )
  .map((steps) => {
    let seconds = 1_700_000_000n;
    return steps.map(([frame, step]): TestFrame => {
      seconds += step;
      return { ...frame, tsNs: seconds * secondNs };
    });
  });

for (const [name, makeLoop] of laneLoops)
  test(`two parts of a trace joined are as one pass over it, or refuse to be joined, ${name}`, async (t) => {
    const source = new FakeLiveSource('eth0', [], { linkType: LinkType.ethernet, role: InterfaceRole.wire });
    let together = 0;
    let refused = 0;
    await check(
      t,
      fc.property(anyTrace, (frames) => {
        const whole = inOnePass(source, frames);
        for (let at = 1; at < frames.length; at++) {
          const parts = joined(source, frames, at, makeLoop);
          if (parts === null) refused++;
          else {
            together++;
            t.deepEqual(parts, whole, `joined at ${at}`);
          }
        }
      }),
      400,
    );
    t.log(`${together} joined, ${refused} refused`);
    t.true(together > refused);
  });

async function framesOf(file: string): Promise<TestFrame[]> {
  const frames: TestFrame[] = [];
  const source = await openFile(file, path.basename(file));
  const take = (batch: FrameBatch): void => {
    for (let i = 0; i < batch.count; i++) {
      const bytes = batch.bytes.slice(batch.offset[i], batch.offset[i] + batch.capLen[i]);
      frames.push({ bytes, origLen: batch.origLen[i], tsNs: batch.tsNs[i] });
    }
  };
  try {
    for await (const batch of source) {
      if (batch.linkType !== LinkType.ethernet) return [];
      take(batch);
      batch.release();
    }
  } catch {
    // What a damaged file held before the damage counts.
  }
  return frames;
}

for (const [name, makeLoop] of laneLoops)
  test(`the bundled captures, cut anywhere, are joined to what one pass finds, ${name}`, async (t) => {
    const source = new FakeLiveSource('lo', [], { linkType: LinkType.ethernet, role: InterfaceRole.unknown });
    let together = 0;
    for (const file of ownCaptures()) {
      const frames = await framesOf(file);
      if (frames.length < 2 || frames.length > 500) continue;
      const whole = inOnePass(source, frames);
      for (let at = 1; at < frames.length; at++) {
        const parts = joined(source, frames, at, makeLoop);
        if (parts === null) continue;
        together++;
        t.deepEqual(parts, whole, `${path.basename(file)} joined at ${at}`);
      }
    }
    t.true(together > 100, `${together}`);
  });
