/**
 * Packet blocks of a pcapng file, one by one: each is read by what the section it stands in said before it.
 */
import { type FrameBatch, FrameBatchBuffer } from './frame-batch.js';
import { type FrameReader, RecordWindow } from './frame-reader.js';
import { PcapngWalk, type WalkedSection } from './pcapng-walk.js';
import type { RandomAccess } from './random-access.js';

export class PcapngFrameReader implements FrameReader {
  readonly #window: RecordWindow;
  readonly #batch = new FrameBatchBuffer(1);
  readonly #walk: PcapngWalk;

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
}
