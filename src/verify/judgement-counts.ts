/**
 * What became of the frames that were looked at, and why some of them could not be judged.
 */
import { formatCount } from '../format/units.js';
import { Judgement } from './detector.js';

export class JudgementCounts {
  excepted = 0;
  #unchecked = 0;
  #malformed = 0;

  add(judgement: Judgement): void {
    if (judgement === Judgement.excepted) this.excepted++;
    else if (judgement === Judgement.unchecked) this.#unchecked++;
    else if (judgement === Judgement.malformed) this.#malformed++;
  }

  /** Each begins with a number; [] where all were judged. @param unchecked why a frame's headers went on unseen */
  reasons(unchecked: string): string[] {
    const counted = [
      [this.#unchecked, unchecked],
      [this.#malformed, 'frames announce IP or ARP and cannot be decoded'],
    ] as const;
    return counted.filter(([count]) => count > 0).map(([count, why]) => `${formatCount(count)} ${why}`);
  }
}
