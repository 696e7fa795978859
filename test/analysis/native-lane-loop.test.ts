import test from 'ava';
import fc from 'fast-check';
import type { MakeLaneLoop } from '../../src/analysis/fast-lane.js';
import type { LaneLoop } from '../../src/analysis/lane-loop.js';
import { Pipeline, type PipelineOptions } from '../../src/analysis/pipeline.js';
import { FrameBatchBuffer } from '../../src/capture/frame-batch.js';
import { LinkType } from '../../src/capture/link-type.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { flowRecord } from '../../src/flow/flow-report.js';
import { check } from '../capture/property.js';
import { anyFrame } from '../classify/any-frame.js';
import { batchOf, ethernetOf, type TestFrame, udpPacket } from '../classify/frames.js';
import { segment } from '../flow/conversation.js';
import { laneLoops } from './lane-loops.js';
import { FakeLiveSource } from './sources.js';

const options: PipelineOptions = { hostAddresses: ['192.0.2.2/24'], liveHost: null, roles: new Map() };
const portable = laneLoops.get('loop in TypeScript')!;
const native = laneLoops.get('loop in C');
const withNative = native === undefined ? test.skip : test;

function sourceOf(): FakeLiveSource {
  return new FakeLiveSource('lo', [], { linkType: LinkType.ethernet, role: InterfaceRole.unknown });
}

/** Everything that the loop did, run by run. */
interface Step {
  readonly at: number;
  readonly halt: number;
  readonly loopbackLinks: number;
  readonly capturedBytes: number;
}

/** A version of the loop that notes what it does. */
function noting(makeLoop: MakeLaneLoop, steps: Step[]): MakeLaneLoop {
  return (tables) => {
    const loop: LaneLoop = makeLoop(tables);
    const { run } = loop;
    loop.run = (...parameters) => {
      const at = run.apply(loop, parameters);
      const { halt, loopbackLinks, capturedBytes } = loop;
      steps.push({ at, halt, loopbackLinks, capturedBytes });
      return at;
    };
    return loop;
  };
}

function outcome({ counters, flows, timeline, flowId, locality, evidence }: Pipeline, steps: Step[]) {
  return {
    steps,
    frames: counters.frames,
    bytes: [counters.capturedBytes, counters.originalBytes],
    times: [counters.firstTimeNs, counters.lastTimeNs],
    localities: counters.localities(),
    protocols: counters.protocols(),
    flows: Array.from({ length: flows.size }, (_, i) => flowRecord(flows, i + 1)),
    timeline: [timeline.stepSeconds, timeline.countsByLocality()],
    columns: [flowId, locality, evidence].map((column) => [...column.subarray(0, 64)]),
  };
}

/** What both versions find and do when `drive` gives frames to a pipeline of two sources. */
function both(drive: (pipeline: Pipeline) => void) {
  return [portable, native!].map((makeLoop) => {
    const steps: Step[] = [];
    const pipeline = new Pipeline([sourceOf(), sourceOf()], options, noting(makeLoop, steps));
    drive(pipeline);
    return outcome(pipeline, steps);
  });
}

const ends = ['192.0.2.2:1000', '192.0.2.9:80', '192.0.2.9:1000', '127.0.0.1:5'];
const anySegment = fc
  .record({
    from: fc.nat(ends.length - 1),
    to: fc.nat(ends.length - 1),
    flags: fc.constantFrom('S', 'S', 'S.', '.', 'P.', 'F.', 'R', ''),
    seq: fc.constantFrom(1, 2, 0x80000000, 0xffffffff),
    isLo: fc.boolean(),
  })
  .map(({ from, to, flags, seq, isLo }): TestFrame => {
    return { bytes: ethernetOf(segment(ends[from], ends[to], flags, { seq }).bytes, isLo) };
  });

const steps = fc.constantFrom(0n, 0n, 1n, 4_294_967_296n, 70_000_000_000n, -5n, 1n << 62n, -(1n << 62n));
const anyTimes = fc.array(steps, { minLength: 200, maxLength: 200 });
const anyFrames = fc
  .tuple(
    fc.array(fc.oneof({ weight: 6, arbitrary: anySegment }, anyFrame), { minLength: 1, maxLength: 150 }),
    anyTimes,
  )
  .map(([frames, times]) => {
    let tsNs = 1_700_000_000_000_000_000n;
    return frames.map((frame, i): TestFrame => {
      tsNs = BigInt.asIntN(64, tsNs + times[i]);
      return { ...frame, tsNs };
    });
  });

