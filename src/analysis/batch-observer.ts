/**
 * What looks at every batch where the pipeline runs: a printer, the recorder, a check.
 */
import type { FrameBatch } from '../capture/frame-batch.js';

export interface BatchObserver {
  /** It reads the pipeline's columns: every frame then goes through all stages. */
  readonly wantsColumns?: boolean;
  /** Called with each batch after it went through the pipeline, whose verdicts then describe it. */
  onBatch(sourceIndex: number, batch: FrameBatch): void;
  /** What must be waited for before the next batch, such as a slow reader of the output; null for nothing. */
  ready?(): Promise<void> | null;
  /** Called once when all is read, also after damage and when it was stopped. */
  onEnd(): void;
}
