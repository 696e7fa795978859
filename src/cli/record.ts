/**
 * `-w FILE`: what is captured, written as pcapng beside whatever else is done with it.
 */
import os from 'node:os';
import type { Analyzer } from '../analysis/analyzer.js';
import { CaptureError } from '../capture/capture-error.js';
import type { FrameBatch } from '../capture/frame-batch.js';
import { PcapngWriter, type RecordedInterface } from '../capture/pcapng-writer.js';
import type { Source } from '../capture/source.js';
import { packageVersion } from './package-version.js';

export class Recorder {
  /** Why writing ended early; the capture was closed then. */
  error: CaptureError | null = null;
  readonly #writer: PcapngWriter;

  /** @throws CaptureError `unwritable` */
  constructor(
    readonly sources: readonly Source[],
    path: string,
  ) {
    this.#writer = new PcapngWriter(path, `loscope ${packageVersion()}`, recordedInterfaces(sources));
  }

  /** Writes a batch; when that fails, closes the analyzer: a capture that is not kept is over. */
  write(analyzer: Analyzer, sourceIndex: number, batch: FrameBatch): void {
    this.#guard(analyzer, () => this.#writer.write(sourceIndex, batch));
  }

  close(analyzer: Analyzer): void {
    this.#guard(analyzer, () => this.#writer.close(this.sources.map((source) => source.stats().dropped)));
  }

  #guard(analyzer: Analyzer, write: () => void): void {
    if (this.error !== null) return;
    try {
      write();
      if (this.#writer.isPipeClosed) void analyzer.close();
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      this.error = error;
      void analyzer.close();
    }
  }
}

/** The captured interfaces first, numbered as their sources, then the others of this host: its addresses matter too. */
function recordedInterfaces(sources: readonly Source[]): RecordedInterface[] {
  const host = os.networkInterfaces();
  const addressesOf = (name: string): string[] => (host[name] ?? []).flatMap(({ cidr }) => cidr ?? []);
  const captured = sources.map(({ name, interfaces }) => ({
    name,
    linkType: interfaces[0].linkType,
    snapLen: interfaces[0].snapLen,
    addresses: addressesOf(name),
  }));
  const others = Object.keys(host).filter((name) => sources.every((source) => source.name !== name));
  // libpcap reads a file only if all its interfaces have one link type and one snapshot length.
  const { linkType, snapLen } = captured[0];
  const described = others.map((name) => ({ name, linkType, snapLen, addresses: addressesOf(name) }));
  return [...captured, ...described];
}
