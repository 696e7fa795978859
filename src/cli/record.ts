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
  /** Number in the file of each source's first interface. */
  readonly #firstIds: readonly number[];

  /** @throws CaptureError `unwritable` */
  constructor(
    readonly sources: readonly Source[],
    path: string,
  ) {
    let id = 0;
    this.#firstIds = sources.map(({ interfaces }) => {
      id += interfaces.length;
      return id - interfaces.length;
    });
    this.#writer = new PcapngWriter(path, `loscope ${packageVersion()}`, recordedInterfaces(sources));
  }

  /** Writes a batch; when that fails, closes the analyzer: a capture that is not kept is over. */
  write(analyzer: Analyzer, sourceIndex: number, batch: FrameBatch): void {
    this.#guard(analyzer, () => this.#writer.write(this.#firstIds[sourceIndex] + batch.interfaceId, batch));
  }

  close(analyzer: Analyzer): void {
    this.#guard(analyzer, () => this.#writer.close(this.#drops()));
  }

  /** A source that counts for all of its interfaces together has one. */
  #drops(): (number | null)[] {
    return this.sources.flatMap((source) => {
      const { dropped } = source.stats();
      return source.interfaces.length === 1 ? [dropped] : source.interfaces.map((each) => each.dropped);
    });
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

/**
 * The captured interfaces first, then the others of this host: its addresses matter too. Of another network namespace
 * only the captured ones are known here.
 */
function recordedInterfaces(sources: readonly Source[]): RecordedInterface[] {
  const isElsewhere = sources.some(({ hostTables }) => (hostTables ?? null) !== null);
  const host = isElsewhere ? {} : os.networkInterfaces();
  const addressesOf = (name: string): string[] => (host[name] ?? []).flatMap(({ cidr }) => cidr ?? []);
  const captured = sources.flatMap(({ interfaces }) =>
    interfaces.map(({ name, linkType, snapLen }) => ({
      name,
      linkType,
      snapLen,
      addresses: addressesOf(name),
    })),
  );
  const others = Object.keys(host).filter((name) => captured.every((each) => each.name !== name));
  // libpcap reads a file only if all its interfaces have one link type and one snapshot length.
  const { linkType, snapLen } = captured[0];
  const described = others.map((name) => ({ name, linkType, snapLen, addresses: addressesOf(name) }));
  return [...captured, ...described];
}
