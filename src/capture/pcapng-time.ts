/**
 * The clock of one pcapng interface: ticks of if_tsresol since the epoch, plus if_tsoffset seconds.
 * Reference: draft-ietf-opsawg-pcapng section 4.2, if_tsresol: most significant bit clear: 10^-n, set: 2^-n.
 * Microseconds and nanoseconds, which is what programs write, take a path without BigInt; any other
 * resolution, up to 10^-127 and 2^-127, is exact BigInt arithmetic, rounded down and held to 64 bits.
 */
import { TimestampWriter } from './timestamp.js';

const two32 = 4294967296;
const two21 = 1 << 21;
const nsPerSecond = 1_000_000_000n;
const mostNs = 2n ** 63n - 1n;
const leastNs = -(2n ** 63n);
/** Seconds whose nanoseconds, with a fraction, are below 2^63. */
const mostSeconds = 9_223_372_035;

export class PcapngClock {
  readonly #ticksPerSecond: bigint;
  readonly #offsetNs: bigint;
  readonly #offsetSeconds: number;
  readonly #isMicro: boolean;
  readonly #isNano: boolean;
  readonly #writer = new TimestampWriter();

  /**
   * @param resolution the byte of if_tsresol; 6 where the option is absent
   * @param offsetSeconds if_tsoffset; 0 where the option is absent
   */
  constructor(resolution: number, offsetSeconds: bigint) {
    const exponent = BigInt(resolution & 0x7f);
    this.#ticksPerSecond = resolution & 0x80 ? 2n ** exponent : 10n ** exponent;
    this.#offsetNs = offsetSeconds * nsPerSecond;
    this.#offsetSeconds = Number(offsetSeconds);
    this.#isMicro = resolution === 6 && Math.abs(this.#offsetSeconds) <= mostSeconds;
    this.#isNano = resolution === 9 && offsetSeconds === 0n;
  }

  /** Writes the ticks high · 2^32 + low as nanoseconds at `index` of two views of one memory. */
  write(words: Int32Array, ns: BigInt64Array, index: number, high: number, low: number): void {
    if (this.#isMicro && high < two21) {
      const ticks = high * two32 + low;
      const wholeSeconds = Math.floor(ticks / 1e6);
      const seconds = wholeSeconds + this.#offsetSeconds;
      if (seconds >= 0 && seconds <= mostSeconds) {
        this.#writer.write(words, index, seconds, (ticks - wholeSeconds * 1e6) * 1000);
        return;
      }
    } else if (this.#isNano && high < 0x8000_0000) {
      words[index * 2] = low;
      words[index * 2 + 1] = high;
      return;
    }
    ns[index] = this.#exact(high, low);
  }

  #exact(high: number, low: number): bigint {
    const ticks = (BigInt(high) << 32n) | BigInt(low);
    const ns = (ticks * nsPerSecond) / this.#ticksPerSecond + this.#offsetNs;
    return ns > mostNs ? mostNs : ns < leastNs ? leastNs : ns;
  }
}
