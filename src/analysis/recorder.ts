/**
 * `-w FILE`: what is captured, written as pcapng beside whatever else is done with it.
 */
import os from 'node:os';
import { CaptureError } from '../capture/capture-error.js';
import type { FrameBatch } from '../capture/frame-batch.js';
import { PcapngWriter, type RecordedInterface } from '../capture/pcapng-writer.js';
import type { Source } from '../capture/source.js';
import { linuxHostOf } from '../host/linux-host.js';
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
  /** Number in the file of each source's first interface. */
  readonly #firstIds: readonly number[];

  /**
   * @param stop ends the capture: one that is not kept is over
   * @throws CaptureError `unwritable`
   */
  constructor(
    readonly sources: readonly Source[],
    { path, application }: RecordSpec,
    readonly stop: () => void,
  ) {
    let id = 0;
    this.#firstIds = sources.map(({ interfaces }) => {
      id += interfaces.length;
      return id - interfaces.length;
    });
    this.#writer = new PcapngWriter(path, application, recordedInterfaces(sources));
  }

  onBatch(sourceIndex: number, batch: FrameBatch): void {
    this.#guard(() => this.#writer.write(this.#firstIds[sourceIndex] + batch.interfaceId, batch));
  }

  onEnd(): void {
    this.#guard(() => this.#writer.close(this.#drops()));
  }

  /** A source that counts for all of its interfaces together has one. */
  #drops(): (number | null)[] {
    return this.sources.flatMap((source) => {
      const { dropped } = source.stats();
      return source.interfaces.length === 1 ? [dropped] : source.interfaces.map((each) => each.dropped);
    });
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

/**
 * The captured interfaces first, then the others of this host: its addresses matter too. Of another network namespace
 * the addresses are known, not on which interface each is.
 */
function recordedInterfaces(sources: readonly Source[]): RecordedInterface[] {
  const tables = sources.find(({ hostTables }) => (hostTables ?? null) !== null)?.hostTables?.();
  const host = tables === undefined ? os.networkInterfaces() : {};
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
  const described = others.map((name) => ({ name, addresses: addressesOf(name) }));
  if (tables !== undefined) described.push({ name: 'host', addresses: [...linuxHostOf(tables).addresses] });
  return [...captured, ...described.map((each) => ({ ...each, linkType, snapLen, isOnlyDescribed: true }))];
}
