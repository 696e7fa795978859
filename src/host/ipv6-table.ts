/**
 * IPv6 addresses with a small number for each, so that sixteen bytes can stand in one 32-bit column.
 * Open addressing over one Int32Array; the addresses lie densely in the order of their numbers.
 *
 *     slots    [ 0 | 3 | 0 | 1 | 2 | 0 ... ]      number + 1, 0 is free; at most half full
 *     words    [ address 0, 4 words | address 1, 4 words | ... ]
 */

/** One mixed into each word of every hash: which addresses collide must not be for the sender of a capture to choose. */
const [seedA, seedB, seedC, seedD] = Array.from({ length: 4 }, () => (Math.random() * 4294967296) | 0);

/** Addresses that get a number: hostile traffic may bring any. */
const maxAddresses = 1 << 21;

export class Ipv6Table {
  size = 0;
  #slots = new Int32Array(64);
  #words = new Int32Array(32 * 4);

  /** The number of the 16 bytes at `offset`, or -1. */
  find(view: DataView, offset: number): number {
    return this.#slots[this.#slotOf(view, offset)] - 1;
  }

  /** The number of the 16 bytes at `offset`, given to it now if it is new; -1 when the table is full. */
  add(view: DataView, offset: number): number {
    const slot = this.#slotOf(view, offset);
    if (this.#slots[slot] !== 0) return this.#slots[slot] - 1;
    if (this.size === maxAddresses) return -1;
    const number = this.size++;
    this.#slots[slot] = number + 1;
    if (this.size * 4 > this.#words.length) this.#growWords();
    for (let i = 0; i < 4; i++) this.#words[4 * number + i] = view.getInt32(offset + 4 * i);
    if (this.size * 2 > this.#slots.length) this.#growSlots();
    return number;
  }

  /** Writes the 16 bytes of address `number` at `offset`. */
  write(number: number, view: DataView, offset: number): void {
    for (let i = 0; i < 4; i++) view.setInt32(offset + 4 * i, this.#words[4 * number + i]);
  }

  /** The slot that holds the address, or the free one where it belongs. */
  #slotOf(view: DataView, offset: number): number {
    const a = view.getInt32(offset);
    const b = view.getInt32(offset + 4);
    const c = view.getInt32(offset + 8);
    const d = view.getInt32(offset + 12);
    const words = this.#words;
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hashWords(a, b, c, d) & mask; ; slot = (slot + 1) & mask) {
      const number = slots[slot] - 1;
      if (number < 0) return slot;
      const at = 4 * number;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) return slot;
    }
  }

  #growWords(): void {
    const grown = new Int32Array(this.#words.length * 2);
    grown.set(this.#words);
    this.#words = grown;
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    const words = this.#words;
    for (let number = 0; number < this.size; number++) {
      const at = 4 * number;
      let slot = hashWords(words[at], words[at + 1], words[at + 2], words[at + 3]) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

/** The keys of hashWords, for a version of it elsewhere; another process has others. */
export function hashSeeds(): Int32Array {
  return Int32Array.of(seedA, seedB, seedC, seedD);
}

/** A mix of four words, each with its own key (the rounds of MurmurHash3, x86_32). */
export function hashWords(a: number, b: number, c: number, d: number): number {
  let hash = mixWord(mixWord(mixWord(mixWord(0, a ^ seedA), b ^ seedB), c ^ seedC), d ^ seedD);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function mixWord(hash: number, word: number): number {
  const scrambled = Math.imul(word, 0xcc9e2d51);
  const mixed = hash ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}
