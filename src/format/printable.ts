/**
 * Text from the wire, made safe for a terminal: names, paths and payloads may carry escape sequences. Bytes that were no
 * UTF-8 (kernel-text.ts) are shown as they were.
 */

/** Control characters (C0, DEL, C1), bidirectional overrides, other invisible formatting, lone surrogates. */
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]/gu;

/** `text` with each unsafe character as `\xNN` or `\u{N}`. */
export function printable(text: string): string {
  return text.replace(unsafe, (character) => {
    const unit = character.charCodeAt(0);
    const code = unit >= 0xdc80 && unit <= 0xdcff ? unit & 0xff : unit;
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** The ASCII column of a hex dump: a dot for every byte that is not a printable ASCII character. */
export function printableAscii(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.';
  return text;
}
