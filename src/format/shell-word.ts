/**
 * Words for a POSIX shell: commands that people are told to type hold names that others chose (interfaces, chains, comments).
 * Reference: POSIX.1-2017 Shell Command Language 2.2.2, single quotes; printf for octal escapes.
 */
import { bytesOfText } from './kernel-text.js';
import { printable } from './printable.js';

/**
 * The word, in quotes where a shell would not take it as it is; what cannot be shown is made by printf(1), of its bytes.
 * With line ends it stays in quotes as it is: what a command prints loses its last ones.
 */
export function shellWord(word: string): string {
  if (printable(word) !== word && !word.includes('\n'))
    return `"$(printf '${Array.from(bytesOfText(word), escapedByte).join('')}')"`;
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function escapedByte(byte: number): string {
  const character = String.fromCharCode(byte);
  return /^[\w@+=:,./]$/.test(character) ? character : `\\${byte.toString(8).padStart(3, '0')}`;
}
