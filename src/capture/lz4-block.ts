/**
 * One LZ4 block: literals and copies of what was written before.
 * Reference: LZ4 block format description.
 *
 *     token 4+4 bits · more literal length · literals · offset 16 · more match length
 *     a length of 15 goes on in bytes, up to one that is not 255; a block ends with literals
 */

/** Decodes into one buffer, which holds the bytes that copies may refer to in front of the block. */
export class Lz4BlockDecoder {
  /** One past the last byte written by the last decode(). */
  written = 0;

  /** @param out the copies' history, and behind it the block */
  constructor(readonly out: Uint8Array) {}

  /**
   * Decodes bytes[from, to) to out[at, limit), with a history that begins at out[low].
   * @returns '' or what is wrong; `written` says how far it came
   */
  decode(bytes: Uint8Array, from: number, to: number, at: number, limit: number, low: number): string {
    const { out } = this;
    let next = from;
    let end = at;
    this.written = at;
    while (next < to) {
      const token = bytes[next++];
      let literalLen = token >>> 4;
      if (literalLen === 15) {
        let more = 255;
        while (more === 255 && next < to) literalLen += more = bytes[next++];
        if (more === 255) return 'a length ends with its block';
      }
      const held = Math.min(literalLen, to - next, limit - end);
      if (held < 32) for (let index = 0; index < held; index++) out[end + index] = bytes[next + index];
      else out.set(bytes.subarray(next, next + held), end);
      next += held;
      end += held;
      this.written = end;
      if (held < literalLen) return `${literalLen} literals do not fit, only ${held}`;
      if (next === to) return '';
      if (to - next < 2) return 'an offset ends with its block';
      const distance = bytes[next] | (bytes[next + 1] << 8);
      next += 2;
      if (distance === 0 || distance > end - low)
        return `offset ${distance} is not within ${end - low} bytes`;
      let matchLen = token & 15;
      if (matchLen === 15) {
        let more = 255;
        while (more === 255 && next < to) matchLen += more = bytes[next++];
        if (more === 255) return 'a length ends with its block';
      }
      matchLen += 4;
      const copied = Math.min(matchLen, limit - end);
      if (distance >= copied && copied >= 32) out.copyWithin(end, end - distance, end - distance + copied);
      else if (distance === 1) out.fill(out[end - 1], end, end + copied);
      else for (let index = 0; index < copied; index++) out[end + index] = out[end + index - distance];
      end += copied;
      this.written = end;
      if (copied < matchLen) return `a match of ${matchLen} bytes does not fit, only ${copied}`;
    }
    return 'a block ends without literals';
  }
}
