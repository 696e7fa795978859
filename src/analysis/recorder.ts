/**
 * `-w FILE`: what is captured, written as pcapng beside whatever else is done with it.
 */
import os from 'node:os';
import { CaptureError } from '../capture/capture-error.js';
import type { FrameBatch } from '../capture/frame-batch.js';
import { PcapngWriter, type RecordedInterface } from '../capture/pcapng-writer.js';
import type { Source } from '../capture/source.js';
import type { BatchObserver } from './batch-observer.js';

/** Where to write, and what the file says of who wrote it. */
export interface RecordSpec {
  /** A file, or `-` for standard output. */
  readonly path: string;
  readonly application: string;
}

export class Recorder implements BatchObserver {
  /** Why writing ended early; the capture was closed then. */
  error: CaptureError | null = null;
  readonly #writer: PcapngWriter;

  /**
   * @param stop ends the capture: one that is not kept is over
   * @throws CaptureError `unwritable`
   */
  constructor(
    readonly sources: readonly Source[],
    { path, application }: RecordSpec,
    readonly stop: () => void,
  ) {
    this.#writer = new PcapngWriter(path, application, recordedInterfaces(sources));
  }

  onBatch(sourceIndex: number, batch: FrameBatch): void {
    this.#guard(() => this.#writer.write(sourceIndex, batch));
  }

  onEnd(): void {
    this.#guard(() => this.#writer.close(this.sources.map((source) => source.stats().dropped)));
  }

  #guard(write: () => void): void {
    if (this.error !== null) return;
    try {
      write();
      if (this.#writer.isPipeClosed) this.stop();
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      this.error = error;
      this.stop();
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