withNative('both versions stand still at the same frames for the same reasons', async (t) => {
  await check(
    t,
    fc.property(anyFrames, (frames) => {
      const [expected, actual] = both((pipeline) => {
        for (let turn = 0; turn < 3; turn++) pipeline.ingest(0, batchOf(frames, LinkType.ethernet));
      });
      t.deepEqual(actual, expected);
    }),
    300,
  );
});

withNative('both versions agree over batches of one frame, each a batch of its own', async (t) => {
  await check(
    t,
    fc.property(anyFrames, (frames) => {
      const [expected, actual] = both((pipeline) => {
        for (const frame of [...frames, ...frames]) pipeline.ingest(0, batchOf([frame], LinkType.ethernet));
      });
      t.deepEqual(actual, expected);
    }),
    60,
  );
});

withNative('both versions agree over two sources that take turns, and after clear()', async (t) => {
  await check(
    t,
    fc.property(anyFrames, anyFrames, (one, other) => {
      const [expected, actual] = both((pipeline) => {
        const batches = [one, other].map((frames) => batchOf(frames, LinkType.ethernet));
        for (let turn = 0; turn < 6; turn++) {
          if (turn === 3) pipeline.clear();
          batches.forEach((batch, index) => {
            pipeline.ingest(index, batch);
          });
        }
      });
      t.deepEqual(actual, expected);
    }),
    60,
  );
});

withNative('a table that grows within a batch, and memory that another batch takes over', (t) => {
  const manyFlows = Array.from({ length: 4000 }, (_, i): TestFrame => {
    return {
      bytes: ethernetOf(udpPacket('192.0.2.2', '192.0.2.9', 1000 + ((i * 7) % 3001), 1 + (i & 1)), false),
    };
  });
  const [expected, actual] = both((pipeline) => {
    const batch = batchOf(manyFlows, LinkType.ethernet);
    pipeline.ingest(0, batch);
    pipeline.ingest(0, batch);
    // The same batch object over the same bytes, but with other frames, as a window's are.
    batch.bytes.copyWithin(0, batch.capLen[0]);
    pipeline.ingest(0, batch);
    const moved = new Uint8Array(batch.bytes);
    batch.rebind(moved, new DataView(moved.buffer), 0, LinkType.ethernet);
    batch.count = 3000;
    pipeline.ingest(0, batch);
  });
  t.true(expected.flows.length > 2048);
  t.deepEqual(actual, expected);
});

const plain = ethernetOf(udpPacket('192.0.2.2', '192.0.2.9'), false);

/** Bytes below which the lane looks at no frame. */
const leastPlain = 42;

/** A pipeline that knows the flow of `plain`. */
function learned(): Pipeline {
  const pipeline = new Pipeline([sourceOf()], options, native);
  for (let turn = 0; turn < 2; turn++) pipeline.ingest(0, batchOf([{ bytes: plain }], LinkType.ethernet));
  return pipeline;
}

withNative('a frame that lies beyond its bytes is refused, and nothing is read there', async (t) => {
  const anyWord = fc.oneof(
    fc.constantFrom(0, 1, plain.length, 0x7fffffff, 0x80000000, 0xffffffff, 0xffffffff - plain.length + 1),
    fc.nat(4 * plain.length),
  );
  await check(
    t,
    fc.property(fc.nat(2), anyWord, anyWord, (i, offset, capLen) => {
      const pipeline = learned();
      const batch = batchOf([{ bytes: plain }, { bytes: plain }, { bytes: plain }], LinkType.ethernet);
      batch.offset[i] = offset;
      batch.capLen[i] = capLen;
      const ingest = (): void => pipeline.ingest(0, batch);
      if (offset + capLen <= batch.bytes.length) ingest();
      // What is too short for the lane is the stages' to refuse.
      else if (capLen >= leastPlain) t.throws(ingest, { instanceOf: RangeError });
    }),
  );
});

withNative('a batch with more frames than columns, or whose bytes are gone, is refused', (t) => {
  const batch = batchOf([{ bytes: plain }], LinkType.ethernet);
  const pipeline = learned();
  batch.count = 2;
  t.throws(() => pipeline.ingest(0, batch), { instanceOf: RangeError });
  const empty = new FrameBatchBuffer(4);
  empty.rebind(new Uint8Array(0), new DataView(new ArrayBuffer(0)), 0, LinkType.ethernet);
  empty.count = 1;
  empty.capLen[0] = 60;
  t.throws(() => pipeline.ingest(0, empty), { instanceOf: RangeError });
});
