/**
 * Words for a POSIX shell: commands that people are told to type hold names that others chose (interfaces, chains, comments).
 * Reference: POSIX.1-2017 Shell Command Language 2.2.2, single quotes.
 */

/** The word, in single quotes where a shell would not take it as it is. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
