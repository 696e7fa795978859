/**
 * Packet blocks of a pcapng file, one by one: each is read by what the section it stands in said before it.
 */
import { type FrameBatch, FrameBatchBuffer } from './frame-batch.js';
import { type FrameReader, RecordWindow, runBytes, runFrames } from './frame-reader.js';
import { PcapngWalk, type WalkedSection } from './pcapng-walk.js';
import type { RandomAccess } from './random-access.js';

export class PcapngFrameReader implements FrameReader {
  readonly #window: RecordWindow;
  readonly #batch = new FrameBatchBuffer(1);
  readonly #walk: PcapngWalk;
  #run: {
    readonly window: RecordWindow;
    readonly batch: FrameBatchBuffer;
    readonly walk: PcapngWalk;
  } | null = null;

  /** @param sections by interface id: the section that described it; grows while the file is read */
  constructor(
    readonly access: RandomAccess,
    readonly sections: readonly WalkedSection[],
  ) {
    this.#window = new RecordWindow(access);
    this.#walk = new PcapngWalk(this.#window, this.#batch, false);
  }

  readAt(position: number, interfaceId: number): FrameBatch | null {
    const window = this.#window;
    const batch = this.#batch;
    const section = this.sections[interfaceId];
    window.seek(position);
    if (section === undefined || !window.fill(12)) return null;
    const total = window.view.getUint32(4, section.littleEndian);
    const { mostBlockLen } = section.interfaces[interfaceId - section.interfaces[0].id];
    if (total > mostBlockLen || !window.fill(total + (-total & 3))) return null;
    batch.count = 0;
    this.#walk.take(section, 1);
    const isSame = batch.count === 1 && batch.position[0] === position && batch.interfaceId === interfaceId;
    return isSame ? batch : null;
  }

  readRun(positions: Float64Array, from: number, most: number, interfaceId: number): FrameBatch | null {
    const section = this.sections[interfaceId];
    if (section === undefined) return null;
    this.#run ??= this.#makeRun();
    const { window, batch, walk } = this.#run;
    window.seek(positions[from]);
    batch.count = 0;
    walk.take(section, Math.min(most, runFrames));
    let same = 0;
    while (same < batch.count && batch.position[same] === positions[from + same]) same++;
    batch.count = batch.interfaceId === interfaceId ? same : 0;
    // A block that is longer than a read, or one that does not stand there any more.
    return batch.count > 0 ? batch : this.readAt(positions[from], interfaceId);
  }

  #makeRun() {
    const window = new RecordWindow(this.access, runBytes);
    const batch = new FrameBatchBuffer(runFrames);
    return { window, batch, walk: new PcapngWalk(window, batch, false) };
  }
}
