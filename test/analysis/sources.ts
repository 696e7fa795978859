/**
 * Captures that a test makes in memory, and analyzers over them.
 */
import fs from 'node:fs';
import { Analyzer, type AnalyzerOptions } from '../../src/analysis/analyzer.js';
import type { FrameBatch } from '../../src/capture/frame-batch.js';
import { openSource } from '../../src/capture/open-capture.js';
import type { CaptureInterface, Source, SourceStats } from '../../src/capture/source.js';
import { MemorySource, type Option, pcapFile, SectionBuilder } from '../capture/builders.js';
import { batchOf, type TestFrame } from '../classify/frames.js';
import { addressBytes, concat } from '../decode/frame-builder.js';
import { plainOptions } from './analyze.js';

/** A capture's bytes as a source, by the name that reports show; `most` bytes come a read. */
export function openBytes(name: string, bytes: Uint8Array, most?: number): Promise<Source> {
  return openSource(name, 'fast', new MemorySource(bytes, most));
}

export function openFile(file: string, name: string, most?: number): Promise<Source> {
  return openBytes(name, fs.readFileSync(file), most);
}

/** A pcap of frames, a second apart from 1 s after the epoch. */
export function pcapOf(frames: readonly Uint8Array[], linkType: number): Uint8Array {
  const records = frames.map((data, i) => ({ data, seconds: i + 1 }));
  return pcapFile({ linkType, snapLen: 262144 }, records);
}

/** Options of an interface description: its name and addresses, as pcapng writes them. */
export function interfaceOptions(name: string, addresses: readonly string[]): Option[] {
  const options: Option[] = name === '' ? [] : [[2, Buffer.from(name)]];
  for (const text of addresses) {
    const [address, prefixLen] = text.split('/');
    const bytes = addressBytes(address);
    if (bytes.length === 16) options.push([5, concat([bytes, Uint8Array.of(Number(prefixLen))])]);
    else options.push([4, concat([bytes, netmask(Number(prefixLen))])]);
  }
  return options;
}

function netmask(prefixLen: number): Uint8Array {
  const mask = new DataView(new ArrayBuffer(4));
  mask.setUint32(0, prefixLen === 0 ? 0 : 0xffffffff << (32 - prefixLen));
  return new Uint8Array(mask.buffer);
}

export interface RecordedInterface {
  readonly name: string;
  readonly addresses?: readonly string[];
  readonly linkType?: number;
  readonly frames: readonly Uint8Array[];
}

/** A pcapng with these interfaces, all described first, and the frames of each in turn. */
export function pcapngOf(interfaces: readonly RecordedInterface[]): Uint8Array {
  const section = new SectionBuilder();
  for (const { name, addresses = [], linkType = 1 } of interfaces) {
    section.interface(linkType, interfaceOptions(name, addresses));
  }
  interfaces.forEach(({ frames }, id) => {
    for (const data of frames) section.enhanced(data, { id, ticks: BigInt(id) * 1_000_000n });
  });
  return section.done();
}

/** A live source that delivers what it is given. */
export class FakeLiveSource implements Source {
  readonly format = 'live';
  readonly engine = 'fast';
  readonly interfaces: readonly CaptureInterface[];
  closed = 0;
  #isClosed = false;

  constructor(
    readonly name: string,
    readonly batches: readonly (readonly TestFrame[])[],
    fields: Pick<CaptureInterface, 'linkType' | 'role'>,
    readonly dropped: number | null = 0,
  ) {
    this.interfaces = [{ id: 0, name, snapLen: 0, addresses: [], dropped, ...fields }];
  }

  stats(): SourceStats {
    return { bytesRead: 0, bytesTotal: 0, dropped: this.dropped, backlog: 0 };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FrameBatch> {
    for (const frames of this.batches) {
      if (this.#isClosed) return;
      yield batchOf(frames, this.interfaces[0].linkType);
    }
  }

  async close(): Promise<void> {
    this.closed++;
    this.#isClosed = true;
  }
}

/** An analyzer that has read its sources to the end and kept every frame. */
export async function analyzerOf(
  sources: readonly Source[],
  options: Partial<AnalyzerOptions> = {},
): Promise<Analyzer> {
  const analyzer = new Analyzer(sources, { ...plainOptions, retainBytes: 64 << 20, ...options });
  await analyzer.run();
  return analyzer;
}
