/**
 * The copies of own broadcasts and multicasts during a check: observed where that was asked for, else inferred from
 * their originals. A copy stays on the host: it is counted, and no finding.
 */
import { CaptureError } from '../capture/capture-error.js';
import { batchCapacity } from '../capture/frame-batch.js';
import { openCopies } from '../capture/open-copies.js';
import { InterfaceRole, type Source } from '../capture/source.js';
import { Classifier } from '../classify/classify.js';
import { Locality } from '../classify/locality.js';
import { decode } from '../decode/decode.js';
import { PacketBatch } from '../decode/packet-batch.js';
import { formatCount } from '../format/units.js';
import { HostLookup } from '../host/host-lookup.js';
import { emptyHost } from '../host/host-model.js';
import { CastWatch } from './cast-watch.js';
import type { CopyCounts } from './copy-counts.js';
import { endReason } from './open-failure.js';

const snapLen = 128;
const bufferBytes = 4 << 20;

export class CopiesWatch {
  readonly #source: Source | null;
  readonly #casts: CastWatch | null;
  readonly #done: Promise<void>;
  #broadcast = 0;
  #multicast = 0;
  #failure: string | null = null;

  private constructor(source: Source | null, casts: CastWatch | null) {
    this.#source = source;
    this.#casts = casts;
    this.#done = this.#source === null ? Promise.resolve() : this.#run(this.#source);
  }

  /**
   * @param netns path of a network namespace, or null
   * @throws CaptureError where copies are to be observed and cannot be; then nothing is left behind
   */
  static async open(netns: string | null, isObserving: boolean): Promise<CopiesWatch> {
    const source = isObserving ? openCopies({ netns, snapLen, bufferBytes }) : null;
    return new CopiesWatch(source, await openCasts(netns));
  }

  async #run(source: Source): Promise<void> {
    const packets = new PacketBatch(batchCapacity);
    const locality = new Uint8Array(batchCapacity);
    const evidence = new Uint8Array(batchCapacity);
    const classifier = new Classifier(new HostLookup(emptyHost));
    try {
      for await (const batch of source) {
        decode(batch, packets, 0, batch.count);
        classifier.classify(packets, InterfaceRole.loopback, locality, evidence);
        for (let i = 0; i < batch.count; i++) {
          if (locality[i] === Locality.broadcastCopy) this.#broadcast++;
          else if (locality[i] === Locality.multicastCopy) this.#multicast++;
        }
        batch.release();
      }
    } catch (error) {
      this.#failure = endReason(error);
    }
  }

  /** Ends it. @returns what was counted; null where neither copies nor originals could be */
  async close(): Promise<CopyCounts | null> {
    await this.#source?.close();
    const missed = (await this.#casts?.close()) ?? null;
    await this.#done;
    const originals = this.#casts?.originals ?? { broadcast: 0, multicast: 0 };
    if (this.#source === null) {
      if (this.#casts === null) return null;
      return { observed: false, ...this.#casts.inferred, originals, atLeastBecause: missed };
    }
    const { dropped } = this.#source.stats();
    const lost =
      dropped !== null && dropped > 0 ? `the kernel dropped ${formatCount(dropped)} of the copies` : null;
    const events = this.#source.events ?? [];
    const reasons = [this.#failure, ...events.map(({ text }) => text), lost, missed].filter(
      (each) => each !== null,
    );
    return {
      observed: true,
      broadcast: this.#broadcast,
      multicast: this.#multicast,
      originals,
      atLeastBecause: reasons.length === 0 ? null : reasons.join('; '),
    };
  }
}

/** Who may not capture counts nothing. */
async function openCasts(netns: string | null): Promise<CastWatch | null> {
  try {
    return await CastWatch.open(netns);
  } catch (error) {
    if (error instanceof CaptureError) return null;
    throw error;
  }
}
