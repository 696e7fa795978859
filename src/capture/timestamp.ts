/**
 * Timestamps as nanoseconds since the Unix epoch in a BigInt64Array, written without making a BigInt.
 * A BigInt is an object per value; two 32-bit words are not.
 * Little endian words: every platform Node runs on stores a BigInt64Array so.
 */

const two32 = 4294967296;

/** Writes seconds and nanoseconds as one 64-bit number; consecutive frames mostly share their second. */
export class TimestampWriter {
  /** The last second, and the low and high word of its nanoseconds; always read as doubles, whatever they hold. */
  readonly #second = Float64Array.of(-1, 0, 0);

  /**
   * @param words two per timestamp: low, high
   * @param index which timestamp
   * @param seconds since the epoch, below 2^40
   * @param ns to add, below 2^52
   */
  write(words: Int32Array, index: number, seconds: number, ns: number): void {
    if (seconds !== this.#second[0]) this.#setSecond(seconds);
    const low = this.#second[1] + ns;
    words[index * 2] = low; // Modulo 2^32, as every store to an Int32Array.
    words[index * 2 + 1] = this.#second[2] + Math.floor(low / two32);
  }

  /** seconds · 10^9 in two words; each partial product stays below 2^53. */
  #setSecond(seconds: number): void {
    this.#second[0] = seconds;
    const lowPart = (seconds % 65536) * 1e9;
    const highPart = Math.floor(seconds / 65536) * 1e9;
    const low = lowPart + (highPart % 65536) * 65536;
    this.#second[1] = low % two32;
    this.#second[2] = Math.floor(highPart / 65536) + Math.floor(low / two32);
  }
}
