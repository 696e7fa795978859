/**
 * No further descriptor: the process has as many as it may (EMFILE), or the system has (ENFILE). Node has raised the soft
 * limit to the hard one already when it starts.
 */
import { CaptureError } from './capture-error.js';

/** The error with what to do about it; null where it is another. */
export function outOfFiles(error: unknown, where: string): CaptureError | null {
  if (!(error instanceof Error) || !/\bE[MN]FILE\b|too many open files/i.test(textOf(error))) return null;
  return new CaptureError('permission', where, 'too many open files', -1, 'raise `ulimit -n`');
}

function textOf(error: NodeJS.ErrnoException): string {
  return `${error.code} ${error.message}`;
}
