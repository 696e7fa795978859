/**
 * xxHash32, the checksum of LZ4 frames.
 * Reference: xxHash fast digest algorithm, version 0.1.1, section "XXH32 algorithm description".
 */

const prime1 = 0x9e3779b1;
const prime2 = 0x85ebca77;
const prime3 = 0xc2b2ae3d;
const prime4 = 0x27d4eb2f;
const prime5 = 0x165667b1;
const stripeLen = 16;

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function round(accumulator: number, lane: number): number {
  return Math.imul(rotateLeft((accumulator + Math.imul(lane, prime2)) | 0, 13), prime1);
}

/** Seed 0, over any number of pieces. */
export class XxHash32 {
  readonly #lanes = new Int32Array([prime1 + prime2, prime2, 0, -prime1]);
  readonly #rest = new Uint8Array(stripeLen);
  readonly #restView = new DataView(this.#rest.buffer);
  #restLen = 0;
  #totalLen = 0;

  update(bytes: Uint8Array, start = 0, end = bytes.length): this {
    this.#totalLen += end - start;
    let at = start;
    if (this.#restLen > 0) {
      const taken = Math.min(stripeLen - this.#restLen, end - at);
      this.#rest.set(bytes.subarray(at, at + taken), this.#restLen);
      this.#restLen += taken;
      at += taken;
      if (this.#restLen < stripeLen) return this;
      this.#stripes(this.#restView, 0, stripeLen);
      this.#restLen = 0;
    }
    const whole = at + ((end - at) & ~(stripeLen - 1));
    this.#stripes(new DataView(bytes.buffer, bytes.byteOffset), at, whole);
    this.#rest.set(bytes.subarray(whole, end));
    this.#restLen = end - whole;
    return this;
  }

  #stripes(view: DataView, start: number, end: number): void {
    let [a, b, c, d] = this.#lanes;
    for (let at = start; at < end; at += stripeLen) {
      a = round(a, view.getUint32(at, true));
      b = round(b, view.getUint32(at + 4, true));
      c = round(c, view.getUint32(at + 8, true));
      d = round(d, view.getUint32(at + 12, true));
    }
    this.#lanes[0] = a;
    this.#lanes[1] = b;
    this.#lanes[2] = c;
    this.#lanes[3] = d;
  }

  digest(): number {
    const [a, b, c, d] = this.#lanes;
    let hash =
      this.#totalLen < stripeLen
        ? prime5
        : rotateLeft(a, 1) + rotateLeft(b, 7) + rotateLeft(c, 12) + rotateLeft(d, 18);
    hash = (hash + this.#totalLen) | 0;
    let at = 0;
    for (; at + 4 <= this.#restLen; at += 4) {
      hash = (hash + Math.imul(this.#restView.getUint32(at, true), prime3)) | 0;
      hash = Math.imul(rotateLeft(hash, 17), prime4);
    }
    for (; at < this.#restLen; at++) {
      hash = (hash + Math.imul(this.#rest[at], prime5)) | 0;
      hash = Math.imul(rotateLeft(hash, 11), prime1);
    }
    hash = Math.imul(hash ^ (hash >>> 15), prime2);
    hash = Math.imul(hash ^ (hash >>> 13), prime3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}

/** xxHash32 of bytes[start, end). */
export function xxHash32(bytes: Uint8Array, start: number, end: number): number {
  return new XxHash32().update(bytes, start, end).digest();
}
