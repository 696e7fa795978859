/**
 * What can be wrong with a capture as a whole (a malformed frame is data, not an error).
 * Every error says which source, where in it and what to do, and has a code that callers and tests rely on.
 */

/** Stable codes of CaptureError. */
export type CaptureErrorCode =
  /** The path cannot be opened or read. */
  | 'unreadable'
  /** The bytes are not a capture of a format that is read here. */
  | 'not-a-capture'
  /** The file ends inside a record; everything before it was delivered. */
  | 'truncated'
  /** A record contradicts the format; everything before it was delivered. */
  | 'corrupt'
  /** The compressed stream around the capture is damaged; everything before it was delivered. */
  | 'decompression'
  /** A file that was followed was cut short or replaced; everything before it was delivered. */
  | 'changed'
  /** The interface does not exist or cannot be captured. */
  | 'interface'
  /** The operating system refuses to open a packet socket. */
  | 'permission'
  /** A file cannot be written. */
  | 'unwritable'
  /** The filter text does not compile. */
  | 'filter'
  /** The chosen engine cannot do what was asked of it. */
  | 'engine';

/** An error about a source, as one line: `loscope: WHERE: WHAT (what to do)`. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';

  /**
   * @param code stable, for programs
   * @param where path or interface
   * @param what one sentence, with the numbers that disagree
   * @param byte position in the (uncompressed) file, or -1
   * @param advice what to do about it, or ''
   */
  constructor(
    readonly code: CaptureErrorCode,
    readonly where: string,
    readonly what: string,
    readonly byte = -1,
    readonly advice = '',
  ) {
    super(`${where}: ${what}${advice === '' ? '' : ` (${advice})`}`);
  }

  /** True when frames before the damage were delivered and the rest is missing: exit code 3, not 2. */
  get isDamage(): boolean {
    const { code } = this;
    return code === 'truncated' || code === 'corrupt' || code === 'decompression' || code === 'changed';
  }
}
