/**
 * Text from the wire, made safe for a terminal: names, paths and payloads may carry escape sequences.
 */

/** Control characters (C0, DEL, C1), bidirectional overrides and other invisible formatting. */
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** `text` with each unsafe character as `\xNN` or `\u{N}`. */
export function printable(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** The ASCII column of a hex dump: a dot for every byte that is not a printable ASCII character. */
export function printableAscii(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.';
  return text;
}
