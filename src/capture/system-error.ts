/**
 * An errno as its name and words.
 */
import os from 'node:os';
import util from 'node:util';

export function getSystemErrorMessage(errno: number): { code: string; text: string } {
  const name = Object.entries(os.constants.errno).find(([, number]) => number === errno)?.[0];
  const [code, text] = util.getSystemErrorMap().get(-errno) ?? [
    name ?? `errno ${errno}`,
    name ?? 'unknown error',
  ];
  return { code, text };
}
