/**
 * The readers by themselves: the walk over the records of a capture in memory, and what decompression adds.
 */
import zlib from 'node:zlib';
import { openSource } from '../../src/capture/open-capture.js';
import { MemorySource, pcapFile, SectionBuilder } from '../capture/builders.js';
import { makeShapes } from './shapes.js';
import { median } from './statistics.js';
import type { Bench, Table } from './suite.js';

/** A capture as bytes. */
interface Captured {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Of the capture itself, before compression. */
  readonly captureBytes: number;
  readonly packets: number;
}

const shapeName = 'IPv4 TCP';

export async function microReaders(bench: Bench, leastMs: number): Promise<Table> {
  const captures = makeCaptures();
  const samples: number[][] = captures.map(() => []);
  for (let run = -1; run < bench.runs; run++) {
    for (const [i, capture] of captures.entries()) {
      bench.say(`reader of ${capture.name}`);
      const ns = await sampleNs(capture, leastMs);
      if (run >= 0) samples[i].push(ns);
    }
  }
  const rows = captures.map(({ name, captureBytes, packets }, i) => {
    const ns = median(samples[i]);
    return [name, ns.toFixed(1), `${((captureBytes / packets / ns) * 1000).toFixed(0)} MB/s`];
  });
  return {
    title: 'Micro: readers, ns a packet',
    notes: [
      `From bytes in memory to batches: ${captures[0].packets} frames of ${shapeName}; copying into the window included.`,
    ],
    columns: ['', 'walk', 'of the capture'],
    rows,
  };
}

function makeCaptures(): Captured[] {
  const frames = makeShapes()
    .find(({ name }) => name === shapeName)!
    .frames.flatMap(({ bytes, count, offset, capLen }) =>
      Array.from({ length: count }, (_, i) => bytes.subarray(offset[i], offset[i] + capLen[i])),
    );
  const pcap = pcapFile(
    {},
    frames.map((data, i) => ({ seconds: 1_700_000_000, fraction: i, data })),
  );
  const section = new SectionBuilder().interface();
  for (const [i, data] of frames.entries())
    section.enhanced(data, { ticks: 1_700_000_000_000_000n + BigInt(i) });
  const pcapng = section.done();
  const packets = frames.length;
  return [
    { name: 'pcap', bytes: pcap, captureBytes: pcap.length, packets },
    { name: 'pcapng', bytes: pcapng, captureBytes: pcapng.length, packets },
    { name: 'pcap, gzip', bytes: zlib.gzipSync(pcap), captureBytes: pcap.length, packets },
  ];
}

/** Reads a capture again and again until the sample is long enough. @returns ns a packet */
async function sampleNs({ name, bytes, packets }: Captured, leastMs: number): Promise<number> {
  const began = performance.now();
  let passes = 0;
  let elapsedMs = 0;
  while (elapsedMs < leastMs) {
    let seen = 0;
    for await (const batch of await openSource(name, 'fast', new MemorySource(bytes))) {
      seen += batch.count;
      batch.release();
    }
    if (seen !== packets) throw new Error(`${name}: read ${seen} of ${packets} frames`);
    passes++;
    elapsedMs = performance.now() - began;
  }
  return (elapsedMs * 1e6) / (passes * packets);
}
