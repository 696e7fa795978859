/**
 * Looks at loopback for what a probe sent: an attempt that is seen there went where it belongs.
 */
import { batchCapacity, type FrameBatch } from '../capture/frame-batch.js';
import { openRings } from '../capture/open-ring.js';
import type { RingSource } from '../capture/ring-source.js';
import { Turns } from '../capture/turns.js';
import { decode } from '../decode/decode.js';
import { Network, PacketBatch } from '../decode/packet-batch.js';
import { compile } from '../filter/compile.js';
import { Header } from './leak-walk.js';
import { endReason } from './open-failure.js';
import type { ProbeTrace } from './probe-trace.js';

const snapLen = 256;
const bufferBytes = 4 << 20;

export class LoopbackLook {
  readonly #packets = new PacketBatch(batchCapacity);
  readonly #source: RingSource;
  readonly #done: Promise<void>;
  #failure: string | null = null;

  /** @throws CaptureError as openRings does */
  constructor(
    netns: string | null,
    port: number,
    readonly trace: ProbeTrace,
  ) {
    this.#source = openRings({
      interfaces: [],
      netns,
      filter: '',
      program: (linkType) => compile(`port ${port} or icmp or icmp6`, linkType),
      snapLen,
      bufferBytes,
    });
    this.#done = this.#run().catch((error) => {
      this.#failure = endReason(error);
    });
  }

  async #run(): Promise<void> {
    const turns = new Turns();
    for await (const batch of this.#source) {
      for (let i = 0; i < batch.count; i++) this.#note(batch, i);
      batch.release();
      // Pings on loopback may be any number: timers and signals go on.
      await turns.give();
    }
  }

  #note(batch: FrameBatch, i: number): void {
    const packets = this.#packets;
    decode(batch, packets, i, i + 1);
    const header = packets.network[i] === Network.ipv6 ? Header.ipv6 : Header.ipv4;
    const { view, bytes, offset, capLen } = batch;
    const end = offset[i] + capLen[i];
    this.trace.noteLoopback(bytes.subarray(offset[i], end), {
      view,
      header,
      at: packets.networkOffset[i],
      end,
    });
  }

  /** Ends after the frames that are there. @returns why it did not see all, or null */
  async close(): Promise<string | null> {
    await this.#source.close();
    await this.#done;
    return this.#failure;
  }
}
