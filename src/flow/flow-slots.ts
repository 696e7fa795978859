/**
 * The index of a flow table: ids by the hash of their flow's key, in open addressing, at most half full.
 *
 *     ids    [ 0 | 7 | 0 | 1 | 2 | ... ]      0 is free; a key's id is at its hash, or behind it before the next 0
 */
import { hashWords } from '../host/ipv6-table.js';
import { identityMask, Word, wordsPerEntry } from './flow-entry.js';

const initialSlots = 1024;

/** In place of an entry: there is no such flow. */
export const noFlow = -1;

export class FlowSlots {
  ids = new Int32Array(initialSlots);

  /** Flows that find room. */
  get capacity(): number {
    return this.ids.length / 2;
  }

  /** Word at which the entry of a key begins, or noFlow. */
  find(
    entries: Int32Array,
    low: number,
    high: number,
    ports: number,
    identity: number,
    hash: number,
  ): number {
    const { ids } = this;
    const mask = ids.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = ids[slot];
      if (id === 0) return noFlow;
      const at = (id - 1) * wordsPerEntry;
      if (
        entries[at] === low &&
        entries[at + Word.high] === high &&
        entries[at + Word.ports] === ports &&
        (entries[at + Word.kind] & identityMask) === identity
      ) {
        return at;
      }
    }
  }

  /** Puts an id into the first free slot of its hash. */
  place(hash: number, id: number): void {
    const { ids } = this;
    const mask = ids.length - 1;
    let slot = hash & mask;
    while (ids[slot] !== 0) slot = (slot + 1) & mask;
    ids[slot] = id;
  }

  /** Doubles the room for the flows of a table. */
  grow(entries: Int32Array, flows: number): void {
    this.ids = new Int32Array(this.ids.length * 2);
    for (let id = 1; id <= flows; id++) this.place(hashOfEntry(entries, (id - 1) * wordsPerEntry), id);
  }
}

/** The hash of the key that an entry holds. */
export function hashOfEntry(entries: Int32Array, at: number): number {
  const identity = entries[at + Word.kind] & identityMask;
  return hashWords(entries[at], entries[at + Word.high], entries[at + Word.ports], identity);
}
