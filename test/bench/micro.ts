/**
 * The suite `micro`: nanoseconds a packet of each hot function by itself, over batches in memory. All shapes pass
 * through one process, as they do through the program, so that V8 compiles for all of them.
 */
import { Counters } from '../../src/analysis/counters.js';
import { Timeline } from '../../src/analysis/timeline.js';
import { batchCapacity, type FrameBatch } from '../../src/capture/frame-batch.js';
import { LinkType } from '../../src/capture/link-type.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { Classifier } from '../../src/classify/classify.js';
import { decode, decodeLayers, firstLayer } from '../../src/decode/decode.js';
import { PacketBatch } from '../../src/decode/packet-batch.js';
import { decodePlain } from '../../src/decode/plain.js';
import { FlowKeys } from '../../src/flow/flow-keys.js';
import { FlowTable } from '../../src/flow/flow-table.js';
import { HostLookup } from '../../src/host/host-lookup.js';
import { emptyHost } from '../../src/host/host-model.js';
import { Ipv6Table } from '../../src/host/ipv6-table.js';
import { microReaders } from './micro-readers.js';
import { makeShapes, type Shape } from './shapes.js';
import { median } from './statistics.js';
import type { Bench, SuiteResult, Table } from './suite.js';

/** One sample is repeated calls of at least this long. */
const sampleMs = 20;

/** A hot function over one shape, ready to be called for one batch of it after another; null where it does not apply. */
interface HotFunction {
  readonly name: string;
  readonly prepare: (shape: Shape) => ((frames: FrameBatch, packets: PacketBatch) => void) | null;
}

const role = InterfaceRole.unknown;
const locality = new Uint8Array(batchCapacity);
const evidence = new Uint8Array(batchCapacity);
const flowId = new Uint32Array(batchCapacity);
const scratch = new PacketBatch(batchCapacity);
const ethernet = firstLayer(LinkType.ethernet);

const hotFunctions: readonly HotFunction[] = [
  { name: 'decode', prepare: () => (frames) => decode(frames, scratch) },
  {
    name: 'plain',
    prepare: ({ frames: [first] }) => {
      for (let i = 0; i < first.count; i++) if (!decodePlain(first, scratch, i)) return null;
      return (frames) => {
        for (let i = 0; i < frames.count; i++) decodePlain(frames, scratch, i);
      };
    },
  },
  {
    name: 'layers',
    prepare: () => (frames) => {
      for (let i = 0; i < frames.count; i++) decodeLayers(frames, scratch, i, ethernet);
    },
  },
  {
    name: 'classify',
    prepare: () => {
      const classifier = new Classifier(new HostLookup(emptyHost));
      return (_frames, packets) => classifier.classify(packets, role, locality, evidence);
    },
  },
  {
    name: 'flow keys',
    prepare: () => {
      const keys = new FlowKeys(new Ipv6Table());
      return (_frames, packets) => keys.take(packets);
    },
  },
  {
    name: 'flow add',
    prepare: () => {
      const flows = new FlowTable();
      return (_frames, packets) => flows.add(packets, locality, flowId);
    },
  },
  {
    name: 'counters',
    prepare: () => {
      const counters = new Counters();
      return (_frames, packets) => void counters.count(packets, locality, evidence);
    },
  },
  {
    name: 'timeline',
    prepare: () => {
      const timeline = new Timeline();
      return (frames) => timeline.add(frames.tsWords, locality, 0, frames.count);
    },
  },
];

/** A shape with its columns decoded: what every function but the decoders is given. */
interface Decoded extends Shape {
  readonly packets: readonly PacketBatch[];
}

export async function micro(bench: Bench): Promise<SuiteResult> {
  const leastMs = bench.isQuick ? sampleMs / 10 : sampleMs;
  const shapes = makeShapes().map(decoded);
  locality.fill(0);
  const columns = hotFunctions.map((hot) => {
    bench.say(hot.name);
    return measureShapes(hot, shapes, bench.runs, leastMs);
  });
  const table: Table = {
    title: 'Micro: hot functions, ns a packet',
    notes: [
      'Batches of 4,096 frames in memory, random among 28,000 flows that are known after the first round.',
      '`decode` is what the program calls: `plain` where the frame has that shape, else `layers`; `flow add` takes the keys too.',
    ],
    columns: ['', ...hotFunctions.map(({ name }) => name)],
    rows: shapes.map(({ name }, i) => [name, ...columns.map((values) => formatNs(values[i]))]),
  };
  return { tables: [table, await microReaders(bench, leastMs)], figures: {} };
}

function decoded(shape: Shape): Decoded {
  const packets = shape.frames.map((frames) => {
    const columns = new PacketBatch(batchCapacity);
    decode(frames, columns);
    return columns;
  });
  return { ...shape, packets };
}

/** Median ns a packet of a function for each shape, the shapes in turns; NaN where it does not apply. */
function measureShapes(
  hot: HotFunction,
  shapes: readonly Decoded[],
  runs: number,
  leastMs: number,
): number[] {
  const calls = shapes.map((shape) => hot.prepare(shape));
  const samples: number[][] = shapes.map(() => []);
  for (let run = -1; run < runs; run++) {
    for (const [i, call] of calls.entries()) {
      if (call === null) continue;
      const ns = sampleNs(call, shapes[i], leastMs);
      if (run >= 0) samples[i].push(ns);
    }
  }
  return samples.map(median);
}

/** Calls a function for every batch until the sample is long enough. @returns ns a packet */
function sampleNs(
  call: (frames: FrameBatch, packets: PacketBatch) => void,
  { frames, packets }: Decoded,
  leastMs: number,
): number {
  const began = performance.now();
  let packetCount = 0;
  let elapsedMs = 0;
  while (elapsedMs < leastMs) {
    for (let i = 0; i < frames.length; i++) {
      call(frames[i], packets[i]);
      packetCount += frames[i].count;
    }
    elapsedMs = performance.now() - began;
  }
  return (elapsedMs * 1e6) / packetCount;
}

export function formatNs(ns: number): string {
  return Number.isNaN(ns) ? '–' : ns.toFixed(1);
}
