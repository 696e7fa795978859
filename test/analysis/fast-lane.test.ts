import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { FastLane, type MakeLaneLoop } from '../../src/analysis/fast-lane.js';
import { Pipeline, type PipelineOptions } from '../../src/analysis/pipeline.js';
import { noTag, VerdictTags } from '../../src/analysis/verdict-tags.js';
import { type FrameBatch, mostOrigLen } from '../../src/capture/frame-batch.js';
import { LinkType } from '../../src/capture/link-type.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { Classifier } from '../../src/classify/classify.js';
import { Word } from '../../src/flow/flow-entry.js';
import { HostLookup } from '../../src/host/host-lookup.js';
import { emptyHost, hostOfAddresses } from '../../src/host/host-model.js';
import { check } from '../capture/property.js';
import { anyFrame } from '../classify/any-frame.js';
import { batchOf, ethernetOf, type TestFrame } from '../classify/frames.js';
import { ownCaptures } from '../corpus.js';
import { segment } from '../flow/conversation.js';
import { laneLoops } from './lane-loops.js';
import { outcome } from './outcome.js';
import { FakeLiveSource, openFile } from './sources.js';

const loops = [...laneLoops.values()];
const noOptions: PipelineOptions = { hostAddresses: [], liveHost: null, roles: new Map() };
const live: PipelineOptions = {
  ...noOptions,
  liveHost: () => hostOfAddresses('live', ['192.0.2.2/24', 'fd00::2/64']),
};
const given: PipelineOptions = { ...noOptions, hostAddresses: ['192.0.2.2/24', '192.0.2.9/24'] };

/** The pipeline over batches, with the fast lane in a version of its loop, or without (null). */
class Passes {
  readonly #pipeline: Pipeline;
  readonly #verdicts: string[] = [];

  constructor(
    source: ConstructorParameters<typeof Pipeline>[0][number],
    options: PipelineOptions,
    makeLoop: MakeLaneLoop | null,
  ) {
    this.#pipeline = new Pipeline([source], options, makeLoop ?? undefined);
    this.#pipeline.wantsColumns = makeLoop === null;
  }

  ingest(batch: FrameBatch): void {
    const { locality, evidence, flowId } = this.#pipeline;
    this.#pipeline.ingest(0, batch);
    for (let i = 0; i < batch.count; i++) this.#verdicts.push(`${locality[i]} ${evidence[i]} ${flowId[i]}`);
  }

  outcome() {
    return { verdicts: this.#verdicts, ...outcome(this.#pipeline) };
  }
}

interface TimedFrame extends TestFrame {
  readonly timeNs: bigint;
}

/** Times run on by nothing, a little, seconds or back: the timeline's steps and the order of time both matter. */
const anyFrames = fc
  .array(
    fc.tuple(anyFrame, fc.constantFrom(0n, 0n, 1n, 1000n, 5_000_000_000n, 70_000_000_000n, -2_000_000_000n)),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((steps) => {
    let timeNs = 1_700_000_000_000_000_000n;
    return steps.map(([frame, step]): TimedFrame => {
      timeNs += step;
      return { ...frame, timeNs };
    });
  });

test('the lane takes every frame of a flow that it knows', (t) => {
  const source = new FakeLiveSource('lo', [], { linkType: LinkType.ethernet, role: InterfaceRole.loopback });
  for (const makeLoop of loops) {
    const pipeline = new Pipeline([source], noOptions);
    const frames = [1, 2, 3, 4, 5].map((seq): TestFrame => {
      const { bytes } = segment('127.0.0.1:1000', '127.0.0.2:80', '.', { seq });
      return { bytes: ethernetOf(bytes, true) };
    });
    const batch = batchOf(frames, LinkType.ethernet);
    const lane = new FastLane(pipeline, pipeline.packets, pipeline.tags, makeLoop);
    const classifier = new Classifier(new HostLookup(emptyHost));
    t.is(lane.take(batch, 0, classifier, InterfaceRole.loopback), 5);
    t.is(pipeline.counters.frames, 5);
    t.is(pipeline.flows.size, 1);
  }
});

test('when no tag is left, verdicts are learned anew', (t) => {
  const source = new FakeLiveSource('eth0', [], { linkType: LinkType.ethernet, role: InterfaceRole.wire });
  const tags = new VerdictTags(2);
  const pipeline = new Pipeline([source], noOptions, loops[0], tags);
  const { bytes } = segment('192.0.2.2:1000', '192.0.2.9:80', '.');
  const batch = batchOf([{ bytes: ethernetOf(bytes, false) }], LinkType.ethernet);
  const classifiers = [1, 2, 3].map(() => new Classifier(new HostLookup(emptyHost)));
  t.deepEqual(
    classifiers.map((classifier) => tags.tagOf(classifier, InterfaceRole.wire)),
    [1, 2, noTag],
  );
  t.true(tags.areSpent);
  pipeline.ingest(0, batch);
  t.false(tags.areSpent);
  t.is(pipeline.flows.entries[Word.verdicts] >> 16, 1);
});

function timedBatch(frames: readonly TimedFrame[]): FrameBatch {
  const batch = batchOf(frames, LinkType.ethernet);
  frames.forEach(({ timeNs }, i) => {
    batch.tsNs[i] = timeNs;
    batch.origLen[i] = i % 7 === 6 ? mostOrigLen : batch.origLen[i];
  });
  return batch;
}

for (const [name, options] of Object.entries({
  'no host': noOptions,
  'a live host': live,
  'a given host': given,
})) {
  for (const [roleName, role] of Object.entries(InterfaceRole)) {
    test(`any frames, ${name}, role ${roleName}: the fast lane and the stages find the same`, async (t) => {
      await check(
        t,
        fc.property(fc.array(anyFrames, { minLength: 1, maxLength: 4 }), (batches) => {
          const source = new FakeLiveSource('lo', [], { linkType: LinkType.ethernet, role });
          const all = [null, ...loops].map((makeLoop) => new Passes(source, options, makeLoop));
          // Each batch twice: what the lane learned of its flows then serves.
          for (const frames of [...batches, ...batches]) {
            for (const passes of all) passes.ingest(timedBatch(frames));
          }
          const [stages, ...lanes] = all.map((passes) => passes.outcome());
          for (const lane of lanes) t.deepEqual(lane, stages);
        }),
      );
    });
  }
}

for (const file of ownCaptures()) {
  test(`${path.basename(file)}: the fast lane and the stages find the same`, async (t) => {
    const outcomes = [];
    for (const makeLoop of [null, ...loops]) {
      const source = await openFile(file, path.basename(file));
      const passes = new Passes(source, noOptions, makeLoop);
      try {
        for await (const batch of source) {
          passes.ingest(batch);
          batch.release();
        }
      } catch {
        // What a damaged file held before the damage counts.
      }
      outcomes.push(passes.outcome());
    }
    t.true(outcomes[0].frames > 0);
    for (const lane of outcomes.slice(1)) t.deepEqual(lane, outcomes[0]);
  });
}
