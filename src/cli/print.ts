/**
 * Packets printed as they pass: text, ndjson, one json array, or nothing.
 */
import type { Analyzer } from '../analysis/analyzer.js';
import type { BatchObserver } from '../analysis/batch-observer.js';
import { openSources } from '../analysis/open-sources.js';
import type { PacketRow } from '../analysis/port.js';
import type { SourcesSpec } from '../analysis/source-spec.js';
import type { FrameBatch } from '../capture/frame-batch.js';
import { dropPrivilege } from '../capture/privilege.js';
import type { FrameFilter } from '../filter/frame-filter.js';
import type { Paint } from '../format/color.js';
import { packetJson } from '../report/packet-json.js';
import { packetText } from '../report/packet-text.js';
import { LiveWatch } from './live-watch.js';
import type { Options, PacketFormat } from './options.js';
import { openSession, runSession } from './session.js';
import { paintFor } from './terminal.js';

/** Output that may wait for its reader. */
const mostPendingBytes = 1 << 22;

export class PacketPrinter implements BatchObserver {
  readonly wantsColumns: boolean;
  #number = 0;

  /** @param write takes whole lines */
  constructor(
    readonly analyzer: Analyzer,
    readonly format: PacketFormat,
    readonly paint: Paint,
    readonly isVerbose: boolean,
    readonly write: (text: string) => void,
    /** Knows the numbers of the frames that it selected. */
    readonly filter: FrameFilter | null = null,
  ) {
    this.wantsColumns = format !== 'none';
  }

  /** Prints the packets of the batch in hand. */
  onBatch(sourceIndex: number, batch: FrameBatch): void {
    if (this.format === 'none') return;
    let text = '';
    for (let i = 0; i < batch.count; i++) {
      const isFirst = this.#number === 0;
      this.#number = this.filter === null ? this.#number + 1 : this.filter.numbers[i];
      text += this.#line(this.analyzer.currentRow(sourceIndex, i, this.#number), isFirst);
    }
    if (text !== '') this.write(text);
  }

  #line(row: PacketRow, isFirst: boolean): string {
    if (this.format === 'text') return `${packetText(row, this.paint, this.isVerbose)}\n`;
    if (this.format === 'ndjson') return `${packetJson(row)}\n`;
    return `${isFirst ? '[\n' : ',\n'}${packetJson(row)}`;
  }

  /** A reader that is slow holds up the reading: lines that wait for it would fill the memory. */
  ready(): Promise<void> | null {
    const { stdout } = process;
    if (stdout.writableLength < mostPendingBytes) return null;
    return new Promise((resolve) => void stdout.once('drain', resolve));
  }

  /** Closes what was opened: the json array. */
  onEnd(): void {
    if (this.format === 'json') this.write(this.#number === 0 ? '[]\n' : '\n]\n');
  }
}

/** Opens sources and prints their packets in the format asked for. @returns the exit code */
export async function printPackets(spec: SourcesSpec, options: Options): Promise<number> {
  const sources = await openSources(spec);
  if (!sources.some(({ needsPrivilege }) => needsPrivilege)) dropPrivilege();
  // As for tcpdump: who writes a file wants no lines, unless asked for.
  const format = (options.format ?? (options.captureFile === null ? 'text' : 'none')) as PacketFormat;
  const session = openSession(sources, options, { filter: spec.filter, countsOnly: format === 'none' });
  const write = (text: string): void => void process.stdout.write(text);
  const printer = new PacketPrinter(
    session.analyzer,
    format,
    paintFor(options),
    options.isVerbose,
    write,
    session.frameFilter,
  );
  const watch = new LiveWatch(sources, options.bufferBytes);
  return runSession(session, {
    options,
    hasProgress: format === 'none' || process.stdout.isTTY !== true,
    observers: [printer],
    onEnd: () => watch.stop(),
  });
}
